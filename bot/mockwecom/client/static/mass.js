// Mass messages (群发助手): what waits for the member's confirmation, and how it ended.
import {el, fill} from "./dom.js";
import {massOf, nameOf} from "./model.js";
import {store} from "./store.js";
import {language, say} from "./words.js";
import {act} from "./net.js";
import {attachment} from "./bubble.js";

let drawn = "";

export function drawMass(place) {
  const tasks = massOf(store.me).reverse(), now = JSON.stringify([tasks, store.me, language]);
  if (now === drawn && place.querySelector(".task")) return;  // ticks that were taken away stay so
  drawn = now;
  fill(place, ...tasks.map(card));
  if (!tasks.length) fill(place, el("div", {class: "empty"}, el("p", {}, say("mass_none"))));
}

function card(task) {
  const receivers = Object.entries(task.part.receivers), waits = !task.cancelled && task.part.confirmed_at === null;
  const state = task.cancelled ? "mass_cancelled" : waits ? "mass_waiting" : "mass_done";
  const text = task.content.text?.content ?? "", form = el("form", {class: "task", "data-msgid": task.msgid});
  fill(form,
    el("header", {}, el("b", {}, say(task.chat_type === "group" ? "mass_to_groups" : "mass_to", receivers.length)), el("i", {class: `tag ${state}`}, say(state)),
      task.creator && el("small", {}, say("mass_own")), task.reminders > 0 && el("small", {}, say("reminders", task.reminders))),
    text && el("div", {class: "bubble"}, text),
    ...(task.content.attachments ?? []).flatMap(one => attachment(one.msgtype, one[one.msgtype] ?? {}, "")),
    waits && task.may_select && el("small", {}, say("choose_hint")),
    el("ul", {class: "receivers"}, ...receivers.map(([id, fate]) => receiver(id, fate, waits, task.may_select))),
    waits && el("button", {class: "main"}, say("mass_send")),
  );
  form.onsubmit = event => {
    event.preventDefault();
    const left = [...form.querySelectorAll("input:checked")].map(one => one.value);
    act("member_confirms_mass", {member: store.me.id, msgid: task.msgid, ...task.may_select && left.length < receivers.length && {only: left}});
  };
  return form;
}

function receiver(id, fate, waits, choose) {
  return el("li", {}, el("label", {},
    waits && choose && el("input", {type: "checkbox", value: id, checked: true}),
    nameOf(id), el("i", {class: `fate f${fate}`}, waits ? "" : say(`fate_${fate}`))));
}
