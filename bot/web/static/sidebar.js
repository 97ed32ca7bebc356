// The sidebar inside WeCom: whose chat it is, tabs, and putting messages into the chat by the
// official SDK (vendor/wecom.js, unchanged). What is wrong is told by the server, in words.
"use strict";

(() => {
  const box = document.getElementById("sidebar");
  const zh = document.documentElement.lang.startsWith("zh");
  const t = (chinese, english) => (zh ? chinese : english);
  const CLIENT_MS = 10000; // the client answers within this, or never
  const SINGLE = ["contact_profile", "single_chat_tools", "single_kf_tools"];
  const GROUP = ["group_chat_tools"];
  const SENDS = ["single_chat_tools", "group_chat_tools", "single_kf_tools", "chat_attachment"];
  const UNSENT = `huashu:unsent:${box.dataset.me}`; // reports that did not reach the server yet
  const TAB = "huashu:tab"; // to come back to
  const AGAIN_MS = 15000; // they are told again after this
  const KEPT_MS = 86400000; // and for this long
  for (const key of Object.keys(localStorage)) // of whoever was here before
    if (key.startsWith("huashu:unsent") && key !== UNSENT) localStorage.removeItem(key);

  const inClient = () => ww.env.isWeCom;
  const subject = () => document.getElementById("subject")?.dataset ?? {};

  function within(promise, name) {
    let timer;
    const late = new Promise((_, fail) => {
      timer = setTimeout(() => fail({ errMsg: `${name}:timeout` }), CLIENT_MS);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
  }

  function load(path, values) {
    // At a desk, and beside a profile, words are copied, and the buttons say so.
    document.body.classList.toggle("held", !inClient() || !SENDS.includes(values.entry));
    const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value));
    return htmx.ajax("GET", `${path}?${query}`, { target: "#sidebar", swap: "innerHTML" });
  }

  const signed = new Map();
  function sign(url) {
    if (!signed.has(url)) {
      const asked = fetch(`/sidebar/signature?url=${encodeURIComponent(url)}`).then(
        (answer) => {
          if (answer.ok) return answer.json();
          throw { errMsg: answer.status === 400 ? "signature: domain" : "signature: refused" };
        },
        () => { throw { errMsg: "signature: network" }; },
      );
      signed.set(url, asked);
      asked.catch(() => signed.delete(url));
    }
    return signed.get(url);
  }

  async function begin() {
    const { customer, chat, nobody, entry, corp, agent, apis } = box.dataset;
    const named = customer || chat || nobody;
    const tab = box.dataset.tab ?? sessionStorage.getItem(TAB);
    sessionStorage.removeItem(TAB);
    if (!inClient() && !named) return load("/sidebar/trouble", { step: "outside" });
    let found = "";
    try {
      if (inClient())
        ww.register({
          corpId: corp,
          agentId: agent,
          jsApiList: apis.split(" "),
          getConfigSignature: async (url) => (await sign(url)).config,
          getAgentConfigSignature: async (url) => (await sign(url)).agent,
        });
      if (named) return load("/sidebar/open", { customer, chat, nobody, entry, tab });
      found = (await within(ww.getContext(), "getContext")).entry;
      if (SINGLE.includes(found)) {
        const { userId } = await within(ww.getCurExternalContact(), "getCurExternalContact");
        return load("/sidebar/open", { customer: userId, entry: found, tab });
      }
      if (GROUP.includes(found)) {
        const { chatId } = await within(ww.getCurExternalChat(), "getCurExternalChat");
        return load("/sidebar/open", { chat: chatId, entry: found, tab });
      }
      if (found === "chat_attachment") return load("/sidebar/open", { nobody: "1", entry: found, tab });
      return load("/sidebar/trouble", { step: "context", entry: "normal" });
    } catch (error) {
      const said = error?.errMsg ?? error?.message ?? String(error);
      return load("/sidebar/trouble", { step: "context", said, entry: found });
    }
  }

  // ---- sending

  const csrf = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRF-Token"];

  function post(path, values) {
    const headers = { "X-CSRF-Token": csrf(), "HX-Request": "true" };
    return fetch(path, { method: "POST", headers, body: new URLSearchParams(values) });
  }

  // What the client takes: files of the library get the mediaid that WeCom knows them by.
  async function ready(part) {
    const content = part[part.msgtype];
    if (!content.file) return part;
    const answer = await post("/sidebar/media", { file: content.file });
    if (!answer.ok) throw { errMsg: "media" };
    return { msgtype: part.msgtype, [part.msgtype]: await answer.json() };
  }

  function nonce() {
    const numbers = crypto.getRandomValues(new Uint8Array(16));
    return [...numbers].map((one) => one.toString(16).padStart(2, "0")).join("");
  }

  function unsent() {
    try {
      return JSON.parse(localStorage.getItem(UNSENT)) ?? [];
    } catch {
      return [];
    }
  }

  // The message is in the chat, whatever becomes of this: it is told again until it is known.
  async function report(path, values) {
    const told = [...unsent(), [path, values, Date.now()]];
    localStorage.setItem(UNSENT, JSON.stringify(told.slice(-50)));
    await flush();
  }

  let later = 0;
  async function flush() {
    const missed = later;
    clearTimeout(later);
    later = 0;
    for (const [path, values, at] of unsent()) {
      const ago = Math.round((Date.now() - at) / 1000);
      const answer = await post(path, { ...values, ago }).catch(() => null);
      // A proxy says 502 while the bot starts anew.
      if ((!answer || answer.status >= 500) && Date.now() - at < KEPT_MS) {
        later ||= setTimeout(flush, AGAIN_MS);
        if (answer) continue;
        break;
      }
      const rest = unsent().filter(([, one]) => one.nonce !== values.nonce);
      const login = answer?.headers.get("HX-Redirect"); // the session has ended
      const again = (login || answer?.status === 403) && !values.again;
      if (again) rest.push([path, { ...values, again: "1" }, at]); // once more, when the page is new
      localStorage.setItem(UNSENT, JSON.stringify(rest));
      if (login) {
        remember();
        return location.assign(location.pathname + location.search);
      }
      if (answer?.ok) htmx.trigger(document.body, "sent");
    }
    if (later && !missed)
      say(t("消息已发出；服务器没有应答，稍后自动补记。",
            "Sent; it is noted once the server answers."));
  }
  addEventListener("online", flush);

  async function copied(text, why) {
    try {
      await navigator.clipboard.writeText(text);
      say(`${why}${t("已复制，请粘贴到聊天里。", " Copied: paste it into the chat.")}`);
    } catch {
      say(`${why}${t("请手动复制。", " Copy it by hand.")}`, "bad");
    }
  }

  function told(error, gone) {
    const said = error?.errMsg ?? error?.message ?? String(error);
    const some = gone > 0;
    if (said.endsWith(":cancel"))
      return say(some ? t("后面的没有发：您取消了。", "The rest was not sent: you cancelled it.")
                      : t("没有发出：您取消了。", "Not sent: you cancelled it."));
    if (said === "media")
      return say(t("附件还没有传到企业微信，请过一会儿再发；文字可以点「改一改」先发。",
                   "The attachment is not at WeCom yet: try again in a while."), "bad");
    const query = new URLSearchParams({ step: "send", said, entry: subject().entry ?? "" });
    return htmx.ajax("GET", `/sidebar/unsent?${query}`, { target: "#toasts", swap: "beforeend" });
  }

  // A script of one's own may hold what must not be said any more.
  async function refused(script, text) {
    if (!script?.startsWith("own/")) return false;
    const answer = await post("/sidebar/scripts/may", { script, text }).catch(() => null);
    const { why } = answer?.ok ? await answer.json() : {};
    if (why) say(why, "bad");
    return Boolean(why);
  }

  async function send(card, text) {
    const parts = JSON.parse(card.dataset.parts);
    const original = parts.find((part) => part.msgtype === "text")?.text.content ?? "";
    const words = text ?? original;
    const rest = parts.filter((part) => part.msgtype !== "text");
    const entry = subject().entry;
    const why = document.getElementById("held")?.dataset.why; // another has the session
    if (why) return copied(words, why);
    if (!inClient()) return copied(words, t("这里不是企业微信。", "This is not WeCom."));
    if (!SENDS.includes(entry)) return copied(words, t("客户资料页不能直接发。", "A profile cannot send."));
    card.toggleAttribute("data-busy", true);
    let gone = 0;
    try {
      if (await refused(card.dataset.script, words)) return;
      const all = [...(words ? [{ msgtype: "text", text: { content: words } }] : []),
                   ...(await Promise.all(rest.map(ready)))];
      if (!all.length) return; // nothing to send, nothing to note
      for (const part of all) {
        await ww.sendChatMessage(part);
        gone += 1;
      }
    } catch (error) {
      await told(error, gone);
      if (gone === 0) return;
    } finally {
      card.removeAttribute("data-busy");
    }
    if (!subject().query || subject().kind === "nobody") return;
    const { script, question, about, todo } = card.dataset;
    const values = { nonce: nonce(), script: script ?? "", question: question ?? "",
                     about: about ?? "", todo: todo ?? "", text: words,
                     edited: words === original ? "0" : "1" };
    sent.add(key(card));
    mark();
    if (card.closest("#suggested")) { // what was pasted is answered
      document.getElementById("suggested").replaceChildren();
      document.getElementById("ask").value = "";
      document.getElementById("ask").focus();
    }
    say(t("已发到聊天里。", "It is in the chat."));
    await report(`/sidebar/sent?${subject().query}`, values);
  }

  // Not on the cards: the list comes anew a moment after each message.
  const sent = new Set();
  const edited = new Map();
  const key = ({ dataset: { todo, script } }) => [subject().query, todo, script].join("\n");
  function mark() {
    for (const card of document.querySelectorAll("[data-card]"))
      card.toggleAttribute("data-sent", sent.has(key(card)));
  }
  document.addEventListener("htmx:afterSwap", mark);

  function edit(card) {
    const at = key(card);
    const dialog = document.getElementById("edit");
    const area = document.getElementById("edit-text");
    const parts = JSON.parse(card.dataset.parts);
    const original = parts.find((part) => part.msgtype === "text")?.text.content ?? "";
    area.value = edited.get(at) ?? original;
    document.getElementById("edit-more").hidden = parts.every((part) => part.msgtype === "text");
    dialog.classList.toggle("held", Boolean(document.querySelector("#held[data-why]")));
    dialog.returnValue = "";
    dialog.onclose = () => {
      if (dialog.returnValue || area.value === original) edited.delete(at);
      else edited.set(at, area.value); // Esc may be a slip
      if (dialog.returnValue === "send" && area.value.trim()) send(card, area.value.trim());
    };
    dialog.showModal();
    const blank = card.dataset.blank ? area.value.indexOf(card.dataset.blank) : -1;
    if (blank < 0) return;
    area.focus();
    area.setSelectionRange(blank, blank + card.dataset.blank.length); // what is typed replaces it
  }

  // Ctrl+Enter or ⌘+Enter is the button under what is written.
  document.addEventListener("keydown", (event) => {
    const { key, ctrlKey, metaKey, target } = event;
    if (key !== "Enter" || !(ctrlKey || metaKey) || !target.matches("textarea")) return;
    (target.form?.querySelector("[value=send]") ?? target.form?.querySelector("button:not([type])"))?.click();
  });

  // The tab that does not come is not the one that is open.
  let left = null;
  function stay({ detail: { requestConfig, xhr, shouldSwap } }) {
    const tab = requestConfig.elt;
    if (!tab.matches("a[data-tab][aria-current]") || (xhr.status && shouldSwap)) return;
    tab.removeAttribute("aria-current");
    left?.setAttribute("aria-current", "page");
  }
  for (const name of ["htmx:sendError", "htmx:beforeSwap"]) document.addEventListener(name, stay);

  // Whoever has to log in again comes back to the tab that they were at.
  function remember() {
    const tab = document.querySelector("a[data-tab][aria-current]")?.getAttribute("hx-get");
    if (tab) sessionStorage.setItem(TAB, tab.split("?")[0]);
  }
  document.addEventListener("htmx:beforeOnLoad", ({ detail: { xhr } }) => {
    if (xhr.getResponseHeader("HX-Redirect")?.startsWith("/login")) remember();
  });

  document.addEventListener("click", (event) => {
    const card = event.target.closest("[data-card]");
    if (card && event.target.closest("[data-send]") && !("busy" in card.dataset)) send(card);
    if (card && event.target.closest("[data-edit]")) edit(card);
    const tab = event.target.closest("a[data-tab]");
    if (tab) {
      if (!tab.hasAttribute("aria-current")) left = document.querySelector("a[data-tab][aria-current]");
      for (const other of document.querySelectorAll("a[data-tab]")) other.removeAttribute("aria-current");
      tab.setAttribute("aria-current", "page");
      scrollTo({ top: 0 });
    }
    const inserts = event.target.closest("[data-insert]");
    if (inserts) {
      const area = document.querySelector(inserts.dataset.into);
      if (area.matches("textarea")) {
        area.setRangeText(inserts.dataset.insert, area.selectionStart, area.selectionEnd, "end");
        area.focus();
      } else area.value = inserts.dataset.insert; // without the keyboard of a phone over the page
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
    const unfolds = event.target.closest("[data-unfold]");
    if (unfolds) {
      const folded = unfolds.previousElementSibling.classList.toggle("folded");
      unfolds.setAttribute("aria-expanded", String(!folded));
    }
    const leads = event.target.closest("[data-to]");
    if (leads) {
      const place = document.querySelector(leads.dataset.to);
      place.scrollIntoView({ block: "start" });
      place.focus({ preventScroll: true });
    }
  });

  // Whoever reads what was said before, or what is due, goes on reading it when something new comes.
  const about = (one) => one.querySelector("[data-todo]")?.dataset.todo ?? "";
  document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
    if (target.id !== "talk") return;
    const open = [...target.querySelectorAll("details[open]")].map(about);
    target.addEventListener("htmx:afterSwap", () => {
      for (const one of target.querySelectorAll("details"))
        one.toggleAttribute("open", open.includes(about(one)));
    }, { once: true });
  });

  document.addEventListener("DOMContentLoaded", () => begin().then(flush));
})();
