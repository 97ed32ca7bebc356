// The middle column: one chat, and the field to write in.
import {$, el, fill} from "./dom.js";
import {MASS, nameOf, parts, relation, room, session, tagOf, titleOf, waitingMass, writing} from "./model.js";
import {markRead, store} from "./store.js";
import {dayKey, clock, day, language, say} from "./words.js";
import {act} from "./net.js";
import {drawMass} from "./mass.js";
import {lineOf} from "./bubble.js";
import {addToGroup} from "./newcomer.js";

const GAP_MS = 5 * 60_000, KINDS = ["image", "voice", "location", "link"];
let drawnChat = "", drawnComposer = "", drawnHead = "";

export function drawTalk(show) {
  const chat = store.chat;
  drawHead(show);
  document.body.classList.toggle("nothing-chosen", !chat);
  if (!chat) {
    fill($("lines"), el("div", {class: "empty"}, el("b", {}, say("pick")), el("p", {}, say("pick_hint"))));
    $("strip").hidden = true;
    fill($("composer"));
    drawnChat = drawnComposer = "";
    return;
  }
  drawStrip(chat);
  drawComposer(chat);
  drawLines(chat, show);  // last: what stands below takes room, and the end is to be seen
  markRead(chat);
}

function drawHead(show) {
  const chat = store.chat, now = JSON.stringify([chat, store.me, language, chat && chat !== MASS && room(parts(chat).last), chat && relation(chat)]);
  if (now === drawnHead) return;
  drawnHead = now;
  if (!chat) { fill($("head")); return; }
  const tag = tagOf(chat), group = chat === MASS ? null : room(parts(chat).last), friends = relation(chat);
  fill($("head"),
    el("button", {class: "icon back", "aria-label": say("back"), onclick: () => show({view: "list"})}, "‹"),
    el("h2", {}, titleOf(chat), tag && el("i", {class: `tag ${tag}`}, tag === "wechat" ? "@微信" : say(tag))),
    group && el("span", {class: "aside", title: group.people.map(nameOf).join("、")}, say("people_n", group.people.length)),
    group && !group.internal && el("button", {class: "plain", onclick: () => addToGroup(group)}, `＋ ${say("joins")}`),
    friends?.customer_has && store.me.kind === "customer" && el("button", {
      class: "plain", onclick: () => act("customer_removes_member", {customer: friends.customer, member: friends.member}),
    }, say("removes")),
  );
}

function drawLines(chat, show) {
  const place = $("lines"), same = drawnChat === chat;
  const atEnd = !same || place.scrollHeight - place.scrollTop - place.clientHeight < 80;
  drawnChat = chat;
  if (chat === MASS) {  // the newest stand first
    drawMass(place);
    if (!same) place.scrollTop = 0;
    return;
  }
  const lines = store.chats.get(chat) ?? [], menus = lines.filter(one => one.kind === "msgmenu");
  const why = whyBelow(lines, store.reasons.get(chat) ?? []);
  const made = [], kind = parts(chat).kind;
  if (kind === "contact" || kind === "group") made.push(el("p", {class: "banner"}, say(kind === "contact" ? "no_callback" : "no_group_callback")));
  const waiting = store.me.kind === "member" ? waitingMass(store.me).length : 0;
  if (waiting) made.push(el("p", {class: "banner mass"}, say("mass_banner", waiting), " ", el("button", {class: "plain", onclick: () => show({chat: MASS, view: "talk"})}, say("open"))));
  let last = null;
  for (const [number, line] of lines.entries()) {
    const at = line.at;
    if (!last || at - last > GAP_MS || dayKey(at) !== dayKey(last)) made.push(el("p", {class: "time"}, dayKey(at) === dayKey(store.now) ? clock(at) : `${day(at)} ${clock(at)}`));
    made.push(lineOf(line, menus.at(-1)), ...(why.get(number) ?? []).map(whyOf));
    last = at;
  }
  made.push(...(why.get(-1) ?? []).map(whyOf));
  fill(place, ...made);
  if (atEnd) place.scrollTop = place.scrollHeight;
}

const TO_STAFF = "system/notice";  // the wrapping of what members are told: no script of the shop
const whyOf = reason => el("p", {class: "why", title: say("why")}, `↳ ${reason.confirmed ? say("why_mass") : reason.why[language]} `, ...reason.scripts.filter(script => script !== TO_STAFF).slice(0, 1).map(script => el("code", {}, script)));

