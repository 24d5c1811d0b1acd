// A swap may take away what had the focus: the message that stands there now gets it, or the first link of a list's next part.
export function keepFocus() {
  let held, message, list, links;

  document.addEventListener("htmx:before:swap", () => {
    held = document.activeElement;
    message = held.closest(".message")?.id;
    list = held.closest(".chat-list");
    links = list?.querySelectorAll("a").length;
  });
  document.addEventListener("htmx:after:swap", () => {
    if (held?.isConnected || document.activeElement !== document.body) return;
    const next = document.getElementById(message) ?? list?.querySelectorAll("a")[links - 1];
    if (next?.id === message) next.tabIndex = -1; // scripts may focus it, the Tab key does not stop there
    next?.focus({ preventScroll: true });
  });
}
