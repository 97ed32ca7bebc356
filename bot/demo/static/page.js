"use strict";
const SAY = {
  zh: {
    page: "话术 · 试一试", title: "有间好物的机器人：你来当顾客", hint: "打字或点一个问题。每句回答下面写着为什么这样答。",
    talk: "对话", kf: "微信客服", bot: "群里 @ 机器人", contact: "添加好友", i_am: "我是", send: "发送",
    adds: "添加", from: "来自", add: "添加为好友", desk: "同事看到的", placeholder: "像顾客一样打字…",
    placeholder_bot: "在同事群里问小话…", opened: "打开了客服会话", added: "通过「%s」添加了 %s",
    first: "点下面的按钮：一位新顾客会添加店员，看看他收到什么。",
    quiet: "没有待办。问一个答不了的问题，或者说「我要投诉」，这里就会叫人。",
    waiting: "在等同事", called: "已请同事来，等同事接入", serving: "%s 正在接待，机器人不说话", take: "王芳来接待", end: "结束接待",
    tomorrow: "拨到明天上午 10 点", confirm: "%s 在手机上确认", mass: "群发任务等 %s 确认", whom: "发给 %s 位客户",
    reply: "以同事身份回复…", todo: "待办 → %s", lost: "演示已经停了。再运行一次 huashu demo，然后刷新这一页。",
    states: {"store_1": "门店的码", "mall_1": "小程序商城", "parcel_1": "包裹里的卡", "friend_1": "朋友介绍", "": "搜索手机号"},
    kf_chips: ["什么时候发货", "亲，退款多久到帐呀", "包邮不", "运费", "可以开票不", "你们招不招暑假工", "我要投诉"],
    bot_chips: ["积分怎么用", "几点开门", "会员有什么好处", "怎么退货"],
    newcomers: ["小周", "念念妈妈", "Leo 🌊", "阿芬", "木子"],
  },
  en: {
    page: "Huashu · try it", title: "A shop's bot: you are the customer", hint: "Type, or pick a question. Below each answer: why it was given.",
    talk: "Chat", kf: "Service chat", bot: "Group @bot", contact: "New friend", i_am: "I am", send: "Send",
    adds: "Add", from: "by", add: "Add as a friend", desk: "What the staff see", placeholder: "Ask in Chinese…",
    placeholder_bot: "Ask 小话 in Chinese…", opened: "opened customer service", added: "(%s) added %s",
    first: "Press the button: a new customer adds a member of the shop. See what they get.",
    quiet: "No to-dos. Ask what no script answers, or say 我要投诉 (I complain): somebody is called here.",
    waiting: "waits for a person", called: "A colleague was called", serving: "%s is serving; the bot is silent", take: "王芳 takes over", end: "End the session",
    tomorrow: "Tomorrow, 10 am →", confirm: "%s confirms it on the phone", mass: "A mass message waits for %s", whom: "to %s customers",
    reply: "Reply as staff…", todo: "to-do → %s", lost: "The demo has stopped. Run huashu demo again, then reload this page.",
    states: {"store_1": "a shop's code", "mall_1": "the online shop", "parcel_1": "a card in a parcel", "friend_1": "a friend", "": "a search"},
  },
};
const POLL_MS = 700, $ = id => document.getElementById(id);
const say = key => SAY[language][key] ?? SAY.zh[key];
const fill = (key, ...values) => values.reduce((text, value) => text.replace("%s", () => value), say(key));
let language = localStorage.language ?? (navigator.language.startsWith("zh") ? "zh" : "en");
let channel = "kf", cast, current = "", delivered = 0, reasoned = 0, lost = false, serving = [];
const chats = new Map(), chosen = {}, opened = new Set(), told = [], mine = [];
const strip = document.createElement("div");  // the last line of a chat that a person serves, or is to serve
strip.className = "strip";
const place = conversation => conversation.startsWith("contact:") ? "contact" : conversation;

function element(kind, className, text) {
  const made = document.createElement(kind);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;  // never HTML: names and words are anybody's
  return made;
}

function tell(kind, className, words) {  // again when the language changes
  const made = element(kind, className, words());
  told.push(() => { made.textContent = words(); });
  return made;
}

