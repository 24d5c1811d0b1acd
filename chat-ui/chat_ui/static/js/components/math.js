// Typesets formulas with KaTeX, which is loaded when a page first has one. Until then, and without
// scripts, the TeX source is shown.
const VENDOR = new URL("../../vendor/katex-0.19.1/", import.meta.url);
const FORMULA = ".math:not(.pending, .typeset)";
const SOURCE = /^(\\\(|\\\[|\$\$?)(.*?)(\\\)|\\\]|\$\$?)$/s;
const LIMITS = {
  errorColor: "currentColor",
  strict: "ignore",
  trust: false,
  maxSize: 40,
  maxExpand: 500,
};
const MOST_TYPESET = 500;
const RETRY_MILLISECONDS = 3000;
const typeset = new Map(); // by source: a growing reply's last block is replaced again and again
let loading = false;

export function math() {
  const formulas = document.querySelectorAll(FORMULA);
  if (!formulas.length) return;
  if (globalThis.katex) return formulas.forEach(show);
  if (loading) return;
  loading = true;
  load().then(math, () => setTimeout(retry, RETRY_MILLISECONDS));
}

function retry() {
  loading = false;
  math();
}

function show(formula) {
  const source = formula.textContent;
  const isDisplay = formula.classList.contains("display");
  if (typeset.size > MOST_TYPESET) typeset.clear();
  if (!typeset.has(source)) typeset.set(source, render(source, isDisplay));
  formula.dataset.tex = source; // what is copied
  formula.replaceChildren(typeset.get(source).cloneNode(true));
  formula.classList.add("typeset");
}

function render(source, displayMode) {
  const rendered = document.createElement("span");
  try {
    katex.render(SOURCE.exec(source)[2], rendered, { displayMode, ...LIMITS });
  } catch {
    rendered.replaceChildren(source); // not TeX: show it as it was written
  }
  return rendered;
}

function load() {
  const style = document.createElement("link");
  style.rel = "stylesheet";
  const script = document.createElement("script");
  const loaded = Promise.all([whenLoaded(style), whenLoaded(script)]);
  style.href = new URL("katex.min.css", VENDOR);
  script.src = new URL("katex.min.js", VENDOR);
  document.head.append(style, script);
  return loaded;
}

function whenLoaded(element) {
  return new Promise((resolve, reject) => {
    element.addEventListener("load", resolve);
    element.addEventListener("error", reject);
  });
}
