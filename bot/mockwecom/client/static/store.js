// What the page knows: the mock's state, all lines of all chats, and who looks at which of them.
import {ask} from "./net.js";

export const store = {
  state: null,
  now: new Date(),
  chats: new Map(),  // chat → its lines, in order
  reasons: new Map(),  // chat → why things were answered as they were
  wire: [],
  me: null,  // {kind: "member" | "customer", id}
  chat: "",
};
const seen = {lines: 0, reasons: 0, calls: 0, pushed: 0, pages: 0, signins: 0};
const WIRE_MOST = 400;

// One after the other: each asks for what came after the last.
let last = Promise.resolve();
export const refresh = () => last = last.catch(() => {}).then(load);

async function load() {
  const [state, lines, wire] = await Promise.all([
    ask("/_mock/client/state"),
    ask(`/_mock/client/lines?since=${seen.lines}`),
    ask(`/_mock/client/wire?calls=${seen.calls}&pushed=${seen.pushed}&pages=${seen.pages}&signins=${seen.signins}`),
  ]);
  store.state = state;
  store.now = new Date(state.now);
  for (const line of lines.items) put(line);
  seen.lines += lines.items.length;
  for (const name of ["calls", "pushed", "pages", "signins"]) seen[name] = wire[name];
  store.wire = [...store.wire, ...wire.items].slice(-WIRE_MOST);
  await extras(state.extras);
}

function put(line) {
  line.at = new Date(line.at);
  const lines = store.chats.get(line.chat) ?? [];
  store.chats.set(line.chat, lines);
  const before = lines.findIndex(one => one.msgid === line.msgid);
  if (before >= 0 && line.kind !== "note") lines[before] = {...line, at: lines[before].at};  // a stream goes on
  else lines.push(line);
}

async function extras({reasons}) {
  if (!reasons) return;
  for (const reason of await ask(`${reasons}?since=${seen.reasons}`)) {
    seen.reasons = Math.max(seen.reasons, reason.seq);
    const told = store.reasons.get(reason.conversation) ?? [];
    store.reasons.set(reason.conversation, told);
    const msgids = reason.msgids.map(one => one.replace(/_external$/, ""));  // as the archive calls them
    told.push({...reason, msgids, told: new Date(reason.told_at * 1000)});
  }
}

// The address tells who looks at what, so that it can be kept and shared.
export function readAddress() {
  const asked = new URLSearchParams(location.hash.slice(1));
  const [kind, id] = (asked.get("me") ?? "").split(/:(.*)/s);
  const known = kind === "member" ? store.state.members : kind === "customer" ? store.state.customers : {};
  const first = Object.keys(store.state.members)[0] ?? "";
  store.me = id in known ? {kind, id} : {kind: "member", id: first};
  store.chat = asked.get("chat") ?? "";
}

export function writeAddress() {
  const asked = new URLSearchParams({me: `${store.me.kind}:${store.me.id}`, ...store.chat && {chat: store.chat}});
  history.replaceState(null, "", `#${asked}`);
}

const readKey = chat => `read ${store.me.kind}:${store.me.id} ${chat}`;

export function unread(chat) {
  const upTo = Number(sessionStorage.getItem(readKey(chat)) ?? 0);
  return (store.chats.get(chat) ?? []).filter(one => one.seq > upTo && one.kind !== "note" && one.sender !== store.me.id).length;
}

export function markRead(chat) {
  const last = (store.chats.get(chat) ?? []).at(-1);
  if (last) sessionStorage.setItem(readKey(chat), String(last.seq));
}
