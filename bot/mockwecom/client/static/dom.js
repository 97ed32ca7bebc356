// Elements without HTML: names and words are anybody's, so they are only ever text.
export const $ = id => document.getElementById(id);

export function el(kind, attributes = {}, ...children) {
  const made = document.createElement(kind);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else if (name in made && typeof value !== "string") made[name] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  return fill(made, ...children);
}

// What is not there is left out.
export function fill(place, ...children) {
  place.replaceChildren(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  return place;
}

// A face for a name: its first letter, in a colour that stays with the person.
export function avatar(id, name, kind = "") {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.codePointAt(0)) % 8;
  const letter = [...name.replace(/[^\p{L}\p{N}]/gu, "")][0] ?? [...name][0] ?? "?";
  return el("span", {class: `avatar a${sum} ${kind}`, "aria-hidden": "true"}, letter);
}

export function toast(text) {
  const place = $("toast");
  place.textContent = text;
  place.classList.add("on");
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => place.classList.remove("on"), 4000);
}

export function dialog(...content) {
  const place = $("dialog"), opener = document.activeElement?.id;
  place.replaceChildren(...content);
  place.ariaLabel = place.querySelector("h2")?.textContent ?? "";
  if (!place.open) {
    // What opened it may have been drawn anew meanwhile.
    place.addEventListener("close", () => setTimeout(() => $(opener)?.focus()), {once: true});
    place.showModal();
  }
  place.querySelector("[autofocus]")?.focus();
}

export const closeDialog = () => $("dialog").close();
