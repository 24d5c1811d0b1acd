// Keyboard commands, all with Ctrl or Cmd, and the dialog that lists them.
import { root } from "../root.js";

const actions = {
  "/": (dialog) => dialog.showModal(),
  k: () => location.assign(`${root}search`),
  ".": () => document.querySelector("#composer-button button[form]")?.click(),
  "shift+o": () => location.assign(`${root}chats/new`),
  "shift+l": () => last(".reply .copy")?.click(),
  "shift+e": editLastQuestion,
};

export function shortcuts(dialog) {
  document.addEventListener("click", ({ target }) => {
    if (target.closest?.("[data-opens=shortcuts]")) dialog.showModal();
  });
  document.addEventListener("keydown", (event) => {
    const action = actions[nameOf(event)];
    if (!action || dialog.open || !hasCommandKey(event)) return;
    event.preventDefault();
    action(dialog);
  });
}

function nameOf({ key, shiftKey }) {
  const name = key.toLowerCase();
  const isLetter = name !== key.toUpperCase();
  return shiftKey && isLetter ? `shift+${name}` : name; // some layouts type signs with Shift
}

function hasCommandKey(event) {
  return (event.ctrlKey || event.metaKey) && !event.altKey;
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
