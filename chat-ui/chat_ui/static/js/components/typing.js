// Typing outside a field goes into the message field.
export function typing() {
  document.addEventListener("keydown", (event) => {
    const field = document.getElementById("composer-content");
    if (!field || !isPrintable(event) || isElsewhere(event.target)) return;
    field.focus({ preventScroll: true }); // the browser then types the character into it
  });
}

function isPrintable(event) {
  const isCommand = event.ctrlKey || event.metaKey || event.altKey;
  if (isCommand && !event.getModifierState("AltGraph")) return false;
  if (event.key === " ") return false; // scrolls the page or presses a button
  return [...event.key].length === 1 || event.key === "Dead" || event.keyCode === 229;
}

function isElsewhere(target) {
  return target.closest?.("input, textarea, select, dialog[open], [contenteditable]");
}
