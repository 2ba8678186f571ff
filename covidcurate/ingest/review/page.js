"use strict";
const top_ = document.querySelector(".top");
const cards = [...document.querySelectorAll("article")];
const undecided = cards.filter((card) => card.hasAttribute("data-open"));
const fieldsOf = (card) => [...card.querySelectorAll("[data-column]")];
const drafts = `covidcurate ${top_.dataset.plan} ${cards.map((card) => card.dataset.proposal).join("")}`;
let unsaved = false;

function decide(card, decision) {
  if (!card || !card.hasAttribute("data-open")) return;
  card.dataset.decision = decision;
  for (const choice of card.querySelectorAll("input[type=radio]")) choice.checked = choice.value === decision;
}

function correctionsOf(card) {
  const cells = {};
  for (const field of fieldsOf(card)) {
    const changed = field.value !== field.dataset.proposed;
    field.closest(".field").classList.toggle("edited", changed);
    if (changed) cells[field.dataset.column] = field.value;
  }
  return cells;
}

function decisions() {
  const by = document.querySelector("#by").value.trim();
  const when = `${new Date().toISOString().slice(0, 19)}Z`;
  const images = {};
  for (const card of undecided) {
    const decision = card.dataset.decision;
    if (!decision) continue;
    const cells = decision === "accept" ? correctionsOf(card) : {};
    images[card.dataset.id] = { decision, cells, by, when, proposal: card.dataset.proposal };
  }
  return { format: top_.dataset.format, plan: top_.dataset.plan, images };
}

function save() {
  const text = `${JSON.stringify(decisions(), null, 1)}\n`;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = "decisions.json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  unsaved = false;
  count("Saved as decisions.json. ");
}

function count(first = "") {
  const of = (decision) => undecided.filter((card) => card.dataset.decision === decision).length;
  const words = `${of("accept")} accepted, ${of("reject")} rejected, ${of("")} undecided`;
  document.querySelector("#status").textContent = first + words + (unsaved ? ", not saved yet" : "");
}

function changed() {
  unsaved = true;
  count();
  const cards_ = undecided.map((card) => [card.dataset.decision, correctionsOf(card)]);
  try {
    localStorage.setItem(drafts, JSON.stringify(cards_));
  } catch {
    // Without a place for drafts the page still saves its file.
  }
}

function restore() {
  let kept = null;
  try {
    kept = JSON.parse(localStorage.getItem(drafts));
  } catch {
    return;
  }
  if (!Array.isArray(kept) || kept.length !== undecided.length) return;
  undecided.forEach((card, place) => {
    const [decision, cells] = kept[place];
    decide(card, decision);
    for (const field of fieldsOf(card)) {
      if (Object.hasOwn(cells, field.dataset.column)) field.value = cells[field.dataset.column];
    }
    correctionsOf(card);
  });
  unsaved = true;
}

function filter() {
  const shown = new Set([...document.querySelectorAll(".filters input:checked")].map((box) => box.value));
  for (const card of cards) card.hidden = !shown.has(card.dataset.verdict);
}

function go(step) {
  const seen = cards.filter((card) => !card.hidden);
  if (!seen.length) return;
  const here = seen.indexOf(document.activeElement.closest("article"));
  const next = here < 0 ? (step > 0 ? 0 : seen.length - 1) : Math.min(Math.max(here + step, 0), seen.length - 1);
  seen[next].focus({ preventScroll: true });
  seen[next].scrollIntoView({ block: "start" });
}

for (const card of undecided) {
  decide(card, card.dataset.decision);
  for (const choice of card.querySelectorAll("input[type=radio]")) {
    choice.addEventListener("change", () => {
      decide(card, choice.value);
      changed();
    });
  }
  for (const field of fieldsOf(card)) field.addEventListener("input", changed);
  for (const button of card.querySelectorAll(".use")) {
    button.addEventListener("click", () => {
      button.closest(".field").querySelector("[data-column]").value = button.dataset.value;
      changed();
    });
  }
}
document.querySelector("#save").addEventListener("click", save);
document.querySelector(".filters").addEventListener("input", filter);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const card = document.activeElement.closest("article");
  const writes = event.target.matches("input:not([type=radio]):not([type=checkbox]), textarea");
  if (event.key === "Escape" && writes && card) card.focus();
  else if (writes) return;
  else if (event.key === "j") go(1);
  else if (event.key === "k") go(-1);
  else if (event.key === "s") save();
  else if (card && ["a", "r", "u"].includes(event.key)) {
    decide(card, { a: "accept", r: "reject", u: "" }[event.key]);
    changed();
  } else if (card && event.key === "e") card.querySelector("[data-column]")?.focus();
  else return;
  event.preventDefault();
});
addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});
// What a key brings to view is not to lie under the head of the page, however high that is.
new ResizeObserver(() => {
  const height = getComputedStyle(top_).position === "sticky" ? top_.offsetHeight : 0;
  document.documentElement.style.setProperty("--top", `${height}px`);
}).observe(top_);
restore();
count();
