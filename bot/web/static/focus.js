// For keyboard and screen reader: what htmx brings anew gives the focus back to the same control;
// where that is gone, to the heading of what stands there now. Sheets give it to who opened them.
"use strict";

(() => {
  const CONTROLS = "a[href], button, input, select, textarea, summary";
  let lost = null; // {place, before, mark}
  let opener = null; // had the focus when the first sheet came

  function mark(control) {
    const attributes = ["id", "name", "value", "href", "hx-get", "hx-post"];
    const { script, todo } = control.closest("[data-card]")?.dataset ?? {};
    const own = attributes.map((name) => control.getAttribute(name));
    return JSON.stringify([control.tagName, ...own, Object.keys(control.dataset), script, todo]);
  }

  function give(place, anyControl) {
    while (place?.nextElementSibling && !place.textContent.trim()) place = place.nextElementSibling;
    const first = place?.querySelector("[data-first]"); // what was asked for
    const found = first ?? place?.querySelector(anyControl ? CONTROLS : "h1, h2, h3") ?? place;
    if (!found) return;
    if (!found.matches(CONTROLS)) found.tabIndex = -1;
    found.focus({ preventScroll: true });
  }

  document.addEventListener("htmx:beforeSwap", ({ detail: { target, shouldSwap } }) => {
    const at = document.activeElement;
    if (target.id === "sheet" && !at.closest("dialog")) opener = at;
    if (!shouldSwap || at === document.body || !target.contains(at)) return;
    lost = { place: target, parent: target.parentElement, before: target.previousElementSibling,
             mark: mark(at) };
  });

  document.addEventListener("htmx:afterSettle", () => {
    if (!lost) return;
    const { place, parent, before, mark: wanted } = lost;
    lost = null;
    if (document.activeElement !== document.body) return;
    const within = place.isConnected ? place : parent;
    const same = [...within.querySelectorAll(CONTROLS)].find((one) => mark(one) === wanted);
    if (same) same.focus({ preventScroll: true });
    else if (place.isConnected) give(place, false);
    else give(before ? before.nextElementSibling : parent.firstElementChild, true);
  });

  document.addEventListener("close", (event) => {
    if (!event.target.matches("dialog[data-sheet]")) return;
    setTimeout(() => {
      if (document.activeElement === document.body && opener?.isConnected) opener.focus();
    });
  }, true);
})();
