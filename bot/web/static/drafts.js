// What is typed into a form with data-draft outlives another tab of the sidebar, a reload, a new
// log-in and a server that does not answer: it is kept until it is saved. With data-clears the form
// is empty as soon as it is sent, so the next words have room while these are being saved.
"use strict";

(() => {
  // The console's go with its log-out; the sidebar has none, and its drafts wait for their writer.
  const PREFIX = location.pathname.startsWith("/console") ? "huashu:console:" : "huashu:draft:";
  const KEPT_MS = 86400000;
  const FORMS = "form[data-draft]";
  const FIELDS = "textarea, input[type=text], input:not([type])";
  const TWICE_MS = 700;
  const under = new WeakMap(); // form → what it has sent
  const sentAt = new WeakMap(); // form → when (Unix ms)

  const fields = (form) => [...form.elements].filter((one) => one.matches(FIELDS));
  const typed = (form) => fields(form).map((one) => one.value);
  const same = (some, others) => JSON.stringify(some) === JSON.stringify(others);
  const key = (form) => PREFIX + form.dataset.draft;

  function keep(form) {
    const values = typed(form);
    if (values.some(Boolean)) localStorage.setItem(key(form), JSON.stringify([Date.now(), values]));
    else localStorage.removeItem(key(form));
  }

  const read = (name) => JSON.parse(localStorage.getItem(name) ?? "[0, []]"); // since when, what
  const kept = (form) => read(key(form))[1];
  for (const name of Object.keys(localStorage))
    if (name.startsWith(PREFIX) && Date.now() - read(name)[0] > KEPT_MS) localStorage.removeItem(name);

  function fill(form, values) {
    for (const [n, field] of fields(form).entries()) {
      field.value = values[n] ?? "";
      if (field.value) field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  document.addEventListener("input", ({ target }) => {
    if (target.form?.matches(FORMS)) keep(target.form);
  });

  document.addEventListener("click", (event) => {
    const form = event.target.closest("[data-close]")?.closest(FORMS);
    if (form) localStorage.removeItem(key(form)); // it is not wanted; Esc and Back may be slips
    const { form: saves } = event.target.closest("button:not([type])") ?? {};
    const twice = under.has(saves) || Date.now() - sentAt.get(saves) < TWICE_MS;
    if (twice && !typed(saves).some(Boolean)) event.preventDefault(); // the browser would ask for words
  });

  document.addEventListener("htmx:load", ({ detail: { elt } }) => {
    for (const form of elt.querySelectorAll?.(FORMS) ?? []) {
      const values = kept(form);
      if (values.length && !typed(form).some(Boolean)) {
        fill(form, values);
        form.closest("details")?.toggleAttribute("open", true);
      }
    }
  });

  // Another window has saved it.
  addEventListener("storage", ({ key: name, oldValue, newValue }) => {
    if (!name?.startsWith(PREFIX) || newValue !== null) return;
    const [, values] = JSON.parse(oldValue);
    for (const form of document.querySelectorAll(FORMS))
      if (key(form) === name && same(typed(form), values)) form.reset();
  });

  document.addEventListener("htmx:beforeSend", ({ detail: { requestConfig } }) => {
    const form = requestConfig.elt;
    if (!form.matches(FORMS)) return;
    under.set(form, typed(form));
    sentAt.set(form, Date.now());
    if ("clears" in form.dataset) form.reset();
  });

  document.addEventListener("htmx:afterRequest", ({ detail: { requestConfig, xhr } }) => {
    const form = requestConfig?.elt;
    const sent = form && under.get(form);
    if (!sent) return;
    under.delete(form);
    const asksToLogIn = xhr.getResponseHeader("HX-Redirect");
    if (xhr.status >= 200 && xhr.status < 400 && !asksToLogIn) {
      if (same(kept(form), sent)) localStorage.removeItem(key(form));
      for (const other of document.querySelectorAll(FORMS)) // of a tab that was opened meanwhile
        if (key(other) === key(form) && same(typed(other), sent)) other.reset();
    } else if ("clears" in form.dataset) {
      const since = typed(form);
      fill(form, sent.map((one, n) => [one, since[n]].filter(Boolean).join("\n")));
    }
  });
})();
