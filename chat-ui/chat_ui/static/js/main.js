// Starts the module of every element that names one, also of those that htmx brings later.
import { chatList } from "./components/chat-list.js";
import { composer } from "./components/composer.js";
import { copy, copyCode } from "./components/copy.js";
import { keepFocus } from "./components/focus.js";
import { follow } from "./components/follow.js";
import { growingReply } from "./components/growing-reply.js";
import { softwareKeyboard } from "./components/keyboard.js";
import { math } from "./components/math.js";
import { menu } from "./components/menu.js";
import { shortcuts } from "./components/shortcuts.js";
import { thoughts } from "./components/thoughts.js";
import { time } from "./components/time.js";
import { zone } from "./components/zone.js";
import { worker } from "./worker.js";

const modules = {
  "chat-list": chatList,
  composer,
  copy,
  follow,
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
zone();
worker();
copyCode();
keepFocus();
softwareKeyboard();
start();
