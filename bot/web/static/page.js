// What every page of ours needs beside htmx: live updates, short messages, questions before deeds.
// Pages say what they want by data- attributes; there is no script in any page.
"use strict";

const SHOWN_MS = 6000;
const SENT_MS = 5000; // then one may try again: a file came, or nothing
// No oftener than this is one told; what costs more to fetch listens to a slower one.
const PACES = { live: 2000, live5: 5000, live10: 10000, live20: 20000 };
const TOPICS = ["work", "scripts", "audit", "plans"]; // of bot/web/live.py
const LISTEN_AGAIN_MS = 15000;

const live = (requestConfig) => requestConfig.triggeringEvent?.type.startsWith("live");
// No network; or what a proxy says while the bot starts anew: our own mistakes say where they go.
const ours = (xhr) => xhr.getResponseHeader("HX-Retarget");
const away = (xhr) => xhr.status === 0 || (xhr.status >= 500 && !ours(xhr));
const tooLarge = (xhr) => xhr.status === 413 && !ours(xhr); // for the proxy

// Live updates: <body data-live> listens, an element with hx-trigger="live:work from:body" fetches.
// A throttle of htmx would forget the last change, and begins anew with each element that is new.
// What changed while nobody listened, since the page was made, is told as soon as somebody does.
function listen() {
  if (!("live" in document.body.dataset)) return;
  const tellers = Object.entries(PACES).map(([name, least]) => {
    const waiting = new Set();
    let free = 0; // when elements may be told again; the last change is always told
    const tell = () => {
      free = Date.now() + least;
      for (const topic of waiting) htmx.trigger(document.body, `${name}:${topic}`);
      waiting.clear();
    };
    return (topic) => {
      if (waiting.size === 0) setTimeout(tell, Math.max(200, free - Date.now()));
      waiting.add(topic);
    };
  });
  const hear = (topic) => tellers.forEach((teller) => teller(topic));
  let source, again, missed = false;
  const open = () => {
    clearTimeout(again);
    source = new EventSource(`/live?seen=${encodeURIComponent(document.body.dataset.live)}`);
    source.addEventListener("changed", ({ data }) => hear(data));
    source.addEventListener("open", () => {
      if (missed) TOPICS.forEach(hear);
      missed = false;
    });
    source.addEventListener("error", () => {
      missed = true;
      // A proxy's 502 while the server starts anew: no browser asks again after that.
      if (source.readyState === EventSource.CLOSED) again = setTimeout(open, LISTEN_AGAIN_MS);
    });
  };
  open();
  // What was told while there was no way to fetch it is told again.
  const later = ({ detail: { requestConfig, xhr } }) => {
    if (live(requestConfig) && away(xhr))
      setTimeout(hear, LISTEN_AGAIN_MS, requestConfig.triggeringEvent.type.split(":")[1]);
  };
  for (const name of ["htmx:sendError", "htmx:beforeSwap"]) document.addEventListener(name, later);
  addEventListener("pagehide", () => { source.close(); clearTimeout(again); missed = true; });
  addEventListener("pageshow", ({ persisted }) => persisted && open()); // Back to a page that was kept
}

// Short messages go by themselves; bad ones stay until they are read.
function watchToasts() {
  const toasts = document.getElementById("toasts");
  if (!toasts) return;
  for (const once of toasts.querySelectorAll("[data-once]")) setTimeout(() => once.remove(), SHOWN_MS);
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      for (const node of addedNodes)
        if (node.nodeType === 1 && node.isConnected) {
          const bad = node.classList.contains("bad");
          for (const old of [...toasts.children]) // that is over, or said once more
            if (old !== node && (!bad || old.textContent === node.textContent)) old.remove();
          if (!bad) setTimeout(() => node.remove(), SHOWN_MS);
        }
  }).observe(toasts, { childList: true });
}

function say(words, kind = "good") {
  const toast = document.createElement("div");
  toast.className = `toast ${kind}`;
  toast.textContent = words;
  if (kind === "bad") toast.setAttribute("role", "alert");
  document.getElementById("toasts").append(toast);
  if (kind === "bad") setTimeout(() => toast.remove(), 2 * SHOWN_MS);
}

// What the console kept for the next page is nobody's any more; the sidebar beside it keeps its own.
document.addEventListener("submit", ({ target }) => {
  if (target.getAttribute("action") !== "/logout") return;
  for (const [kept, prefix] of [[localStorage, "huashu:console:"], [sessionStorage, "huashu:"]])
    for (const key of Object.keys(kept)) if (key.startsWith(prefix)) kept.removeItem(key);
});

