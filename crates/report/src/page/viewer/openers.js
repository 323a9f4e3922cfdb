// Ways to a particle besides the charts: buttons by the still pictures, and its number.
(() => {
  for (const hint of document.querySelectorAll(".with-scripts")) hint.hidden = false;
  if (view) {
    for (const hint of document.querySelectorAll(".with-view")) hint.hidden = false;
    for (const place of document.querySelectorAll("li[data-id], figure[data-id]")) {
      const id = Number(place.dataset.id);
      if (canTurn(id)) {
        const button = element("button", { type: "button", className: "turn" }, "Turn");
        button.setAttribute("aria-label", `Turn particle ${id}`);
        button.addEventListener("click", () => showParticle(id));
        place.append(button);
      }
    }
  }

  const form = document.getElementById("particle-number");
  const number = form.elements.number;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const is_known = showParticle(Number(number.value));
    number.setCustomValidity(is_known ? "" : "No particle has this number.");
    if (!is_known) number.reportValidity();
  });
  number.addEventListener("input", () => number.setCustomValidity(""));
})();
