// Copies a message, or the code of one block, and says so on the button for a moment.
import { texts } from "../texts.js";

const SAID_MILLISECONDS = 2000;

export function copy(control) {
  control.addEventListener("click", async (event) => {
    event.preventDefault();
    const text = control.href
      ? fetch(control.href).then((answer) => answer.text())
      : control.closest(".message").querySelector(".text").textContent;
    await write(text);
    say(control.querySelector("span"));
  });
}

export function copyCode() {
  // one listener for all: code blocks come and go while a reply grows
  document.addEventListener("click", async ({ target }) => {
    const button = target.closest?.(".copy-code");
    if (!button) return;
    await write(button.closest(".code").querySelector("code").textContent);
    say(button);
  });
}

async function write(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(await text);
  const field = document.createElement("textarea"); // without TLS, other than on localhost, there is no other way
  field.value = await text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

function say(label) {
  label.textContent = texts.copied;
  document.getElementById("announcer").textContent = texts.copied;
  setTimeout(() => {
    label.textContent = texts.copy;
  }, SAID_MILLISECONDS);
}