// What is under way is not done once more by a second tap. Who writes on while a note is being saved
// (data-clears) sends another one, and with hx-sync htmx is told what to do.
document.addEventListener("htmx:confirm", (event) => {
  const { elt, verb, triggeringEvent } = event.detail;
  const tapped = verb === "post" && ["click", "submit"].includes(triggeringEvent?.type);
  if (!tapped || !elt.classList.contains("htmx-request")) return;
  if ("clears" in elt.dataset || elt.hasAttribute("hx-sync")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
});

// hx-confirm asks in the page's own words and look. data-yes and data-no name the buttons.
document.addEventListener("htmx:confirm", (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  const zh = document.documentElement.lang.startsWith("zh");
  const { yes, no } = event.target.dataset;
  const grave = event.target.matches(".danger, .bad") || event.target.querySelector("button.danger");
  const dialog = document.createElement("dialog");
  dialog.className = "ask";
  const form = document.createElement("form");
  form.method = "dialog";
  const words = document.createElement("p");
  words.textContent = event.detail.question;
  dialog.ariaLabel = event.detail.question;
  const buttons = document.createElement("div");
  buttons.className = "buttons";
  for (const [value, label, look] of [
    ["no", no ?? (zh ? "取消" : "Cancel"), "button"],
    ["yes", yes ?? (zh ? "确定" : "OK"), grave ? "button main danger" : "button main"],
  ]) {
    const button = document.createElement("button");
    Object.assign(button, { value, className: look, textContent: label });
    buttons.append(button);
  }
  form.append(words, buttons);
  dialog.append(form);
  dialog.addEventListener("close", () => {
    if (dialog.returnValue === "yes") event.detail.issueRequest(true);
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
});

document.addEventListener("click", (event) => {
  const closes = event.target.closest("[data-close]");
  closes?.closest("dialog")?.close(); // gives the focus back; a sheet is removed then
  event.target.closest(".toast")?.remove(); // it may lie over what one wants to tap
  const copies = event.target.closest("[data-copy]");
  if (copies) {
    const zh = document.documentElement.lang.startsWith("zh");
    navigator.clipboard
      .writeText(copies.dataset.copy)
      .then(() => say(zh ? "已复制" : "Copied"))
      .catch(() => say(zh ? "没能复制" : "Could not copy", "bad"));
  }
});

// What scrolls sideways can be scrolled by keyboard too; what does not is no stop on the way.
function reach(root) {
  const zh = document.documentElement.lang.startsWith("zh");
  for (const element of root.querySelectorAll(".scroll")) {
    const wide = element.scrollWidth > element.clientWidth + 1;
    element.toggleAttribute("tabindex", wide);
    element.toggleAttribute("role", wide);
    element.toggleAttribute("aria-label", wide);
    if (!wide) continue;
    element.tabIndex = 0;
    element.role = "region";
    element.ariaLabel = zh ? "表格，可以左右滚动" : "Table, scrolls sideways";
  }
}

// A sheet (<dialog data-sheet>) that htmx brings opens at once, above the page.
document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  if (elt.querySelectorAll) reach(elt);
  const sheet = elt.matches?.("dialog[data-sheet]") ? elt : elt.querySelector?.("dialog[data-sheet]");
  if (sheet && !sheet.open) {
    sheet.addEventListener("close", () => sheet.remove());
    sheet.showModal();
  }
});

// What comes late: a sheet for the tab that one has left stays shut, and news of others does not
// sweep away what somebody has begun to fill in.
const tabNow = () => document.querySelector("a[data-tab][aria-current]");
const begun = (place) =>
  [...place.querySelectorAll("input, textarea")].some((one) =>
    one.matches("[type=checkbox], [type=radio]") ? one.checked !== one.defaultChecked
                                                 : one.value !== one.defaultValue);

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  detail.requestConfig.tab = tabNow();
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { tab } = detail.requestConfig;
  const late = detail.target.id === "sheet" && tab !== tabNow();
  const news = live(detail.requestConfig) && begun(detail.target);
  if (late || news) detail.shouldSwap = false;
});

