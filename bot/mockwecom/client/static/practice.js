// Practice: a prepared customer asks, the new colleague answers from the sidebar, a score compares.
import {$, closeDialog, dialog, el, toast, fill} from "./dom.js";
import {store} from "./store.js";
import {say} from "./words.js";
import {ask} from "./net.js";

let state = null, go = () => {}, runs = "";

export async function drawPractice(show) {
  go = show;
  const path = store.state.extras.practice, place = $("practice");
  if (!path) return;
  state = await ask(path);
  place.hidden = !state.running;
  if (state.running) {
    runs = state.id;
    fill(place,
      el("span", {}, say("practice_on", Math.min(state.items.length, state.total), state.total)),
      store.chat !== state.chat && el("button", {class: "main", onclick: () => go(at(state))}, say("practice_goto")),
      el("button", {class: "plain", onclick: async () => { await ask(`${path}/stop`, {}); await drawPractice(show); }}, say("practice_stop")),
    );
  } else if (runs) {  // this page has seen it run: whoever only opens the client sees no old result
    runs = "";
    if (answered().length) results();
  }
}

const answered = () => state?.items.filter(one => one.answer !== null) ?? [];

const at = now => ({me: {kind: "member", id: now.member}, chat: now.chat, view: "talk"});

export function openPractice() {
  if (answered().length && !state.running) return results();
  return start();
}

function start() {
  const member = el("select", {id: "practises"}, ...Object.entries(store.state.members).map(([id, name]) => el("option", {value: id}, name)));
  if (store.me.kind === "member") member.value = store.me.id;
  const count = el("input", {id: "count", type: "number", min: "1", max: state.most, value: "5"});
  const form = el("form", {class: "sheet"},
    el("h2", {}, say("practice_title")), el("p", {class: "aside"}, say("practice_hint")),
    el("label", {}, say("practice_member"), member), el("label", {}, say("practice_count"), count),
    el("footer", {}, el("button", {type: "button", class: "plain", onclick: closeDialog}, say("cancel")), el("button", {class: "main"}, say("practice_start"))),
  );
  form.onsubmit = async event => {
    event.preventDefault();
    try {
      state = await ask(`${store.state.extras.practice}/start`, {member: member.value, count: Number(count.value)});
    } catch (error) {
      toast(error.message);
      return;
    }
    closeDialog();
    go(at(state));
  };
  dialog(form);
}

function results() {
  dialog(el("div", {class: "sheet wide-sheet", id: "results"},
    el("h2", {}, say("practice_result"), " ", el("span", {class: "total"}, say("practice_total", state.score))),
    el("ol", {class: "results"}, ...answered().map(result)),
    el("footer", {}, el("button", {class: "plain", onclick: start}, say("practice_again")), el("button", {class: "main", onclick: closeDialog}, say("close"))),
  ));
}

function result(one) {
  const part = (key, ...content) => [el("dt", {}, say(key)), el("dd", {}, ...content)];
  return el("li", {class: one.score >= 80 ? "good" : one.score >= 50 ? "fair" : "poor"},
    el("header", {}, el("b", {}, one.question), el("span", {class: "score"}, one.score)),
    el("dl", {},
      ...part("practice_yours", one.answer || "–"),
      ...part("practice_library", one.expected ? one.expected : say("practice_silent"), " ", ...one.scripts.map(script => el("code", {}, script))),
      ...part("practice_time", say("practice_seconds", Math.round(one.seconds)), " · ", say(one.by === "sidebar" ? "practice_sidebar" : "practice_typed"), " · ", say("practice_similarity", Math.round(one.similarity * 100))),
    ));
}
