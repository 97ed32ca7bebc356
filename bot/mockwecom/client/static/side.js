// The right column: our page beside the chat, as WeCom's client shows it, and the bridge's other end.
import {$, el, fill} from "./dom.js";
import {MASS, parts} from "./model.js";
import {store} from "./store.js";
import {language, say} from "./words.js";
import {ask} from "./net.js";

const BESIDE = ["contact", "group", "kf"];
let drawn = "", chosen = 0, shown = null;  // shown: {frame, member, chat}
let show = null;

export function drawSide(go) {
  show = go;
  const {me, chat, state} = store, item = state.toolbars[chosen] ?? state.toolbars[0];
  const fits = me.kind === "member" && chat && chat !== MASS && BESIDE.includes(parts(chat).kind);
  document.body.classList.toggle("no-side", !fits);
  const look = `${language}-${document.documentElement.dataset.theme}`;  // the page is told both
  const now = JSON.stringify([me, fits && chat, state.toolbars, item, state.frame, look]);
  if (now === drawn) return;
  drawn = now;
  shown = null;
  if (!fits) return empty(me.kind === "customer" ? say("no_frame_customer") : say("no_frame_chat"));
  if (!item) return empty(say("no_toolbar"));
  const url = new URL(item.url);
  if (url.origin !== state.frame) return empty(say("no_bridge", item.url, state.frame || "–"));
  const to = url.pathname + url.search + url.hash;
  const frame = el("iframe", {
    id: "frame", title: item.name, allow: "clipboard-write",
    src: `${state.frame}/__wecom__/open?${new URLSearchParams({member: me.id, look, to})}`,
  });
  shown = {frame, member: me.id, chat};
  fill($("side"),
    el("div", {class: "toolbars"},
      el("div", {class: "chips", role: "group", "aria-label": say("toolbar_of")}, ...state.toolbars.map((one, at) => el("button", {
        class: "chip", "aria-pressed": String(one === item), onclick: () => { chosen = at; drawSide(go); },
      }, one.name))),
      el("button", {class: "icon", "aria-label": say("refresh"), title: say("refresh"), onclick: () => { drawn = ""; drawSide(go); }}, "⟳"),
    ), frame);
}

function empty(words) {
  fill($("side"), el("div", {class: "empty"}, el("b", {}, say("no_frame")), el("p", {}, words)));
}

// The page asks its client; the mock answers as WeCom would.
window.addEventListener("message", async event => {
  const now = shown;
  if (!now || event.source !== now.frame.contentWindow || event.origin !== store.state.frame) return;
  const {wecom, page, id, name, params, url, clicked} = event.data ?? {};
  if (wecom !== "invoke") return;
  let result;
  try {
    result = await ask("/_mock/jsapi", {page, member: now.member, chat: now.chat, name, params, url, clicked});
  } catch (error) {
    result = {err_msg: `${name}:fail ${error.message}`};
  }
  now.frame.contentWindow?.postMessage({wecom: "result", id, result}, event.origin);
  if (!result.err_msg.endsWith(":ok")) return;
  if (name === "closeWindow") document.documentElement.dataset.view = "talk";
  if (name === "openEnterpriseChat") show({chat: `contact:${now.member}:${params.externalUserIds}`, view: "talk"});
});
