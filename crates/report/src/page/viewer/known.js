// What the page knows of every particle, and the grids of those that can be turned.
const known = JSON.parse(document.getElementById("particle-data").textContent);
const rowOf = new Map(known.particles.id.map((id, row) => [id, row]));

// Numbers as the rest of the page writes them.
const fixed = (value, decimals) => value === null ? "\u2013" : value.toFixed(decimals);
const twoFigures = (value) => value >= 10 ? fixed(value, 1) : String(Number(value.toPrecision(2)));
const count = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");

// An element with its text or children.
const element = (name, properties, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};
