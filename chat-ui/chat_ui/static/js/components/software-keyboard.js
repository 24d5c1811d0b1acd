// Lifts the composer above a software keyboard that covers the page instead of shrinking it (Safari).
const MOST_SCALE = 1.01; // zooming in also shrinks the visible part, and must not lift anything

export function softwareKeyboard() {
  const visible = globalThis.visualViewport;
  if (!visible) return;
  const root = document.documentElement;
  const measure = () => {
    const hidden = root.clientHeight - visible.height - visible.offsetTop;
    const covered = visible.scale < MOST_SCALE ? Math.max(0, hidden) : 0;
    root.style.setProperty("--keyboard", `${Math.round(covered)}px`);
  };
  visible.addEventListener("resize", measure);
  visible.addEventListener("scroll", measure);
  measure();
}
