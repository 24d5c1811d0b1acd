// Reopens a reply's stream if its first connection fails: htmx reconnects only streams that broke.
// The reply's own line says when the connection is lost, and when Stop could not act.
import { texts } from "../texts.js";

const RETRY_MILLISECONDS = 2000;

export function growingReply(message) {
  const say = (text) => {
    message.querySelector(".progress").textContent = text;
  };
  const retry = ({ target, detail }) => {
    if (target !== message) return say(texts.unstopped);
    say(texts.reconnecting);
    if (detail.ctx?.response?.status === 404) return;
    setTimeout(() => {
      if (message.isConnected) message.dispatchEvent(new Event("reconnect"));
    }, RETRY_MILLISECONDS);
  };
  message.addEventListener("htmx:error", retry);
  message.addEventListener("htmx:response:error", retry);
  message.addEventListener("htmx:sse:error", () => say(texts.reconnecting));
}
