// Brings a page up to date that other tabs or devices have overtaken, when its reader returns to it.
import { root } from "../root.js";

export function catchUp(marker) {
  const { chat, branch, gap } = marker.dataset;
  let asking = false;

  const versionNow = () => ({ ...document.getElementById("page-version").dataset });
  const isSending = () => document.querySelector("#composer.htmx-request") !== null;
  const check = async () => {
    if (document.hidden || asking || gap !== undefined || isSending() || isEditing()) return;
    asking = true;
    const seen = versionNow();
    const query = new URLSearchParams(seen);
    const last = document.querySelector("#messages > .message:last-of-type")?.id;
    if (last) query.set("last", last.replace("message-", ""));
    if (branch !== undefined) query.set("branch", "true");
    const isOutdated = (event) => {
      // What was sent meanwhile is on the page already.
      const hasFailed = event.detail.ctx.response?.status >= 500; // nobody asked for anything
      if (hasFailed || isSending() || isEditing() || versionNow().version !== seen.version)
        event.preventDefault();
    };
    marker.addEventListener("htmx:before:swap", isOutdated, { once: true });
    try {
      await htmx.ajax("GET", `${root}chats/${chat}/changes?${query}`, {
        source: marker,
        swap: "none",
      });
    } catch {
      // Offline: the next return to the page asks again.
    }
    marker.removeEventListener("htmx:before:swap", isOutdated);
    asking = false;
  };

  document.addEventListener("visibilitychange", check);
  document.addEventListener("catch-up", check);
  addEventListener("focus", check);
  addEventListener("online", check);
}

function isEditing() {
  const fields = [...document.querySelectorAll(".edit[open] textarea")];
  return fields.some((field) => field.value !== field.defaultValue);
}
