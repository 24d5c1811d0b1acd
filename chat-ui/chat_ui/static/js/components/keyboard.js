// Where a software keyboard covers the page instead of making it smaller (Safari), what stands at its lower end moves above it.
const STEADY_SCALE = 1.01; // zoomed in, the visible part is smaller too, and nothing must follow it

export function softwareKeyboard() {
  const visible = globalThis.visualViewport;
  if (!visible) return;
  const look = () => {
    const covered =
      visible.scale < STEADY_SCALE
        ? Math.max(0, document.documentElement.clientHeight - visible.height - visible.offsetTop)
        : 0;
    document.documentElement.style.setProperty("--keyboard", `${Math.round(covered)}px`);
  };
  visible.addEventListener("resize", look);
  visible.addEventListener("scroll", look);
  look();
}
