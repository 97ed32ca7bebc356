// The bar above: the clock, faults, the log, practice, language and look.
import {$, closeDialog, dialog, el, fill, toast} from "./dom.js";
import {store} from "./store.js";
import {language, long, say, turn} from "./words.js";
import {act, ask} from "./net.js";
import {toggleWire} from "./wire.js";
import {openPractice} from "./practice.js";

const FAULTS = {
  fault_slow: {api: "*", latency_s: 3},
  fault_busy: {api: "*", errcode: -1, times: 3},
  fault_limit: {api: "*", errcode: 45009, times: 3},
  fault_cut: {api: "*", disconnect_after: true, times: 1},
  fault_ip: {api: "*", errcode: 60020, times: 3},
  fault_lost: {api: "callback", drop: true, times: 1},
  fault_double: {api: "callback", double: true, times: 3},
  fault_reorder: {api: "callback", reorder: true, times: 1},
};
const HOUR_S = 3600, DAY_S = 86_400, ZONE_S = 8 * HOUR_S;
let drawn = "", sheet = null;

export function drawTools(redraw) {
  const {state, now} = store, seen = JSON.stringify([language, state.faults, state.movable, Object.keys(state.extras), document.documentElement.dataset.theme]);
  $("clock").ariaLabel = say("clock");
  if (seen !== drawn) {
    drawn = seen;
    const move = (key, seconds) => el("button", {class: "plain", "data-move": key, disabled: !state.movable, title: state.movable ? "" : say("clock_fixed"), onclick: event => forward(event.target, seconds())}, say(key));
    fill($("clock"), el("time", {id: "now"}), move("hour", () => HOUR_S), move("ten", untilTen), move("day", () => DAY_S));
    const dark = document.documentElement.dataset.theme === "dark";
    fill($("tools"),
      state.extras.practice && el("button", {class: "plain", id: "practise", onclick: openPractice}, say("practice")),
      el("button", {class: "plain", id: "faults", onclick: openFaults}, say("faults"), state.faults.length > 0 && el("span", {class: "badge"}, state.faults.length)),
      el("button", {class: "plain", id: "wires", onclick: toggleWire}, say("wire")),
      el("button", {class: "plain", id: "look", "aria-label": say("theme"), onclick: () => { look(dark ? "light" : "dark"); redraw(); }}, say(dark ? "theme_light" : "theme_dark")),
      el("button", {class: "plain", id: "language", onclick: () => { turn(); redraw(); }}, say("language")),
    );
  }
  $("now").textContent = long(now);
}

export function look(theme) {
  if (theme) localStorage.theme = theme;
  const usual = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  document.documentElement.dataset.theme = localStorage.theme ?? usual;
}

function untilTen() {
  const passed = (store.now / 1000 + ZONE_S) % DAY_S, wanted = 10 * HOUR_S;
  return passed < wanted ? wanted - passed : DAY_S - passed + wanted;
}

async function forward(button, seconds) {
  const words = button.textContent, moves = document.querySelectorAll("[data-move]");
  for (const one of moves) one.disabled = true;
  button.textContent = say("moving");
  try {
    await ask(store.state.extras.forward ?? "/_mock/clock", {advance_s: Math.ceil(seconds)});
  } catch (error) {
    toast(say("refused", error.message));
  } finally {
    for (const one of moves) one.disabled = false;
    button.textContent = words;
    button.focus();
  }
}

function openFaults() {
  const add = fault => async () => { await ask("/_mock/faults", fault); await again(); };
  const again = async () => {
    store.state = await ask("/_mock/client/state");
    if (sheet.isConnected && $("dialog").open) openFaults();  // it may have been closed meanwhile
  };
  const active = store.state.faults;
  sheet = el("div", {class: "sheet"},
    el("h2", {}, say("faults")), el("p", {class: "aside"}, say("faults_hint")),
    el("div", {class: "grid"},
      ...Object.entries(FAULTS).map(([key, fault]) => el("button", {class: "plain", "data-fault": key, onclick: add(fault)}, say(key))),
      el("button", {class: "plain", "data-fault": "fault_token", onclick: async event => { const button = event.target; if (await act("invalidate_tokens", {}) !== undefined) button.textContent = `${say("fault_token")} ✓`; }}, say("fault_token"))),
    el("h3", {}, say("faults_active")),
    active.length ? el("ul", {class: "active"}, ...active.map(one => el("li", {}, el("code", {}, one.api), " ", describe(one), " ", el("small", {}, one.times ? say("times", one.times) : say("always"))))) : el("p", {class: "aside"}, say("faults_none")),
    el("footer", {}, active.length > 0 && el("button", {class: "plain", onclick: async () => { await fetch("/_mock/faults", {method: "DELETE"}); await again(); }}, say("faults_clear")),
      el("button", {class: "main", onclick: closeDialog}, say("close"))),
  );
  dialog(sheet);
}

function describe(one) {
  const {errcode, latency_s, drop, double, reorder, disconnect_after} = one;
  const what = Object.entries(FAULTS).find(([, fault]) => (fault.errcode ?? 0) === errcode && (fault.latency_s ?? 0) === latency_s
    && !!fault.drop === drop && !!fault.double === double && !!fault.reorder === reorder && !!fault.disconnect_after === disconnect_after);
  return what ? say(what[0]) : JSON.stringify({errcode, latency_s});
}
