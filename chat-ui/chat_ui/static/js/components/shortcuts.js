// Keyboard shortcuts outside text fields, and the dialog that lists them and switches them off.
import { root } from "../root.js";

const OFF = "shortcuts:off";

const actions = {
  "?": (dialog) => dialog.showModal(),
  m: () => document.getElementById("composer-content")?.focus(),
  n: () => document.getElementById("new-chat")?.requestSubmit(),
  "/": () => location.assign(`${root}search`),
  s: () => document.querySelector("#composer-button button[form]")?.click(),
  c: () => last(".reply .copy")?.click(),
  e: editLastQuestion,
};

export function shortcuts(dialog) {
  const enabled = dialog.querySelector("#shortcuts-on");
  enabled.checked = localStorage.getItem(OFF) === null;
  enabled.addEventListener("change", () => {
    if (enabled.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  });
  document.addEventListener("click", ({ target }) => {
    if (target.closest?.("[data-opens=shortcuts]")) dialog.showModal();
  });
  document.addEventListener("keydown", (event) => {
    const action = actions[event.key];
    if (!action || !enabled.checked || dialog.open || isTyping(event) || hasModifier(event)) return;
    event.preventDefault();
    action(dialog);
  });
}

function isTyping({ target }) {
  return target.closest("input, textarea, select, [contenteditable]") !== null;
}

function hasModifier({ ctrlKey, altKey, metaKey }) {
  return ctrlKey || altKey || metaKey;
}

function last(selector) {
  return [...document.querySelectorAll(selector)].at(-1);
}

function editLastQuestion() {
  const editor = last(".question .edit");
  if (!editor) return;
  editor.open = true;
  const field = editor.querySelector("textarea");
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
}
