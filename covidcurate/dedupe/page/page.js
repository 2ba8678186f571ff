"use strict";
const pairs = [...document.querySelectorAll("article")];
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

function setView(pair, view) {
  const button = pair.querySelector(`button[data-view="${view}"]`);
  if (!button || button.disabled) return;
  pair.dataset.view = view;
  pair.dataset.shown = "1";
  for (const one of pair.querySelectorAll("button[data-view]")) one.setAttribute("aria-pressed", String(one === button));
}

function flip(pair) {
  pair.dataset.shown = pair.dataset.shown === "1" ? "2" : "1";
}

function filter() {
  const kinds = new Set([...document.querySelectorAll(".filters input:checked")].map((box) => box.value));
  const text = document.querySelector("#text").value.toLowerCase();
  let count = 0;
  for (const pair of pairs) {
    pair.hidden = !kinds.has(pair.dataset.kind) || !pair.textContent.toLowerCase().includes(text);
    count += pair.hidden ? 0 : 1;
  }
  document.querySelector("#shown").textContent = `${count} of ${pairs.length} pairs shown`;
}

function go(step) {
  const seen = pairs.filter((pair) => !pair.hidden);
  if (!seen.length) return;
  const here = seen.indexOf(document.activeElement.closest("article"));
  const next = here < 0 ? (step > 0 ? 0 : seen.length - 1) : Math.min(Math.max(here + step, 0), seen.length - 1);
  seen[next].focus({ preventScroll: true });
  seen[next].scrollIntoView({ block: "start", behavior: still ? "auto" : "smooth" });
}

for (const pair of pairs) {
  for (const button of pair.querySelectorAll("button[data-view]")) {
    button.addEventListener("click", () => {
      if (button.dataset.view === "blink" && pair.dataset.view === "blink") flip(pair);
      else setView(pair, button.dataset.view);
    });
  }
}
document.querySelector(".filters").addEventListener("input", filter);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input[type=search]")) return;
  const pair = document.activeElement.closest("article");
  if (event.key === "j") go(1);
  else if (event.key === "k") go(-1);
  else if (pair && event.key === "s") setView(pair, "side");
  else if (pair && event.key === "d") setView(pair, "difference");
  else if (pair && event.key === "b") pair.querySelector("button[data-view=blink]").click();
  else return;
  event.preventDefault();
});
if (!still) {
  setInterval(() => {
    for (const pair of pairs) if (pair.dataset.view === "blink" && !pair.hidden) flip(pair);
  }, 800);
}
filter();
