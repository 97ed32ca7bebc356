// The wire log: what goes between WeCom and the bot, each with what it means.
import {$, el, fill} from "./dom.js";
import {store} from "./store.js";
import {language, precise, say} from "./words.js";

const KINDS = ["push", "call", "page", "signin"];
let only = "all", errors = false, drawn = "";

export function toggleWire() {
  const place = $("wire");
  place.hidden = !place.hidden;
  document.body.classList.toggle("wired", !place.hidden);
  drawn = "";
  drawWire();
  (place.hidden ? $("wires") : place.querySelector("header button"))?.focus();
}

document.addEventListener("keydown", event => {
  if (event.key === "Escape" && !$("wire").hidden && !$("dialog").open) toggleWire();
});

export function drawWire() {
  if ($("wire").hidden) return;
  const items = store.wire.filter(one => (only === "all" || one.kind === only) && !(errors && one.ok));
  const now = JSON.stringify([items.length, store.wire.length, only, errors, language]);
  if (now === drawn) return;
  drawn = now;
  const open = new Set([...$("wire").querySelectorAll("details[open]")].map(one => one.dataset.key));
  const chip = (key, words) => el("button", {class: "chip", "aria-pressed": String(only === key), onclick: () => { only = key; drawWire(); }}, say(words));
  fill($("wire"),
    el("header", {}, el("h2", {}, say("wire")), el("button", {class: "icon", "aria-label": say("close"), onclick: toggleWire}, "✕")),
    el("p", {class: "aside"}, say("wire_hint")),
    el("div", {class: "chips"}, chip("all", "wire_all"), ...KINDS.map(kind => chip(kind, `wire_${kind}`)),
      el("button", {class: "chip", "aria-pressed": String(errors), onclick: () => { errors = !errors; drawWire(); }}, say("wire_errors"))),
    items.length ? el("div", {class: "entries"}, ...items.map(entry).reverse()) : el("p", {class: "empty"}, say("wire_none")),
  );
  for (const one of $("wire").querySelectorAll("details")) one.open = open.has(one.dataset.key);
}

function entry(one) {
  const words = language === "zh" ? one.zh : one.en;
  return el("details", {class: `entry ${one.kind} ${one.ok ? "" : "bad"}`, "data-key": `${one.kind} ${one.at} ${one.name}`},
    el("summary", {},
      el("span", {class: "arrow", "aria-hidden": "true"}, {push: "→", call: "←", page: "⇄", signin: "⇢"}[one.kind]),
      el("span", {class: "about"}, el("b", {}, one.name), words && el("span", {}, words)),
      el("span", {class: "outcome"}, el("time", {}, precise(new Date(one.at))), el("i", {}, one.outcome)),
    ),
    one.error && el("p", {class: "error"}, `${one.error}${one.error_doc ? ` · ${say("doc", one.error_doc)}` : ""}`),
    one.doc > 0 && el("p", {class: "aside"}, say("doc", one.doc)),
    el("h3", {}, say("sent")), el("pre", {}, pretty(one.said)),
    one.answer !== null && el("h3", {}, say("answered")), one.answer !== null && el("pre", {}, pretty(one.answer)),
  );
}

const pretty = value => typeof value === "string" ? value : JSON.stringify(value, null, 2);
