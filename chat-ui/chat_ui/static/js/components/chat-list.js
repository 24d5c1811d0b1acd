// Keeps the sidebar's list where its reader left it, with as many chats, and shows the open one.
import { storage } from "./storage.js";

const PLACE = "sidebar";
const { read, write } = storage("sessionStorage");

export function chatList(list) {
  const { top = 0, count = 0 } = JSON.parse(read(PLACE) ?? "{}");
  const links = () => list.querySelectorAll("li a");

  const restore = () => {
    markOpenChat(list);
    const more = list.querySelector(".more");
    if (more && links().length < count) return more.dispatchEvent(new Event("more"));
    list.removeEventListener("htmx:after:swap", restore);
    list.scrollTop = top;
    showOpenChat(list);
  };
  list.addEventListener("htmx:after:swap", () => markOpenChat(list));
  list.addEventListener("htmx:after:swap", restore);
  addEventListener("pagehide", () => {
    write(PLACE, JSON.stringify({ top: list.scrollTop, count: links().length }));
  });
  if (links().length >= count) restore();
  else addEventListener("DOMContentLoaded", restore); // htmx starts then, and loads the rest
}

// An open chat further down stands above the list until its place in the list is loaded.
function markOpenChat(list) {
  const open = list.querySelector("#current-chat");
  const same = [...list.querySelectorAll("li a")].find(
    (link) => link !== open && link.pathname === open?.pathname,
  );
  if (!same) return;
  open.closest("ul").previousElementSibling.remove();
  open.closest("ul").remove();
  same.id = "current-chat";
  same.setAttribute("aria-current", "page");
}

function showOpenChat(list) {
  const open = list.querySelector("[aria-current]");
  if (!open) return;
  const top = open.offsetTop - list.offsetTop;
  const isAbove = top < list.scrollTop;
  const isBelow = top + open.offsetHeight > list.scrollTop + list.clientHeight;
  if (isAbove || isBelow) list.scrollTop = top - (list.clientHeight - open.offsetHeight) / 2;
}