async function ask(path, body) {
  const answer = await fetch(path, body && {method: "POST", body: JSON.stringify(body)});
  const read = await answer.json();
  if (!answer.ok) throw new Error(read.error);
  return read;
}

async function act(name, values) {
  try { return (await ask("/_mock/act", {do: name, ...values})).result; }
  catch (error) { put(current, element("div", "note bad", error.message)); return null; }
  finally { poll(); }
}

function put(key, ...lines) {
  if (!chats.has(key)) chats.set(key, []);
  chats.get(key).push(...lines);
  if (key !== current) return;
  strip.before(...lines);
  $("log").scrollTop = $("log").scrollHeight;
}

function show(key) {
  current = key;
  $("log").replaceChildren(...(chats.get(key) ?? []), strip);
  handed();
  $("log").scrollTop = $("log").scrollHeight;
}

function bubble(delivery) {
  const made = element("div", "bubble"), menu = delivery.body.msgmenu;
  if (!menu) { made.textContent = delivery.text || `[${delivery.kind}]`; return made; }
  made.append(element("div", "", menu.head_content ?? ""));
  for (const item of menu.list) {
    if (!item.click) continue;
    const button = element("button", "", item.click.content);
    button.onclick = () => write(item.click.content, item.click.id);
    made.append(button);
  }
  made.append(element("div", "tail", menu.tail_content ?? ""));
  return made;
}

function receive(delivery) {
  if (delivery.channel === "app") return;  // the to-dos: they are read where they can be ticked off
  const sender = cast.names[delivery.api === "servicer" ? cast.duty : delivery.account];
  const key = place(`${delivery.channel}:${delivery.account}:${delivery.to}`);
  if (delivery.body.msgmenu)  // only the last menu can be clicked
    chats.get(key)?.forEach(one => one.querySelectorAll("button").forEach(button => { button.disabled = true; }));
  put(key, element("div", "who", sender), bubble(delivery));
}

const NOTES = {
  SessionEntered: one => `${cast.names[one.who]} ${say("opened")}`,
  CustomerAdded: one => `${cast.names[one.who]} ${fill("added", by(one.state), cast.names[one.member])}`,
};
const by = state => Object.entries(say("states")).find(([key]) => key.split("_")[0] === state.split("_")[0])?.[1] ?? state;

function happens(one) {  // shown at once by who does it here, by everybody else when the bot tells of it
  const key = place(one.conversation);
  if (one.kind === "SessionEntered") opened.add(one.conversation);
  if (one.kind in NOTES) put(key, tell("div", "note", () => NOTES[one.kind](one)));
  for (const text of one.texts) put(key, element("div", "who mine", cast.names[one.who]), element("div", "bubble me", text));
}

const trace = (one, ...texts) => [one.kind, one.conversation, one.who, ...texts].join();

async function happens_here(one, name, values) {
  mine.push(trace(one, ...one.texts));
  happens(one);
  if (await act(name, values) === null) forget(one, ...one.texts);
}

function happened(one) {
  const texts = one.texts.filter(text => !forget(one, text));
  if (texts.length || !one.texts.length && !forget(one)) happens({...one, texts});
}

function forget(one, ...texts) {
  const at = mine.indexOf(trace(one, ...texts));
  if (at >= 0) mine.splice(at, 1);
  return at >= 0;
}

function explain(reason) {
  const line = element("div", "why");
  line.append(tell("span", "", () => `↳ ${reason.why[language]} `));
  if (reason.scripts.length) line.append(element("code", "", reason.scripts[0]));
  put(place(reason.conversation), line);
}

function todo({member, words}) {
  const card = element("div", "card todo");
  card.append(element("b", "", fill("todo", cast.names[member || cast.duty])), words);
  return card;
}

function handed() {
  const one = channel === "kf" && serving.find(one => one.customer === chosen.kf);
  strip.hidden = !one;
  if (!one) return;
  strip.replaceChildren(element("span", "", one.state === 2 ? say("called") : fill("serving", cast.names[one.servicer])), turn(one));
  $("log").scrollTop = $("log").scrollHeight;
}

