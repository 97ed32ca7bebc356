// One line of a chat: what was said, or a grey note of what happened.
import {avatar, el, toast} from "./dom.js";
import {isMine, nameOf, parts} from "./model.js";
import {store} from "./store.js";
import {say} from "./words.js";
import {act} from "./net.js";

const drawn = new Map();

export function lineOf(line, latestMenu) {
  const key = JSON.stringify([line.chat, line.seq, line.msgid, line.text, line === latestMenu, store.me, document.documentElement.lang]);
  if (!drawn.has(key)) drawn.set(key, line.kind === "note" ? note(line) : spoken(line, line === latestMenu));
  return drawn.get(key);
}

export const forget = () => drawn.clear();

function note(line) {
  const {kind, account, last} = parts(line.chat);
  const other = kind === "contact" ? (line.sender === last ? account : last) : account;
  let text = line.text === "session" ? say(`session_${line.body.change}`, nameOf(line.sender)) : say(`note_${line.text}`, nameOf(line.sender), nameOf(other));
  if (line.body.state) text += say("note_added_by", line.body.state);
  return el("p", {class: "note", "data-note": line.text}, text);
}

function spoken(line, clickable) {
  const mine = isMine(line), name = nameOf(line.sender);
  return el("article", {class: `line ${mine ? "mine" : ""}`, "data-by": line.by, "data-kind": line.kind},
    avatar(line.sender, name, parts(line.chat).kind === "bot" && line.by === "api" ? "robot" : ""),
    el("div", {class: "said"},
      el("span", {class: "author"}, name, badge(line), !mine && line.text && copier(line.text)),
      ...contents(line, clickable),
    ),
  );
}

// For the field in the sidebar where a question is looked up.
function copier(text) {
  return el("button", {
    class: "copy",
    onclick: async () => { await navigator.clipboard.writeText(text); toast(say("copied")); },
  }, say("copy"));
}

function badge(line) {
  if (line.by === "person" || line.by === "system") return null;
  const words = line.api.endsWith("send_welcome_msg") ? "by_welcome" : `by_${line.by}`;
  return el("i", {class: `by ${line.by}`}, say(words));
}

function contents(line, clickable) {
  const body = line.body, made = [];
  const said = body[line.kind] ?? {};
  if (line.kind === "msgmenu") made.push(menu(line, said, clickable));
  else if (line.kind === "stream" || line.kind === "text" || line.kind === "markdown" || line.kind === "mixed") {
    if (line.text) made.push(el("div", {class: "bubble"}, line.text));
  } else made.push(...attachment(line.kind, said, line.text));
  for (const one of body.attachments ?? []) {
    if (one.msgtype !== line.kind) made.push(...attachment(one.msgtype, one[one.msgtype] ?? {}, ""));
  }
  return made;
}

export function attachment(kind, said, text) {
  switch (kind) {
    case "image":
      return [said.media_id ? el("img", {class: "picture", src: media(said.media_id), alt: say("image"), loading: "lazy"}) : box("🖼", say("image"), said.pic_url ?? "")];
    case "voice": case "video": case "file":
      return [el("a", {class: "card file", href: media(said.media_id ?? ""), download: said.filename || kind},
        el("span", {class: "icon", "aria-hidden": "true"}, {voice: "🔊", video: "🎬", file: "📄"}[kind]), said.filename || text || say(kind))];
    case "link": case "textcard": case "news":
      return [box("🔗", said.title ?? text, said.desc ?? said.description ?? "", said.url)];
    case "miniprogram":
      return [box("🧩", said.title || say("miniprogram"), said.page ?? said.pagepath ?? "")];
    case "location":
      return [box("📍", said.name ?? say("location"), said.address ?? "")];
    case "business_card":
      return [box("👤", nameOf(said.userid ?? ""), say("business_card"))];
    case "template_card":
      return [box("🗂", said.main_title?.title ?? text, said.sub_title_text ?? said.main_title?.desc ?? "")];
    default:
      return [el("div", {class: "bubble"}, text || `[${say(kind)}]`)];
  }
}

const media = id => `/_mock/client/media/${encodeURIComponent(id)}`;

function box(icon, title, text, url) {
  return el("div", {class: "card"}, el("b", {}, title), el("p", {}, text), el("small", {}, `${icon} ${url ?? ""}`));
}

function menu(line, said, clickable) {
  const {account, last} = parts(line.chat);
  return el("div", {class: "bubble menu"},
    el("div", {}, said.head_content ?? ""),
    ...(said.list ?? []).map(item => item.click
      ? el("button", {
        disabled: !(clickable && store.me.id === last),
        onclick: () => act("customer_writes_kf", {customer: last, open_kfid: account, menu_id: item.click.id}),
      }, item.click.content)
      : el("span", {class: "item"}, item.view?.content ?? item.miniprogram?.content ?? "")),
    said.tail_content && el("div", {class: "tail"}, said.tail_content),
  );
}
