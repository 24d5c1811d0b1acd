// Copies a message, or the code of one block, and says so on the button for a moment.
import { texts } from "../texts.js";

const CONFIRMATION_MILLISECONDS = 2000;

export function copy() {
  // One listener for the page: messages and code blocks come and go while a reply grows.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.(".copy, .copy-code");
    if (!button) return;
    event.preventDefault();
    await write(textOf(button));
    showCopied(button.querySelector("span") ?? button);
  });
}

function textOf(button) {
  if (button.href) return fetch(button.href).then((response) => response.text());
  const code = button.closest(".code")?.querySelector("code");
  return (code ?? button.closest(".message").querySelector(".text")).textContent;
}

async function write(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(await text);
  // Browsers offer the clipboard only over TLS and on localhost.
  const field = document.createElement("textarea");
  field.value = await text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

function showCopied(label) {
  label.textContent = texts.copied;
  document.getElementById("announcer").textContent = texts.copied;
  setTimeout(() => {
    label.textContent = texts.copy;
  }, CONFIRMATION_MILLISECONDS);
}
