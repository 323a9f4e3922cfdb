(() => {
  const list = document.getElementById("gallery-list");
  const key = document.getElementById("gallery-key");
  const order = document.getElementById("gallery-order");
  if (list && key && order) {
    const sort = () => {
      const falling = order.getAttribute("aria-pressed") === "true";
      const value = (card) => Number(card.dataset[key.value]);
      const cards = [...list.children];
      cards.sort((a, b) => (falling ? value(b) - value(a) : value(a) - value(b)));
      list.append(...cards);
    };
    key.addEventListener("change", sort);
    order.addEventListener("click", () => {
      const falling = order.getAttribute("aria-pressed") === "true";
      order.setAttribute("aria-pressed", String(!falling));
      sort();
    });
    sort();
  }
})();
