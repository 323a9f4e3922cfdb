// The particles of a mark in a dialog, largest share first.
const listParticles = (() => {
  const AT_ONCE = 50;
  const dialog = document.getElementById("list-dialog");
  const part = (name) => dialog.querySelector(`.${name}`);

  // Rows of the particles whose bin is that of the mark, or at least that for a point of a curve.
  const rowsOf = ({ group, bin, from }) => {
    const rows = [];
    [...known.groups[group].bins].forEach((letter, row) => {
      const at = letter === "-" ? -1 : parseInt(letter, 36);
      if (from === undefined ? at === Number(bin) : at >= Number(from)) rows.push(row);
    });
    return rows;
  };

  const columnsOf = (group) => {
    const all = known.particles;
    const mineral = known.groups[group].mineral;
    const { name } = known.minerals[mineral ?? known.target];
    const { liberation_pct, share_pct } = all.minerals[mineral ?? known.target];
    const [whole, share] = mineral === null ? ["the volume", all.volume_share_pct] : [name, share_pct];
    return {
      whole,
      share,
      columns: [
        ["Particle", all.id],
        ["Diameter (\u00b5m)", all.diameter_um, (value) => fixed(value, 0)],
        [`Liberation of ${name} (%)`, liberation_pct, (value) => fixed(value, 1)],
        [`Share of ${whole} (%)`, share, twoFigures],
      ],
    };
  };

  const rowMarkup = (columns, row) => {
    const id = known.particles.id[row];
    const opener = element("button", { type: "button" }, `${canTurn(id) ? "Turn" : "Show"} ${id}`);
    opener.addEventListener("click", () => showParticle(id));
    const [, ...numbers] = columns;
    const cells = numbers.map(([, values, written]) =>
      element("td", { className: "n" }, written(values[row])));
    const line = element("tr", {}, element("td", {}, opener), ...cells);
    line.dataset.id = id;
    return line;
  };

  return (mark) => {
    const { group } = mark.dataset;
    const rows = rowsOf(mark.dataset);
    const { whole, share, columns } = columnsOf(group);
    const total = rows.reduce((sum, row) => sum + share[row], 0);
    part("heading").textContent = mark.querySelector("title").textContent;
    part("total").textContent = `${count(rows.length)} particle${rows.length === 1 ? "" : "s"}, `
      + `${fixed(total, 1)}\u00a0% of ${whole}.`;

    const body = element("tbody");
    const more = part("more");
    let shown = AT_ONCE;
    const fill = () => {
      body.replaceChildren(...rows.slice(0, shown).map((row) => rowMarkup(columns, row)));
      const rest = rows.length - shown;
      more.hidden = rest <= 0;
      more.firstElementChild.textContent = `and ${count(rest)} more`;
    };
    const headings = columns.map(([name, values], column) => {
      const heading = element("th", { className: column > 0 ? "n" : "", scope: "col" });
      const sort = (falling) => {
        rows.sort((a, b) => {
          const order = (values[a] ?? -1) - (values[b] ?? -1);
          return (falling ? -order : order) || a - b;
        });
        for (const other of headings) other.setAttribute("aria-sort", "none");
        heading.setAttribute("aria-sort", falling ? "descending" : "ascending");
        fill();
      };
      const button = element("button", { type: "button" }, name);
      button.addEventListener("click", () => {
        const now = heading.getAttribute("aria-sort");
        // The largest come first at first, the lowest number of a particle too.
        sort(now === "none" || now === null ? column > 0 : now === "ascending");
      });
      heading.append(button);
      return heading;
    });
    const head = element("tr", {}, ...headings);
    part("scroll").replaceChildren(element("table", {}, element("thead", {}, head), body));
    more.lastElementChild.onclick = () => {
      shown += AT_ONCE;
      fill();
    };
    headings.at(-1).firstElementChild.click();
    dialog.showModal();
    part("scroll").scrollTop = 0;
  };
})();
