// Marks of charts that stand for particles: a point for one, a bar or a point of a curve for many.
(() => {
  const MARK = "[data-group], [data-particle]";
  const open = (mark) => {
    if (mark.dataset.particle) showParticle(Number(mark.dataset.particle));
    else listParticles(mark);
  };

  // One mark of a chart takes the focus from the keyboard; arrow keys hand it on.
  const focusable = (mark) => {
    mark.setAttribute("tabindex", "0");
    mark.setAttribute("role", "button");
    const words = mark.querySelector("title")?.textContent ?? `Particle ${mark.dataset.particle}`;
    mark.setAttribute("aria-label", words);
  };
  const steps = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };
  const onKey = (event) => {
    const mark = event.target.closest(MARK);
    if (!mark) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      open(mark);
    } else if (steps[event.key]) {
      event.preventDefault();
      const marks = [...event.currentTarget.querySelectorAll(MARK)];
      const next = marks[marks.indexOf(mark) + steps[event.key]];
      if (next) {
        mark.removeAttribute("tabindex");
        focusable(next);
        next.focus();
      }
    }
  };

  for (const chart of document.querySelectorAll("figure.chart svg")) {
    const first = chart.querySelector(MARK);
    if (first) {
      chart.setAttribute("role", "group");
      chart.classList.add("has-marks");
      focusable(first);
      chart.addEventListener("keydown", onKey);
      chart.addEventListener("click", (event) => {
        const mark = event.target.closest(MARK);
        if (mark) open(mark);
      });
    }
  }
})();
