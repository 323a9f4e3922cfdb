// A particle in a dialog: to turn where it can be, else its still picture, and its numbers.
const showParticle = (() => {
  const dialog = document.getElementById("particle-dialog");
  const part = (name) => dialog.querySelector(`.${name}`);

  const stillOf = (id) => {
    const image = document.querySelector(`#gallery-list [data-id="${id}"] img`);
    return image ? [image.cloneNode()] : [];
  };

  const minerals = (row) => {
    const held = Object.entries(known.particles.minerals)
      .filter(([, mineral]) => mineral.liberation_pct[row] > 0)
      .sort(([, a], [, b]) => b.liberation_pct[row] - a.liberation_pct[row]);
    return held.map(([label, mineral]) => {
      const { name, rgb } = known.minerals[label];
      const swatch = element("span", { className: "swatch" });
      swatch.style.background = `rgb(${rgb})`;
      return element("li", {}, swatch, `${name} ${fixed(mineral.liberation_pct[row], 1)}\u00a0%`);
    });
  };

  return (id) => {
    const row = rowOf.get(id);
    if (row === undefined) return false;
    const turns = canTurn(id);
    const all = known.particles;
    part("heading").textContent = `Particle ${id}`;
    part("turned").hidden = !turns;
    part("still").replaceChildren(...(turns ? [] : stillOf(id)));
    part("why").hidden = turns || view === null;
    part("diameter").textContent = `${fixed(all.diameter_um[row], 0)} \u00b5m`;
    part("counts").hidden = all.volume_share_pct[row] > 0;
    part("held").replaceChildren(...minerals(row));
    if (!dialog.open) dialog.showModal();
    if (turns) view.show(id);
    return true;
  };
})();
