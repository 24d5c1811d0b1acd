// Keeps the keyboard's place when a swap removes the focused element: the message that replaced it
// is focused, or the first link of the part that a list gained.
export function keepFocus() {
  let focused;
  let messageId;
  let list;
  let linkCount;

  document.addEventListener("htmx:before:swap", () => {
    focused = document.activeElement;
    messageId = focused.closest(".message")?.id;
    list = focused.closest(".chat-list");
    linkCount = list?.querySelectorAll("a").length;
  });
  document.addEventListener("htmx:after:swap", () => {
    if (focused?.isConnected || document.activeElement !== document.body) return;
    const message = document.getElementById(messageId);
    if (message) message.tabIndex = -1; // focusable by scripts, not a stop of the Tab key
    const next = message ?? list?.querySelectorAll("a")[linkCount - 1];
    next?.focus({ preventScroll: true });
  });
}
