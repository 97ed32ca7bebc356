// The client's bridge in a framed page: what it is asked goes to the client's window, and back.
// It is the first script of the page, as WeCom injects its own before the page's.
(() => {
  "use strict";
  const {client, agent} = document.currentScript.dataset;
  if (window.parent === window) return;  // a browser, not the client
  const page = crypto.getRandomValues(new Uint32Array(4)).join("-");
  const waiting = new Map(), listening = new Map();
  let number = 0;

  const userAgent = navigator.userAgent + agent;
  Object.defineProperty(navigator, "userAgent", {get: () => userAgent, configurable: true});

  // What the page fetches says that it comes from the client; what a tab beside it fetches does not.
  const marked = address => {
    const url = new URL(address, document.baseURI);
    if (url.origin === location.origin) url.search += `${url.search ? "&" : "?"}__wecom__=1`;
    return url;
  };
  const {fetch, EventSource} = window, {open} = XMLHttpRequest.prototype;
  window.fetch = (from, options) =>
    fetch(from instanceof Request ? new Request(marked(from.url), from) : marked(from), options);
  window.EventSource = class extends EventSource {
    constructor(address, options) { super(marked(address), options); }
  };
  XMLHttpRequest.prototype.open = function (method, address, ...rest) {
    return open.call(this, method, marked(address), ...rest);
  };

  function invoke(name, params, callback) {
    const id = ++number;
    waiting.set(id, callback);
    window.parent.postMessage({
      wecom: "invoke", page, id, name,
      params: JSON.parse(JSON.stringify(params ?? {})),  // without the functions in it
      url: location.href, clicked: navigator.userActivation?.hasBeenActive ?? true,
    }, client);
  }

  window.addEventListener("message", event => {
    if (event.source !== window.parent || event.origin !== client || !event.data?.wecom) return;
    const {wecom, id, result, name} = event.data;
    if (wecom === "result") {
      const callback = waiting.get(id);
      waiting.delete(id);
      callback?.(result);
    } else if (wecom === "event") {
      for (const callback of listening.get(name) ?? []) callback(result ?? {});
    }
    event.stopImmediatePropagation();  // the page never sees how its client is made
  });

  const bridge = {
    invoke,
    call: invoke,
    on(name, callback) { listening.set(name, [...listening.get(name) ?? [], callback]); },
    log() {},
  };
  Object.defineProperty(window, "WeixinJSBridge", {value: bridge});
  const ready = () => document.dispatchEvent(new Event("WeixinJSBridgeReady"));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready);
  else ready();
})();