function turn({customer, state, servicer}) {
  const button = element("button", state === 2 ? "main" : "", say(state === 2 ? "take" : "end"));
  const name = state === 2 ? "servicer_takes" : "servicer_ends_session", userid = state === 2 ? cast.duty : servicer;
  button.onclick = async () => {
    button.disabled = true;  // a second click would be refused
    await act(name, {userid, customer, open_kfid: cast.account});
    button.disabled = false;
  };
  return button;
}

function session(one) {
  const {customer, state, servicer: userid} = one, account = cast.account;
  const card = element("div", "card");
  card.append(element("b", "", cast.names[customer]), state === 2 ? say("waiting") : fill("serving", cast.names[userid]));
  if (state === 2) {
    card.append(element("br"), turn(one));
    return card;
  }
  const form = element("form"), input = element("input"), send = element("button", "", say("send"));
  input.placeholder = input.ariaLabel = say("reply");
  form.onsubmit = event => {
    event.preventDefault();
    if (input.value.trim()) act("servicer_writes_kf", {userid, customer, open_kfid: account, text: input.value.trim()});
    input.value = "";
  };
  form.append(input, send);
  card.append(form, turn(one));
  return card;
}

function task({msgid, member, text, customers}) {
  const card = element("div", "card todo"), button = element("button", "main", fill("confirm", cast.names[member]));
  card.append(element("b", "", `${fill("mass", cast.names[member])} · ${fill("whom", customers)}`), text, element("br"), button);
  button.onclick = () => { button.disabled = true; act("member_confirms_mass", {userid: member, msgid}); };
  return card;
}

const waiting = mass => mass.filter(one => !one.cancelled).flatMap(({msgid, text, members}) => Object.entries(members)
  .filter(([, part]) => part.confirmed_at === null)
  .map(([member, part]) => ({msgid, member, text, customers: Object.keys(part.receivers).length})));

const drawn = {};
function fresh(id, items, make) {
  const now = JSON.stringify([language, items]);
  if (drawn[id] === now) return;  // do not take the field away from somebody who types
  drawn[id] = now;
  $(id).replaceChildren(...items.map(make));
  handed();
}

function desk(kf, todos, tasks) {
  const open = kf.filter(one => one.state === 2 || one.state === 3);
  serving = open.map(({customer, state, servicer}) => ({customer, state, servicer}));
  fresh("sessions", serving, session);
  fresh("tasks", tasks, task);
  fresh("todos", todos, todo);
  $("quiet").hidden = serving.length || todos.length || tasks.length;
}

let polling = false, again = false;
async function poll() {
  if (polling) { again = true; return; }
  polling = true;
  try { draw(await news()); } finally { polling = false; }
  if (again) { again = false; poll(); }
}

async function news() {
  try {
    const reasons = await ask(`/demo/reasons?since=${reasoned}`);  // first: their answers are there by now
    const deliveries = await ask(`/_mock/deliveries?since=${delivered}`);
    const found = {
      reasons, deliveries, state: await ask("/_mock/state"), todos: await ask("/demo/todos"), clock: await ask("/_mock/clock"),
    };
    lost = false;
    return found;
  } catch {
    if (!lost) put(current, tell("div", "note bad", () => say("lost")));
    lost = true;
    return null;
  }
}

function draw(found) {
  if (!found) return;
  delivered = found.deliveries.next;
  reasoned = Math.max(reasoned, ...found.reasons.map(one => one.seq));
  Object.assign(cast.customers, found.state.customers);
  Object.assign(cast.names, found.state.customers);
  const all = found.deliveries.items.map(one => [Date.parse(one.at) / 1000, () => receive(one)]);
  for (const one of found.reasons) all.push([one.at, () => happened(one)], [one.told_at, () => explain(one)]);
  all.sort(([one], [other]) => one - other).forEach(([, show]) => show());
  now = new Date(found.clock.now);
  tick();
  desk(found.state.kf, found.todos, waiting(found.state.mass));
}

