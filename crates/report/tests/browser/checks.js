addEventListener("load", () => {
  const lines = [];
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const problem = (what) => problems.push(what);
  const must = (holds, what) => holds || problem(what);
  const tryTo = (what, check) => {
    try {
      check();
    } catch (error) {
      problem(`${what}: ${error}`);
    }
  };

  for (const part of all("details")) part.open = true;

  tryTo("sections", () => {
    for (const section of all("main > section")) {
      lines.push(`section: ${section.id}`);
      must(section.offsetHeight > 60, `section ${section.id} is empty`);
      must(document.querySelector(`nav a[href="#${section.id}"]`), `no link to ${section.id}`);
    }
  });

  tryTo("links", () => {
    for (const link of all("a[href]")) {
      const target = link.getAttribute("href");
      if (target.startsWith("#")) {
        must(document.getElementById(target.slice(1)), `${target} leads nowhere`);
      } else {
        lines.push(`file: ${decodeURI(target)}`);
      }
      const name = link.textContent.trim() || link.querySelector("img")?.alt;
      must(name, `the link to ${target} has no name`);
    }
  });

  const pictures = all("img");
  lines.push(`pictures: ${pictures.length}`);
  for (const picture of pictures) {
    must(picture.complete && picture.naturalWidth > 10, `the picture does not load: ${picture.alt}`);
    must(picture.alt.length > 8, "a picture has no words");
  }

  const charts = all("svg");
  lines.push(`charts: ${charts.length}`);
  tryTo("charts", () => {
    for (const chart of charts) {
      const name = chart.getAttribute("aria-label");
      const role = chart.classList.contains("has-marks") ? "group" : "img";
      must(name && chart.getAttribute("role") === role, "a chart has no words");
      const frame = chart.getBoundingClientRect();
      const texts = all("text", chart).map((text) => [text, text.getBoundingClientRect()]);
      for (const [text, box] of texts) {
        const inside = box.left > frame.left - 1 && box.right < frame.right + 1 &&
          box.top > frame.top - 1 && box.bottom < frame.bottom + 1;
        must(inside, `"${text.textContent}" is cut off in the chart ${name}`);
      }
      texts.forEach(([a, p], i) => {
        for (const [b, q] of texts.slice(i + 1)) {
          const overlap = Math.min(p.right, q.right) - Math.max(p.left, q.left) > 1 &&
            Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top) > 5;
          must(!overlap, `"${a.textContent}" lies on "${b.textContent}" in the chart ${name}`);
        }
      });
    }
  });

  // Wide tables scroll on their own; the page must not.
  const width = document.documentElement.clientWidth;
  lines.push(`width: ${innerWidth}`);
  must(
    document.documentElement.scrollWidth <= width,
    `the page is ${document.documentElement.scrollWidth} px wide, wider than the window`,
  );

  // At a desk, and so on paper, nothing of a table is out of sight.
  for (const table of width < 1000 ? [] : all(".scroll")) {
    must(
      table.scrollWidth <= table.clientWidth,
      `the table "${table.getAttribute("aria-label")}" is cut off`,
    );
  }

  const tables = all("table");
  lines.push(`tables: ${tables.length}`);
  let sorted = 0;
  tryTo("sorting", () => {
    for (const table of tables.filter((t) => t.classList.contains("sortable"))) {
      const label = table.closest("[aria-label]").getAttribute("aria-label");
      const before = table.tBodies[0].rows.length;
      all("thead th", table).forEach((heading, column) => {
        const button = heading.querySelector("button");
        button.focus();
        must(document.activeElement === button, `a heading of ${label} takes no focus`);
        for (const [way, sign] of [["ascending", 1], ["descending", -1]]) {
          button.click();
          must(heading.getAttribute("aria-sort") === way, `${label} is not ${way}`);
          const values = [...table.tBodies[0].rows]
            .map((row) => row.cells[column])
            .filter((cell) => cell.dataset.value)
            .map((cell) => sign * Number(cell.dataset.value));
          const falls = values.some((value, i) => i > 0 && value < values[i - 1]);
          must(!falls, `${label} is not sorted by ${heading.textContent}`);
          sorted += values.length > 1;
        }
      });
      must(table.tBodies[0].rows.length === before, `sorting ${label} loses rows`);
    }
  });
  lines.push(`sorted: ${sorted}`);

  const list = document.getElementById("gallery-list");
  if (list) {
    tryTo("gallery", () => {
      const key = document.getElementById("gallery-key");
      const order = document.getElementById("gallery-order");
      for (const option of key.options) {
        key.value = option.value;
        key.dispatchEvent(new Event("change"));
        for (let turn = 0; turn < 2; turn++) {
          const sign = order.getAttribute("aria-pressed") === "true" ? -1 : 1;
          const values = [...list.children].map((card) => sign * Number(card.dataset[key.value]));
          must(values.length > 0 && values.every(Number.isFinite), "a gallery card has no values");
          const falls = values.some((value, i) => i > 0 && value < values[i - 1]);
          must(!falls, `the gallery is not sorted by ${option.value}`);
          order.click();
        }
      }
    });
  }

  lines.push(...problems.map((what) => `problem: ${what}`), "done: yes");
  parent.postMessage(lines.join("\n"), "*");
});
