// The message field: Enter sends, a draft survives a reload, and a message that could not be sent
// stays in the field.
import { texts } from "../texts.js";
import { prefill } from "./prefill.js";
import { storage } from "./storage.js";

const { read, write, remove } = storage("localStorage");

export function composer(form) {
  const field = form.elements.content;
  form.noValidate = true; // `required` is for pages without scripts
  keepDraft(form, field);
  sendOnEnter(form, field);
  sendSomething(form, field);
  showProblems(form, field);
  focusField(field);
  if (form.dataset.chat !== "new") prefill(form);
}

function keepDraft(form, field) {
  const draft = `draft:${form.dataset.chat}`;
  let sent = "";

  if (!field.value) field.value = read(draft) ?? "";
  field.addEventListener("input", () => write(draft, field.value));
  form.addEventListener("htmx:before:request", () => {
    sent = field.value;
  });
  form.addEventListener("htmx:after:request", ({ detail }) => {
    if (!detail.ctx.response.headers.has("Stored-Message")) return;
    // What was typed while the message was on its way is the next draft; another tab may have its own.
    const next = field.value.startsWith(sent) ? field.value.slice(sent.length) : field.value;
    const isOurs = [sent, field.value, null].includes(read(draft));
    if (next) write(draft, next);
    else if (isOurs) remove(draft);
  });
}

function sendOnEnter(form, field) {
  field.addEventListener("keydown", (event) => {
    const sendsWithShift = hasTouch();
    // Safari ends a composition before it reports the Enter key that ended it.
    const isComposing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey !== sendsWithShift || isComposing) return;
    event.preventDefault();
    const replyIsRunning = form.querySelector("button[form]"); // Stop stands in place of Send
    if (!replyIsRunning) form.requestSubmit();
  });
}

function sendSomething(form, field) {
  const isEmpty = () => !field.value.trim();
  const show = () => {
    const send = form.querySelector("#composer-submit:not([form])");
    send?.setAttribute("aria-disabled", String(isEmpty()));
  };
  const refuse = (event) => {
    if (!isEmpty()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    field.focus();
  };
  const showAfterSwap = () => {
    if (form.isConnected) show();
    else document.removeEventListener("htmx:after:swap", showAfterSwap);
  };
  form.addEventListener("submit", refuse, { capture: true }); // before htmx
  field.addEventListener("input", show);
  document.addEventListener("htmx:after:swap", showAfterSwap);
  show();
}

function showProblems(form, field) {
  const problem = form.querySelector("#composer-problem");
  // This page may lack the reply that another one started.
  if (problem.dataset.cause === "ReplyRunning") document.dispatchEvent(new Event("catch-up"));
  const clear = () => {
    problem.textContent = "";
    field.removeAttribute("aria-invalid");
  };

  form.addEventListener("htmx:response:error", ({ detail }) => {
    const { status, headers } = detail.ctx.response;
    if (headers.has("HX-Retarget")) return; // chat-ui answered, and its answer is shown
    problem.textContent = status === 413 ? texts.tooLong : texts.unsent;
  });
  form.addEventListener("htmx:error", () => {
    problem.textContent = texts.unsent;
  });
  field.addEventListener("input", clear);
  addEventListener("online", clear);
}

function focusField(field) {
  const focus = () => field.isConnected && focusUnlessTaken(field);
  if (document.readyState === "complete") focus();
  // While a page loads, `autofocus` does this, unless the address names an element.
  else addEventListener("load", () => requestAnimationFrame(focus), { once: true });
}

function focusUnlessTaken(field) {
  const readsAMessage = document.querySelector(".message:target");
  const focusIsTaken = document.activeElement !== document.body;
  // A phone's keyboard would cover the page.
  if (readsAMessage || focusIsTaken || hasTouch()) return;
  field.focus({ preventScroll: true });
}

function hasTouch() {
  return matchMedia("(pointer: coarse)").matches;
}
