// Copies a message, or the code of one block, and says so on the button for a moment. A formula that
// is copied with the text around it is its TeX.
import { texts } from "../texts.js";

const CONFIRMATION_MILLISECONDS = 2000;
const TYPESET = ".math.typeset";

export function copy() {
  // One listener for the page: messages and code blocks come and go while a reply grows.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.(".copy, .copy-code");
    if (!button) return;
    event.preventDefault();
    await write(textOf(button));
    showCopied(button.querySelector("span") ?? button);
  });
  document.addEventListener("copy", copyFormulas);
}

function copyFormulas(event) {
  const selection = getSelection();
  if (selection.isCollapsed || !event.clipboardData) return;
  const range = selection.getRangeAt(0).cloneRange();
  const [first, last] = [range.startContainer, range.endContainer].map(formulaOf);
  if (first) range.setStartBefore(first);
  if (last) range.setEndAfter(last);
  const copied = document.createElement("div");
  copied.append(range.cloneContents());
  const formulas = copied.querySelectorAll(TYPESET);
  if (!formulas.length) return;
  for (const formula of formulas) formula.replaceChildren(formula.dataset.tex);
  event.clipboardData.setData("text/html", copied.innerHTML);
  event.clipboardData.setData("text/plain", shownText(copied));
  event.preventDefault();
}

function formulaOf(node) {
  return (node.closest ? node : node.parentElement)?.closest(TYPESET);
}

function shownText(element) {
  // The text with its line ends is known only of what is on the page.
  element.className = "visually-hidden";
  document.body.append(element);
  // biome-ignore lint/performance/useDomNodeTextContent: textContent has no line ends between blocks
  const text = element.innerText;
  element.remove();
  return text;
}

function textOf(button) {
  if (button.href) return fetch(button.href).then((response) => response.text());
  const code = button.closest(".code")?.querySelector("code");
  // Without a line end: a pasted command would run before it is read.
  return (code ?? button.closest(".message").querySelector(".text")).textContent.replace(/\n$/, "");
}

async function write(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(await text);
  // Browsers offer the clipboard only over TLS and on localhost.
  const field = document.createElement("textarea");
  field.value = await text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

function showCopied(label) {
  label.textContent = texts.copied;
  document.getElementById("announcer").textContent = texts.copied;
  setTimeout(() => {
    label.textContent = texts.copy;
  }, CONFIRMATION_MILLISECONDS);
}