// Reasons by the number of the line below which they stand: the last that each is about, and what
// the bot said right after it. Where no msgid tells that, the last line before the reason.
function whyBelow(lines, every) {
  // What the bot said in a member's name, the archive tells as said by the member.
  const by = new Map(lines.map(line => [line.msgid, line.by]));
  const said = (reason, how) => reason.kind === "StaffReplied" && reason.msgids.some(msgid => by.get(msgid) === how);
  const reasons = every.filter(reason => !said(reason, "api")).map(reason => ({...reason, confirmed: said(reason, "mass")}));
  const below = new Map(), about = new Map(reasons.flatMap(reason => reason.msgids.map(msgid => [msgid, reason])));
  for (const reason of reasons) {
    let place = lines.findLastIndex(line => about.get(line.msgid) === reason);
    if (place < 0 && reason.kind === "CustomerAdded") place = lines.findLastIndex(line => line.text === "added" && line.at <= reason.told);
    if (place < 0) place = lines.findLastIndex(line => line.at <= reason.told);
    while (lines[place + 1]?.by === "api" && lines[place + 1].at <= reason.told && !about.has(lines[place + 1].msgid)) place += 1;
    below.set(place, [...below.get(place) ?? [], reason]);
  }
  return below;
}

// Who has the session of customer service, and what one may do about it.
function drawStrip(chat) {
  const place = $("strip"), {kind, account, last} = parts(chat), now = kind === "kf" ? session(chat) : undefined;
  place.hidden = kind !== "kf";
  if (place.hidden) return;
  const me = store.me, state = now?.state ?? 4;
  const words = [say("with_bot"), say("with_bot"), say("in_pool"), say("with_member", nameOf(now?.servicer ?? "")), say("ended")][state];
  const button = (key, name, values, main) => el("button", {class: main ? "main" : "plain", onclick: () => act(name, values)}, say(key));
  const who = {userid: me.id, customer: last, open_kfid: account};
  fill(place, el("span", {class: `dot s${state}`}), words,
    me.kind === "customer" && state === 4 && button("enter_again", "customer_enters_kf", {customer: me.id, open_kfid: account}),
    me.kind === "member" && state === 2 && button("take", "servicer_takes", who, true),
    me.kind === "member" && state === 3 && now.servicer !== me.id && button("take_over", "servicer_takes", who),
    me.kind === "member" && state === 3 && now.servicer === me.id && button("end", "servicer_ends_session", who),
  );
}

function drawComposer(chat) {
  const can = chat !== MASS && writing(chat, "?") !== null;
  const now = JSON.stringify([chat, store.me, can, language]);
  if (now === drawnComposer) return;  // what somebody is typing stays
  drawnComposer = now;
  const place = $("composer");
  place.hidden = chat === MASS;
  const {kind, account, last} = parts(chat), bot = kind === "bot" && room(last) ? nameOf(account) : "";
  const field = el("textarea", {
    id: "text", rows: "2", disabled: !can, "aria-label": say("placeholder"),
    placeholder: can ? say(bot ? "placeholder_bot" : "placeholder", bot) : relation(chat)?.customer_has === false ? say("gone") : say("cannot_write"),
    onkeydown: event => { if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); send(); } },
  });
  const call = bot && el("button", {type: "button", class: "plain", onclick: () => { field.value = `@${bot} ${field.value}`; field.focus(); }}, say("at_bot", bot));
  const more = kind === "kf" && store.me.kind === "customer" && el("span", {class: "kinds", role: "group", "aria-label": say("more")}, ...KINDS.map(one =>
    el("button", {type: "button", class: "plain", onclick: () => act("customer_writes_kf", {customer: store.me.id, open_kfid: account, kind: one, text: field.value || say(one)})}, say(one))));
  fill(place, field, el("div", {class: "buttons"}, call, more, el("button", {class: "main", disabled: !can}, say("send"))));
  place.onsubmit = event => { event.preventDefault(); send(); };

  async function send() {
    const text = field.value.trim();
    if (!text) return;
    const doing = writing(chat, text);
    if (!doing) return;
    field.value = "";
    if (await act(...doing) === undefined) field.value = text;
    field.focus();
  }
}

// A customer who opens customer service enters it, as in WeChat.
export async function entered(chat) {
  const {kind, account, last} = parts(chat);
  if (kind !== "kf" || store.me.kind !== "customer" || (store.chats.get(chat) ?? []).length) return;
  await act("customer_enters_kf", {customer: last, open_kfid: account});
}

