"use strict";
const cards = [...document.querySelectorAll("article")].map((pair) => ({
  pair,
  words: [...pair.querySelectorAll("h3, .evidence")].map((part) => part.textContent).join("\n").toLowerCase(),
}));
const still = matchMedia("(prefers-reduced-motion: reduce)");

function setView(pair, view) {
  const buttons = [...pair.querySelectorAll("button[data-view]")];
  if (!buttons.length) return;
  if (view === "blink" && pair.dataset.view === "blink") {
    pair.dataset.held = "yes";
    flip(pair);
    return;
  }
  delete pair.dataset.held;
  pair.dataset.view = view;
  pair.dataset.seen = "1";
  for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.view === view));
}

function flip(pair) {
  pair.dataset.seen = pair.dataset.seen === "1" ? "2" : "1";
}

function filter() {
  const kinds = new Set([...document.querySelectorAll(".filters input:checked")].map((box) => box.value));
  const text = document.querySelector("#text").value.toLowerCase();
  let count = 0;
  for (const { pair, words } of cards) {
    pair.hidden = !kinds.has(pair.dataset.kind) || !words.includes(text);
    count += pair.hidden ? 0 : 1;
  }
  document.querySelector("#count").textContent = `${count} of ${cards.length} pairs shown`;
}

function go(step) {
  const seen = cards.map((card) => card.pair).filter((pair) => !pair.hidden);
  if (!seen.length) return;
  const here = seen.indexOf(document.activeElement.closest("article"));
  const next = here < 0 ? (step > 0 ? 0 : seen.length - 1) : Math.min(Math.max(here + step, 0), seen.length - 1);
  seen[next].focus({ preventScroll: true });
  seen[next].scrollIntoView({ block: "start" });
}

for (const { pair } of cards) {
  for (const button of pair.querySelectorAll("button[data-view]")) {
    button.addEventListener("click", () => setView(pair, button.dataset.view));
  }
}
document.querySelector(".filters").addEventListener("input", filter);
const strengths = [...document.querySelectorAll(".gain")].map((place) => ({ place, built: Number(place.textContent) }));
document.querySelector("#gain").addEventListener("input", (event) => {
  document.documentElement.style.setProperty("--gain", event.target.value);
  for (const { place, built } of strengths) place.textContent = String(built * Number(event.target.value));
});
const views = { s: "side", b: "blink", d: "difference" };
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input[type=search]")) return;
  const pair = document.activeElement.closest("article");
  if (event.key === "j") go(1);
  else if (event.key === "k") go(-1);
  else if (pair && Object.hasOwn(views, event.key)) setView(pair, views[event.key]);
  else return;
  event.preventDefault();
});
setInterval(() => {
  if (still.matches) return;
  for (const { pair } of cards) {
    if (pair.dataset.view === "blink" && !pair.dataset.held && !pair.hidden) flip(pair);
  }
}, 800);
// What a key brings to view is not to lie under the head of the page, however high that is.
const top_ = document.querySelector(".top");
new ResizeObserver(() => {
  const height = getComputedStyle(top_).position === "sticky" ? top_.offsetHeight : 0;
  document.documentElement.style.setProperty("--top", `${height}px`);
}).observe(top_);
filter();
