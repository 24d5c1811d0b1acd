// Has the model read the chat when it is opened, and the draft at each pause in typing, so that the reply begins at once.
const PAUSE_MILLISECONDS = 500;
const FRESH_MILLISECONDS = 60_000; // so long the same is not asked for again
let reading = new AbortController(); // closing the request ends the reading

export function warm(form) {
  const field = form.elements.content;
  let pause,
    draft,
    fresh = 0;

  const stop = () => {
    clearTimeout(pause);
    reading.abort();
  };
  const read = () => {
    const replyRuns = form.querySelector("button[form]");
    const known = draft === field.value && performance.now() < fresh;
    const cannotBeSent = field.value.length > form.dataset.maxChars;
    if (replyRuns || known || cannotBeSent || !form.isConnected) return;
    stop();
    reading = new AbortController();
    [draft, fresh] = [field.value, performance.now() + FRESH_MILLISECONDS];
    const body = new URLSearchParams({ content: draft });
    fetch(`/chats/${form.dataset.chat}/warm`, {
      method: "POST",
      body,
      signal: reading.signal,
    }).catch(() => {});
  };

  field.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(read, PAUSE_MILLISECONDS);
  });
  field.addEventListener("focus", read);
  form.addEventListener("submit", stop);
  read();
}

addEventListener("pagehide", () => reading.abort());
