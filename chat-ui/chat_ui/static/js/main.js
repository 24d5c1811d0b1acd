// Starts the module of each element that names one, including elements that htmx adds later.
import { catchUp } from "./components/catch-up.js";
import { chatList } from "./components/chat-list.js";
import { composer } from "./components/composer.js";
import { copy } from "./components/copy.js";
import { files } from "./components/files.js";
import { followEnd } from "./components/follow-end.js";
import { growingReply } from "./components/growing-reply.js";
import { keepFocus } from "./components/keep-focus.js";
import { keepSelection } from "./components/keep-selection.js";
import { math } from "./components/math.js";
import { menu } from "./components/menu.js";
import { shortcuts } from "./components/shortcuts.js";
import { softwareKeyboard } from "./components/software-keyboard.js";
import { thoughts } from "./components/thoughts.js";
import { time } from "./components/time.js";
import { timeZone } from "./components/time-zone.js";
import { typing } from "./components/typing.js";
import { worker } from "./worker.js";

const modules = {
  "catch-up": catchUp,
  "chat-list": chatList,
  composer,
  "follow-end": followEnd,
  "growing-reply": growingReply,
  menu,
  shortcuts,
  thoughts,
  time,
};
const started = new WeakSet();

function start() {
  for (const element of document.querySelectorAll("[data-module]")) {
    if (started.has(element)) continue;
    started.add(element);
    modules[element.dataset.module](element);
  }
  math();
}

document.addEventListener("htmx:after:swap", start);
timeZone();
worker();
copy();
keepFocus();
keepSelection();
typing();
files();
softwareKeyboard();
start();

// A page from the browser's memory shows the chats as they were.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload();
});
