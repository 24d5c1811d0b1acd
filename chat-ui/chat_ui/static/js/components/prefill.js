// Lets the model read the chat when it opens, and the draft at each pause in typing, so that a
// reply starts at once.
import { root } from "../root.js";

const PAUSE_MILLISECONDS = 500;
const FRESH_MILLISECONDS = 60_000; // the same text is not read again within this time
let request = new AbortController(); // aborting the request stops the model

export function prefill(form) {
  const field = form.elements.content;
  let pause;
  let lastDraft;
  let freshUntil = 0;

  const stop = () => {
    clearTimeout(pause);
    request.abort();
  };
  const read = () => {
    const replyIsRunning = form.querySelector("button[form]");
    const isFresh = lastDraft === field.value && performance.now() < freshUntil;
    const isTooLong = field.value.length > form.dataset.maxChars;
    if (replyIsRunning || isFresh || isTooLong || !form.isConnected) return;
    stop();
    request = new AbortController();
    lastDraft = field.value;
    freshUntil = performance.now() + FRESH_MILLISECONDS;
    const body = new URLSearchParams({ content: lastDraft });
    const { signal } = request;
    fetch(`${root}chats/${form.dataset.chat}/warm`, { method: "POST", body, signal }).catch(
      () => {},
    );
  };

  field.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(read, PAUSE_MILLISECONDS);
  });
  field.addEventListener("focus", read);
  form.addEventListener("submit", stop);
  read();
}

addEventListener("pagehide", () => request.abort());
