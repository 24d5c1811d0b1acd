// Starts the module of each element that names one, including elements that htmx adds later.
import { chatList } from "./components/chat-list.js";
import { composer } from "./components/composer.js";
import { copy } from "./components/copy.js";
import { followEnd } from "./components/follow-end.js";
import { growingReply } from "./components/growing-reply.js";
import { keepFocus } from "./components/keep-focus.js";
import { math } from "./components/math.js";
import { menu } from "./components/menu.js";
import { shortcuts } from "./components/shortcuts.js";
import { softwareKeyboard } from "./components/software-keyboard.js";
import { thoughts } from "./components/thoughts.js";
import { time } from "./components/time.js";
import { timeZone } from "./components/time-zone.js";
import { worker } from "./worker.js";

const modules = {
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
softwareKeyboard();
start();
