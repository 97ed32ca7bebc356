// Which chats somebody has, what they are called, and who may write what in them.
import {store} from "./store.js";
import {say} from "./words.js";

export const MASS = "mass";

export function parts(chat) {
  const [kind, ...rest] = chat.split(":");
  return {kind, account: rest.slice(0, -1).join(":"), last: rest.at(-1) ?? ""};
}

export function nameOf(id) {
  const {members, customers, bots, accounts, apps, rooms} = store.state;
  return members[id] ?? customers[id] ?? bots[id]
    ?? accounts.find(one => one.id === id)?.name
    ?? apps.find(one => String(one.agent_id) === id)?.name
    ?? rooms.find(one => one.chat_id === id)?.name ?? id;
}

export const room = id => store.state.rooms.find(one => one.chat_id === id);

export function chatsOf(me) {
  const {contacts, rooms, accounts, kf, bots, apps} = store.state;
  const mine = one => one.people.includes(me.id);
  const groups = rooms.filter(one => !one.internal && mine(one)).map(one => `group:${one.chat_id}`);
  if (me.kind === "customer") return [
    ...contacts.filter(one => one.customer === me.id).map(one => `contact:${one.member}:${me.id}`),
    ...groups,
    ...accounts.map(one => `kf:${one.id}:${me.id}`),
  ];
  const [bot] = Object.keys(bots);
  return [
    ...contacts.filter(one => one.member === me.id).map(one => `contact:${me.id}:${one.customer}`),
    ...groups,
    ...accounts.filter(one => one.servicers.includes(me.id)).flatMap(account =>
      kf.filter(one => one.open_kfid === account.id).map(one => `kf:${account.id}:${one.customer}`)),
    ...bot ? rooms.filter(one => one.internal && mine(one)).map(one => `bot:${bot}:${one.chat_id}`) : [],
    ...Object.keys(bots).map(id => `bot:${id}:${me.id}`),
    ...apps.map(one => `app:${one.agent_id}:${me.id}`),
    ...massOf(me).length ? [MASS] : [],
  ];
}

// Whom the title names: the other one, as `me` sees them.
export function otherOf(chat, me = store.me) {
  const {kind, account, last} = parts(chat);
  if (chat === MASS) return MASS;
  if (kind === "contact") return me.kind === "member" ? last : account;
  if (kind === "kf") return me.kind === "member" ? last : account;
  if (kind === "bot") return room(last) ? last : account;
  return kind === "app" ? account : last;
}

export const titleOf = chat => chat === MASS ? say("mass") : nameOf(otherOf(chat));

export function tagOf(chat) {
  const {kind, last} = parts(chat);
  if (kind === "contact") return store.me.kind === "member" ? "wechat" : "";
  if (kind === "kf") return "kf";
  if (kind === "group") return "external";
  if (kind === "bot") return room(last) ? "internal" : "robot";
  return kind === "app" ? "app" : "";
}

export function filterOf(chat) {
  return {contact: "contacts", group: "groups", kf: "service"}[parts(chat).kind] ?? (room(parts(chat).last) ? "groups" : "others");
}

export const relation = chat => {
  const {kind, account, last} = parts(chat);
  return kind === "contact" ? store.state.contacts.find(one => one.member === account && one.customer === last) : undefined;
};

export const session = chat => {
  const {account, last} = parts(chat);
  return store.state.kf.find(one => one.open_kfid === account && one.customer === last);
};

// On which side a line stands.
export function isMine(line) {
  if (line.sender === store.me.id) return true;
  const {kind, last} = parts(line.chat);
  return kind === "kf" && store.me.kind === "member" && line.sender !== last;
}

export function massOf(me) {
  return store.state.mass.filter(one => me.id in one.members).map(one => ({...one, part: one.members[me.id]}));
}

export const waitingMass = me => massOf(me).filter(one => !one.cancelled && one.part.confirmed_at === null);

// The act that sends a text as `me`, or null with the reason why nobody can.
export function writing(chat, text) {
  const {kind, account, last} = parts(chat), {id, kind: role} = store.me;
  switch (kind) {
    case "contact":
      if (!relation(chat)?.customer_has) return null;
      return role === "member"
        ? ["member_writes_customer", {member: id, customer: last, text}]
        : ["customer_writes_member", {customer: id, member: account, text}];
    case "group":
      return ["writes_in_group", {chat_id: last, who: id, text}];
    case "kf": {
      if (role === "customer") return ["customer_writes_kf", {customer: id, open_kfid: account, text}];
      const now = session(chat);
      const mine = now?.state === 3 && now.servicer === id || now?.state === 4;
      return mine ? ["servicer_writes_kf", {userid: id, customer: last, open_kfid: account, text}] : null;
    }
    case "bot": {
      const mention = !room(last) || text.includes(`@${nameOf(account)}`);
      return ["member_writes_bot", {userid: id, bot_id: account, text, chat_id: room(last) ? last : "", mention}];
    }
    case "app":
      return ["member_writes_app", {userid: id, agent_id: Number(account), text}];
  }
  return null;
}
