// A new customer adds somebody; somebody joins a group.
import {closeDialog, dialog, el} from "./dom.js";
import {nameOf} from "./model.js";
import {store} from "./store.js";
import {say} from "./words.js";
import {act} from "./net.js";

const NAMES = ["小周", "念念妈妈", "Leo 🌊", "阿芬", "木子", "<b>老K</b>", "陈先生", "Yuki"];
const SOURCES = {store_7: "state_store", mall_1: "state_mall", parcel_card: "state_parcel", friend_1: "state_friend", "": "state_none"};
let number = 0;

export function addCustomer(show) {
  const name = el("input", {id: "name", required: true, value: NAMES[number % NAMES.length], maxlength: "60", autofocus: true});
  const member = el("select", {id: "adds"}, ...Object.entries(store.state.members).map(([id, one]) => el("option", {value: id}, one)));
  if (store.me.kind === "member") member.value = store.me.id;
  const source = el("select", {id: "source"}, ...Object.entries(SOURCES).map(([state, words]) => el("option", {value: state}, say(words))));
  const form = el("form", {class: "sheet"},
    el("h2", {}, say("new_customer")),
    el("label", {}, say("name"), name), el("label", {}, say("adds_whom"), member), el("label", {}, say("from_where"), source),
    el("footer", {}, el("button", {type: "button", class: "plain", onclick: closeDialog}, say("cancel")), el("button", {class: "main"}, say("add"))),
  );
  form.onsubmit = async event => {
    event.preventDefault();
    const customer = await act("add_customer", {name: name.value.trim()});
    if (!customer) return;
    number += 1;
    await act("customer_adds_member", {customer, member: member.value, state: source.value});
    closeDialog();
    const kind = store.me.kind, me = kind === "customer" ? {kind, id: customer} : {kind, id: member.value};
    show({me, chat: `contact:${member.value}:${customer}`, view: "talk"});
  };
  dialog(form);
}

export function addToGroup(group) {
  const people = [...Object.keys(store.state.customers), ...Object.keys(store.state.members)].filter(id => !group.people.includes(id));
  const who = el("select", {id: "joins"}, ...people.map(id => el("option", {value: id}, nameOf(id))));
  const form = el("form", {class: "sheet"},
    el("h2", {}, say("joins")), el("label", {}, group.name, who),
    el("footer", {}, el("button", {type: "button", class: "plain", onclick: closeDialog}, say("cancel")), el("button", {class: "main", disabled: !people.length}, say("join"))),
  );
  form.onsubmit = async event => {
    event.preventDefault();
    await act("people_join_group", {chat_id: group.chat_id, people: [who.value]});
    closeDialog();
  };
  dialog(form);
}
