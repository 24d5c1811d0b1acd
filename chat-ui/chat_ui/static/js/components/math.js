// Sets formulas by KaTeX, which is loaded when a page first has one. Until then, and without scripts, their TeX is read.
const vendor = new URL("../../vendor/katex-0.19.1/", import.meta.url);
const FORMULA = ".math:not(.pending, .typeset)";
const SOURCE = /^(\\\(|\\\[|\$\$?)(.*?)(\\\)|\\\]|\$\$?)$/s;
const LIMITS = {
  errorColor: "currentColor",
  strict: "ignore",
  trust: false,
  maxSize: 40,
  maxExpand: 500,
};
const MANY = 500;
const RETRY_MILLISECONDS = 3000;
const typeset = new Map(); // by source: the open block of a growing reply comes again and again
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
  if (typeset.size > MANY) typeset.clear();
  if (!typeset.has(source)) typeset.set(source, set(source, formula.classList.contains("display")));
  formula.replaceChildren(typeset.get(source).cloneNode(true));
  formula.classList.add("typeset");
}

function set(source, displayMode) {
  const made = document.createElement("span");
  try {
    katex.render(SOURCE.exec(source)[2], made, { displayMode, ...LIMITS });
  } catch {
    made.replaceChildren(source); // no TeX after all
  }
  return made;
}

function load() {
  const style = Object.assign(document.createElement("link"), {
    rel: "stylesheet",
    href: new URL("katex.min.css", vendor),
  });
  const script = Object.assign(document.createElement("script"), {
    src: new URL("katex.min.js", vendor),
  });
  const loaded = [style, script].map(
    (element) =>
      new Promise((resolve, reject) =>
        Object.assign(element, { onload: resolve, onerror: reject }),
      ),
  );
  document.head.append(style, script);
  return Promise.all(loaded);
}
