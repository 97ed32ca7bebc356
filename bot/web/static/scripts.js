// The editor of scripts: more wordings or fewer, variables put in where the cursor stands, pictures.
"use strict";

const BLANK = "待填写"; // bot/scripts/checks/fields.py lets no script pass that has it
let lastField = null;

document.addEventListener("focusin", ({ target }) => {
  if (target.matches("textarea[name=say]")) lastField = target;
});

function changed(field) {
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("click", ({ target }) => {
  const wordings = document.getElementById("wordings");
  const adds = target.closest("[data-add-wording]");
  if (adds) {
    const copy = wordings.firstElementChild.cloneNode(true);
    const number = wordings.childElementCount + 1;
    const field = copy.querySelector("textarea");
    field.value = "";
    field.id = `f-say-${number}`;
    const label = copy.querySelector("label");
    label.htmlFor = field.id;
    label.textContent = `${adds.dataset.addWording} ${number}`;
    wordings.append(copy);
    field.focus();
  }
  const drops = target.closest("[data-drop-wording]");
  if (drops) {
    const field = drops.parentElement.querySelector("textarea");
    if (wordings.childElementCount > 1) {
      drops.parentElement.remove();
      changed(wordings.querySelector("textarea"));
    } else {
      field.value = "";
      changed(field);
    }
  }
  const inserts = target.closest("[data-insert]");
  if (inserts) {
    const field = lastField?.isConnected ? lastField : wordings.querySelector("textarea");
    field.setRangeText(inserts.dataset.insert, field.selectionStart, field.selectionEnd, "end");
    field.focus();
    const blank = inserts.dataset.insert.indexOf(BLANK);
    const begins = field.selectionEnd - inserts.dataset.insert.length + blank;
    if (blank >= 0) field.setSelectionRange(begins, begins + BLANK.length); // what is typed replaces it
    changed(field);
  }
});

// A picture was uploaded: the script has it by its line.
document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  if (!elt.matches("[data-line]")) return;
  const box = document.getElementById("f-attachments");
  const lines = box.value.split("\n").filter((line) => line.trim());
  if (!lines.includes(elt.dataset.line)) box.value = [...lines, elt.dataset.line].join("\n");
  document.getElementById("f-picture").value = "";
  changed(box);
});
