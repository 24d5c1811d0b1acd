// Keeps the end of the conversation in view while the reader is there; whoever scrolled up is left alone.
const NEAR = 80; // pixels from the end that still count as the end

export function follow(messages) {
  const page = document.scrollingElement;
  const atEnd = () => page.scrollHeight - page.scrollTop - page.clientHeight < NEAR;
  let following = atEnd();

  const toEnd = document.getElementById("to-end");
  const look = () => { toEnd.hidden = following; };

  addEventListener("scroll", () => { following = atEnd(); look(); }, { passive: true });
  toEnd.addEventListener("click", (event) => {
    event.preventDefault();
    following = true;
    scrollTo({ top: page.scrollHeight, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  });
  document.addEventListener("submit", ({ target }) => { if (target.id === "composer") following = true; });
  new ResizeObserver(() => { if (following) page.scrollTop = page.scrollHeight; else look(); }).observe(messages);
}
