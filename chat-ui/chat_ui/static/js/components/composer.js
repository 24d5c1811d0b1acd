// The message field: Enter sends, a draft survives a reload, and a message that could not be sent
// stays in the field.
import { texts } from "../texts.js";
import { prefill } from "./prefill.js";

export function composer(form) {
  const field = form.elements.content;
  keepDraft(form, field);
  sendOnEnter(form, field);
  showProblems(form);
  focusField(field);
  prefill(form);
}

function keepDraft(form, field) {
  const draft = `draft:${form.dataset.chat}`;
  let sent = "";

  if (!field.value) field.value = localStorage.getItem(draft) ?? "";
  field.addEventListener("input", () => localStorage.setItem(draft, field.value));
  form.addEventListener("htmx:before:request", () => {
    sent = field.value;
  });
  form.addEventListener("htmx:after:request", ({ detail }) => {
    if (detail.ctx.response.status >= 300) return;
    // What was typed while the message was on its way is the next draft.
    const next = field.value.startsWith(sent) ? field.value.slice(sent.length) : field.value;
    if (next) localStorage.setItem(draft, next);
    else localStorage.removeItem(draft);
  });
}

function sendOnEnter(form, field) {
  field.addEventListener("keydown", (event) => {
    const sendsWithShift = hasTouch();
    if (event.key !== "Enter" || event.shiftKey !== sendsWithShift || event.isComposing) return;
    event.preventDefault();
    const replyIsRunning = form.querySelector("button[form]"); // Stop stands in place of Send
    if (!replyIsRunning) form.requestSubmit();
  });
}

function showProblems(form) {
  const problem = form.querySelector("#composer-problem");

  form.addEventListener("htmx:response:error", ({ detail }) => {
    const { status, headers } = detail.ctx.response;
    if (headers.has("HX-Retarget")) return; // chat-ui answered, and its answer is shown
    problem.textContent = status === 413 ? texts.tooLong : texts.unsent;
  });
  form.addEventListener("htmx:error", () => {
    problem.textContent = texts.unsent;
  });
}

function focusField(field) {
  const readsAMessage = document.querySelector(".message:target");
  // While a page loads, `autofocus` does this, unless the address names an element.
  const autofocusFollows = document.readyState !== "complete" && !document.querySelector(":target");
  const focusIsTaken = document.activeElement !== document.body;
  // A phone's keyboard would cover the page.
  if (readsAMessage || autofocusFollows || focusIsTaken || hasTouch()) return;
  field.focus({ preventScroll: true });
}

function hasTouch() {
  return matchMedia("(pointer: coarse)").matches;
}
