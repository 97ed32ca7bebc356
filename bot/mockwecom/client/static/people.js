// The left column: who I am, and my chats.
import {$, avatar, el, fill} from "./dom.js";
import {MASS, chatsOf, filterOf, nameOf, otherOf, tagOf, titleOf, waitingMass} from "./model.js";
import {store, unread} from "./store.js";
import {clock, day, dayKey, say} from "./words.js";
import {addCustomer} from "./newcomer.js";

const FILTERS = ["all", "contacts", "groups", "service", "others"];
let filter = "all", search = "", drawnMe = "", drawnFilters = "";

export function drawPeople(show) {
  drawMe(show);
  drawFilters(() => drawPeople(show));
  const chats = chatsOf(store.me).map(chat => ({chat, last: lastOf(chat)}))
    .sort((one, other) => (other.last?.at ?? 0) - (one.last?.at ?? 0))
    .filter(({chat}) => filter === "all" || filterOf(chat) === filter)
    .filter(({chat}) => titleOf(chat).toLowerCase().includes(search));
  const waiting = store.me.kind === "member" ? waitingMass(store.me).length : 0;
  fill($("chats"), ...chats.map(one => row(one, waiting, show)));
  if (!chats.length) $("chats").append(el("li", {class: "nothing"}, say("nothing_found")));
}

function drawMe(show) {
  const now = JSON.stringify([store.me, store.state.members, store.state.customers, document.documentElement.lang]);
  if (now === drawnMe) return;  // an open list of choices stays open
  drawnMe = now;
  const choose = el("select", {
    id: "who", "aria-label": say("i_am"),
    onchange: event => { const [kind, id] = event.target.value.split(/:(.*)/s); show({me: {kind, id}, chat: ""}); },
  }, group("member", "members"), group("customer", "customers"));
  choose.value = `${store.me.kind}:${store.me.id}`;
  fill($("me"),
    avatar(store.me.id, nameOf(store.me.id), store.me.kind),
    el("label", {}, el("small", {}, `${say("i_am")} · ${say(store.me.kind)}`), choose),
  );
  fill($("adding"), el("button", {class: "plain wide", id: "newcomer", onclick: () => addCustomer(show)}, `＋ ${say("new_customer")}`));
}

function group(kind, words) {
  const people = store.state[`${kind}s`];
  return el("optgroup", {label: say(words)}, ...Object.entries(people).map(([id, name]) => el("option", {value: `${kind}:${id}`}, name)));
}

function drawFilters(again) {
  const now = JSON.stringify([filter, document.documentElement.lang]);
  if (now === drawnFilters) return;
  drawnFilters = now;
  const field = el("input", {
    type: "search", id: "search", placeholder: say("search"), "aria-label": say("search"), value: search,
    oninput: event => { search = event.target.value.trim().toLowerCase(); again(); },
  });
  fill($("filters"), field, el("div", {class: "chips"}, ...FILTERS.map(name => el("button", {
    class: "chip", "aria-pressed": String(name === filter), onclick: () => { filter = name; again(); },
  }, say(name)))));
}

const lastOf = chat => chat === MASS
  ? {at: waitingMass(store.me).length ? store.now : new Date(0), kind: "mass"}
  : (store.chats.get(chat) ?? []).findLast(one => one.kind !== "note") ?? (store.chats.get(chat) ?? []).at(-1);

function row({chat, last}, waiting, show) {
  const tag = tagOf(chat), other = otherOf(chat), number = chat === MASS ? waiting : chat === store.chat ? 0 : unread(chat);
  return el("li", {}, el("button", {
    class: "chat", "aria-current": chat === store.chat ? "true" : null, "data-chat": chat,
    onclick: () => show({chat, view: "talk"}),
  },
    avatar(other, titleOf(chat), tag),
    el("span", {class: "what"},
      el("span", {class: "name"}, el("b", {}, titleOf(chat)), tag && el("i", {class: `tag ${tag}`}, tag === "wechat" ? "@微信" : say(tag))),
      el("span", {class: "preview"}, preview(last)),
    ),
    el("span", {class: "side"},
      last && chat !== MASS && el("time", {}, dayKey(last.at) === dayKey(store.now) ? clock(last.at) : day(last.at)),
      number > 0 && el("span", {class: "badge", "aria-label": say("unread", number)}, number > 99 ? "99+" : number),
    ),
  ));
}

function preview(line) {
  if (!line || line.kind === "note") return "";
  if (line.kind === "mass") return waitingMass(store.me).length ? say("mass_banner", waitingMass(store.me).length) : say("mass_done");
  const words = line.text || `[${say(line.kind)}]`;
  const group = ["group", "bot"].includes(line.chat.split(":")[0]);
  return group && line.sender !== store.me.id ? `${nameOf(line.sender)}：${words}` : words;
}