let now = new Date();
function tick() {
  const shape = {month: "short", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai"};
  $("clock").textContent = now.toLocaleString(language === "zh" ? "zh-CN" : "en", shape);
}

function write(text, menu_id = "") {
  const one = {kind: "MessageReceived", conversation: current, who: chosen[channel], texts: [text]};
  if (channel === "kf") return happens_here(one, "customer_writes_kf", {customer: one.who, open_kfid: cast.account, text, menu_id});
  const address = `@${cast.names[cast.bot]}`;
  if (!text.includes(address)) one.texts = [`${address} ${text}`];
  return happens_here(one, "member_writes_bot", {userid: one.who, bot_id: cast.bot, text: one.texts[0], chat_id: cast.group});
}

async function add() {
  const names = SAY.zh.newcomers, state = $("state").value, member = $("member").value;
  const name = names[Object.keys(cast.customers).length % names.length];
  const customer = await act("add_customer", {external_userid: "", name});
  if (!customer) return;
  cast.names[customer] = cast.customers[customer] = name;
  const one = {kind: "CustomerAdded", conversation: `contact:${member}:${customer}`, who: customer, texts: [], member, state};
  await happens_here(one, "customer_adds_member", {customer, member, state});
}

function choices(select, names, value) {
  select.replaceChildren(...Object.entries(names).map(([id, name]) => new Option(name, id, false, id === value)));
}

async function enter() {
  sessionStorage.chosen = JSON.stringify({...chosen, channel});
  if (channel === "contact") return show("contact");
  if (channel === "bot") return show(`bot:${cast.bot}:${cast.group}`);
  const customer = chosen.kf, conversation = `kf:${cast.account}:${customer}`;
  show(conversation);
  if (opened.has(conversation)) return;
  await happens_here({kind: "SessionEntered", conversation, who: customer, texts: []}, "customer_enters_kf", {customer, open_kfid: cast.account});
}

function translate() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.querySelectorAll("[data-say]").forEach(one => { one.textContent = say(one.dataset.say); });
  document.querySelectorAll("[data-channel]").forEach(one => { one.ariaPressed = String(one.dataset.channel === channel); });
  $("language").textContent = language === "zh" ? "EN" : "中文";
  $("language").lang = language === "zh" ? "en" : "zh-CN";
  $("text").placeholder = $("text").ariaLabel = say(channel === "bot" ? "placeholder_bot" : "placeholder");
  $("adding").hidden = channel !== "contact";
  $("writing").hidden = $("chips").hidden = $("whose").hidden = channel === "contact";
  choices($("who"), channel === "bot" ? cast.members : cast.customers, chosen[channel]);
  choices($("member"), cast.members, $("member").value);
  choices($("state"), say("states"), $("state").value || "store_1");
  $("chips").replaceChildren(...say(channel === "bot" ? "bot_chips" : "kf_chips").map(text => {
    const chip = element("button", "", text);
    chip.onclick = () => write(text);
    return chip;
  }));
  told.forEach(again => again());
  tick();
}

async function start() {
  cast = await ask("/demo/cast");
  const before = JSON.parse(sessionStorage.chosen ?? "{}"), usual = Object.keys(cast.customers).at(-1);
  put("contact", tell("div", "note", () => say("first")));
  draw(await news());
  chosen.kf = before.kf in cast.customers ? before.kf : usual;
  chosen.bot = before.bot ?? Object.keys(cast.members)[0];
  channel = before.channel ?? channel;
  translate();
  await enter();
  setInterval(() => { if (!document.hidden) poll(); }, POLL_MS);
}

document.querySelectorAll("[data-channel]").forEach(one => {
  one.onclick = () => { channel = one.dataset.channel; translate(); enter(); };
});
$("who").onchange = () => { chosen[channel] = $("who").value; enter(); };
$("language").onclick = () => { localStorage.language = language = language === "zh" ? "en" : "zh"; translate(); poll(); };
$("tomorrow").onclick = async () => {
  $("tomorrow").disabled = true;
  try { await ask("/demo/tomorrow", {}); } finally { $("tomorrow").disabled = false; }
  poll();
};
$("writing").onsubmit = event => {
  event.preventDefault();
  const text = $("text").value.trim();
  $("text").value = "";
  if (text) write(text);
};
$("adding").onsubmit = event => { event.preventDefault(); add(); };
start();
