// Joins the parts: reads what is there, draws it, and draws it again when something has happened.
import {$, el, toast, fill} from "./dom.js";
import {chatsOf, titleOf} from "./model.js";
import {readAddress, refresh, store, writeAddress} from "./store.js";
import {say, translate} from "./words.js";
import {watch} from "./net.js";
import {forget} from "./bubble.js";
import {drawPeople} from "./people.js";
import {drawTalk, entered} from "./talk.js";
import {drawSide} from "./side.js";
import {drawWire} from "./wire.js";
import {drawTools, look} from "./tools.js";
import {drawPractice} from "./practice.js";

const VIEWS = {list: "chats", talk: "chat", side: "sidebar"};
let started = false;

function draw() {
  if (store.chat && !chatsOf(store.me).includes(store.chat)) store.chat = "";
  translate();
  drawTools(() => { forget(); draw(); });
  drawPeople(show);
  drawTalk(show);
  drawSide(show);
  drawWire();
  drawTabs();
}

async function show({me = store.me, chat = store.chat, view}) {
  if (chat && !chatsOf(me).includes(chat)) await refresh();  // it is new
  store.me = me;
  store.chat = chat;
  if (view) document.documentElement.dataset.view = view;
  writeAddress();
  draw();
  if (chat) await entered(chat);
}

function drawTabs() {
  const now = document.documentElement.dataset.view;
  fill($("tabs"), ...Object.entries(VIEWS).map(([view, words]) => el("button", {
    "aria-current": view === now ? "page" : null, onclick: () => show({view}),
  }, view === "talk" && store.chat ? titleOf(store.chat) : say(words))));
}

async function heard() {
  await refresh();
  if (!started) {
    started = true;
    readAddress();
    window.addEventListener("hashchange", () => { readAddress(); draw(); });
  }
  draw();
  await drawPractice(show);
  document.body.dataset.ready = "true";
}

look();
translate();
setInterval(() => {  // the simulated clock goes on between two things that happen
  if (!store.state || document.hidden || !store.state.movable) return;
  store.now = new Date(store.now.getTime() + 1000);
  drawTools(() => {});
}, 1000);
watch(heard, () => toast(say("lost")));
