// The field that messages are typed in: Enter sends, the draft survives a reload, and a message that could not be sent stays.
import { texts } from "../texts.js";
import { warm } from "./warm.js";

export function composer(form) {
  const field = form.elements.content;
  const problem = form.querySelector("#composer-problem");
  const draft = `draft:${form.dataset.chat}`;

  if (!field.value) field.value = localStorage.getItem(draft) ?? "";
  field.addEventListener("input", () => localStorage.setItem(draft, field.value));
  field.addEventListener("keydown", (event) => {
    const touch = matchMedia("(pointer: coarse)").matches;
    if (event.key !== "Enter" || event.shiftKey !== touch || event.isComposing) return; // on touch, Shift+Enter sends
    event.preventDefault();
    const replyRuns = form.querySelector("button[form]"); // Stop is there in place of Send: the text waits
    if (!replyRuns) form.requestSubmit();
  });

  let sent = "";
  form.addEventListener("htmx:before:request", () => {
    sent = field.value;
  });
  form.addEventListener("htmx:after:request", ({ detail }) => {
    if (detail.ctx.response.status >= 300) return;
    const more = field.value.startsWith(sent) ? field.value.slice(sent.length) : field.value; // typed meanwhile
    if (more) localStorage.setItem(draft, more);
    else localStorage.removeItem(draft);
  });
  form.addEventListener("htmx:response:error", ({ detail }) => {
    const { status, headers } = detail.ctx.response;
    if (headers.has("HX-Retarget")) return; // chat-ui's own answer brings its own sentence
    problem.textContent = status === 413 ? texts.tooLong : texts.unsent;
  });
  form.addEventListener("htmx:error", () => {
    problem.textContent = texts.unsent;
  });

  const elsewhere = document.querySelector(".message:target"); // the reader came for a message
  const autofocused = document.readyState !== "complete" && !document.querySelector(":target"); // the browser is about to do it
  if (
    !elsewhere &&
    !autofocused &&
    document.activeElement === document.body &&
    !matchMedia("(pointer: coarse)").matches
  )
    field.focus({ preventScroll: true });
  warm(form);
}
