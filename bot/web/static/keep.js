// What is typed into a form with data-keep outlives a reload, Back, a new log-in and a server that
// starts anew: this tab keeps it until it is saved, and offers it again.
"use strict";

(() => {
  const PREFIX = "huashu:kept:";
  const SENT = "huashu:sent"; // the key of the form that was sent last
  const zh = document.documentElement.lang.startsWith("zh");

  // The page behind a deed says what was done; any other one means that it was not.
  let sent = sessionStorage.getItem(SENT);
  if (sent && document.querySelector("#toasts [data-once]")) sessionStorage.removeItem(sent);
  sessionStorage.removeItem(SENT);

  function follow(form) {
    const key = PREFIX + form.dataset.keep;
    const passing = [...form.querySelectorAll("[data-passing] [name]")].map((one) => one.name);
    const lasts = ([name, value]) => typeof value === "string" && ![...passing, "csrf"].includes(name);
    const typed = () => JSON.stringify([...new FormData(form)].filter(lasts));
    const begun = typed();
    const kept = sessionStorage.getItem(key);

    function restore() {
      const values = new Map();
      for (const [name, value] of JSON.parse(kept)) values.set(name, [...(values.get(name) ?? []), value]);
      const named = (name) => [...form.elements].filter((one) => one.name === name && one.type !== "submit");
      const more = form.querySelector("[data-add-wording]");
      for (let n = (values.get("say") ?? []).length - named("say").length; more && n > 0; n--) more.click();
      for (const name of new Set([...form.elements].map((one) => one.name))) {
        if (!name || !lasts([name, ""])) continue;
        const given = [...(values.get(name) ?? [])];
        for (const one of named(name))
          if (one.type === "checkbox" || one.type === "radio") one.checked = given.includes(one.value);
          else if (given.length) one.value = given.shift();
      }
      for (const one of form.querySelectorAll("details"))
        one.open ||= [...one.querySelectorAll("input, textarea")].some((field) => field.value && field.type !== "checkbox");
      for (const told of ["input", "change"]) form.dispatchEvent(new Event(told, { bubbles: true }));
    }

    let bar;
    function offer() {
      bar = document.createElement("div");
      bar.className = "note warn kept";
      bar.setAttribute("role", "status");
      bar.append(zh ? "上次写的还没有存，内容都在。" : "What you typed last time was not saved, and is still here.");
      for (const [label, deed] of [
        [zh ? "接着写" : "Go on with it", restore],
        [zh ? "不要了" : "Drop it", () => sessionStorage.removeItem(key)],
      ]) {
        const button = document.createElement("button");
        Object.assign(button, { type: "button", className: "button small", textContent: label });
        button.addEventListener("click", () => { bar.remove(); deed(); });
        bar.append(" ", button);
      }
      form.before(bar);
      form.closest("details")?.toggleAttribute("open", true);
    }

    // A form that comes back holds what was sent, and so does its next step.
    if (kept && kept !== begun && sent !== key && !("goesOn" in form.dataset)) offer();
    const keep = () => {
      if (typed() === begun) return;
      bar?.remove(); // they have begun anew
      sessionStorage.setItem(key, typed());
    };
    form.addEventListener("input", keep);
    form.addEventListener("change", keep);
    form.addEventListener("submit", () => {
      sent = key;
      sessionStorage.setItem(SENT, key);
    });
    // What a part of a page answers: it is saved, or the form stays as it is.
    form.addEventListener("htmx:afterRequest", ({ target, detail: { xhr } }) => {
      if (target !== form || xhr.getResponseHeader("HX-Redirect")) return;
      sent = null;
      sessionStorage.removeItem(SENT);
      if (xhr.status === 200) sessionStorage.removeItem(key);
    });
  }

  // Also one that htmx brings back with its mistakes, in place of what was sent.
  document.addEventListener("htmx:load", ({ detail: { elt } }) => {
    const forms = [elt, ...(elt.querySelectorAll?.("form") ?? [])].filter((one) => one.dataset?.keep);
    if (forms.length) sessionStorage.removeItem(SENT);
    forms.forEach(follow);
  });
})();