// A long list to tick in: a field with data-narrows leaves in sight what holds all its words, and
// what is ticked already; a box with data-ticks ticks all that is in sight. Before who keeps the form.
document.addEventListener("input", ({ target }) => {
  const list = document.getElementById(target.dataset.narrows);
  const words = list ? target.value.toLowerCase().split(/\s+/) : [];
  for (const all of list?.closest("form").querySelectorAll("[data-ticks]") ?? []) all.checked = false;
  for (const one of list?.children ?? []) {
    const text = one.textContent.toLowerCase();
    one.hidden = !one.querySelector(":checked") && !words.every((word) => text.includes(word));
  }
}, true);
document.addEventListener("change", ({ target }) => {
  for (const one of target.form?.querySelectorAll(`[name="${target.dataset.ticks}"]`) ?? [])
    if (!one.closest("[hidden]")) one.checked = target.checked;
}, true);

// A long <select>: a field with data-finds before it lists, in the element between them, options
// that hold all its words; a tap chooses one, Enter the first.
const OFFERED = 8;
document.addEventListener("input", ({ target }) => {
  if (!("finds" in target.dataset)) return;
  const list = target.nextElementSibling;
  const words = target.value.toLowerCase().split(/\s+/).filter(Boolean);
  const holds = (one) => one.value && words.every((word) => one.text.toLowerCase().includes(word));
  const found = words.length ? [...list.nextElementSibling.options].filter(holds) : [];
  list.replaceChildren(...found.slice(0, OFFERED).map(({ text, value }) => {
    const button = document.createElement("button");
    return Object.assign(button, { type: "button", className: "button small", textContent: text, value });
  }));
  if (words.length && !found.length) list.textContent = list.dataset.none;
  if (found.length > OFFERED) list.append("…");
});
document.addEventListener("click", ({ target }) => {
  const list = target.closest("[data-finds] + *");
  if (!list || !target.matches("button")) return;
  const select = list.nextElementSibling;
  select.value = target.value;
  list.previousElementSibling.value = "";
  list.replaceChildren();
  select.focus();
  select.dispatchEvent(new Event("change", { bubbles: true }));
});
document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (key !== "Enter" || !target.matches("[data-narrows], [data-finds]")) return;
  event.preventDefault();
  if ("finds" in target.dataset) target.nextElementSibling.querySelector("button")?.click();
});

// A form that leads to another page is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const { dataset } = event.target;
  if (event.defaultPrevented || event.target.method !== "post") return;
  if (dataset.sent) return event.preventDefault();
  dataset.sent = "1";
  setTimeout(() => delete dataset.sent, SENT_MS);
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// Whose list was fetched anew meanwhile is gone from the page when its answer comes, and htmx looks
// from there for the place of short messages: what was done, or was not, was told to nobody.
document.addEventListener("htmx:beforeRequest", ({ detail: { elt, xhr } }) => {
  xhr.addEventListener("readystatechange", () => {
    if (xhr.readyState < 4 || elt.isConnected || !xhr.getResponseHeader("HX-Retarget")) return;
    elt.hidden = true;
    document.body.append(elt);
    xhr.addEventListener("loadend", () => elt.remove());
  });
});

// The server closes a sheet with the header HX-Trigger: sheet:close.
document.addEventListener("sheet:close", () => {
  // After htmx has found where the answer goes: it looks from the sheet on.
  setTimeout(() => {
    for (const sheet of document.querySelectorAll("dialog[data-sheet]")) sheet.close();
  });
});

document.addEventListener("htmx:sendError", ({ detail: { requestConfig } }) => {
  if (live(requestConfig)) return; // nobody asked
  const zh = document.documentElement.lang.startsWith("zh");
  say(zh ? "连不上服务器，请检查网络后再试。" : "No connection to the server: try again.", "bad");
});

// What a proxy says is no part of a page.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const large = tooLarge(detail.xhr);
  if (!large && !away(detail.xhr)) return;
  detail.shouldSwap = false;
  if (live(detail.requestConfig)) return;
  const zh = document.documentElement.lang.startsWith("zh");
  if (large) say(zh ? "太大了，没有收下：请分成几份再试。" : "Too large, and not taken: split it and try again.", "bad");
  else say(zh ? "服务器正在忙或正在重启，请过一会儿再试。" : "The server is busy or starts anew: try again.", "bad");
});

document.addEventListener("DOMContentLoaded", () => {
  listen();
  reach(document);
  addEventListener("resize", () => reach(document));
  watchToasts();
});
