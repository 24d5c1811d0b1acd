// Keeps the end of the conversation in view while a reply grows, until the reader scrolls up.
const NEAR_END_PIXELS = 80;

export function followEnd(messages) {
  const page = document.scrollingElement;
  const button = document.getElementById("to-end");
  const pixelsToEnd = () => page.scrollHeight - page.scrollTop - page.clientHeight;
  if (opensAtEnd()) page.scrollTop = page.scrollHeight;
  let following = pixelsToEnd() < NEAR_END_PIXELS;
  let top = page.scrollTop;

  const onScroll = () => {
    // Up is the reader, or a page that became shorter and is at its very end.
    const wentUp = page.scrollTop < top;
    top = page.scrollTop;
    following = wentUp ? pixelsToEnd() <= 1 : following || pixelsToEnd() < NEAR_END_PIXELS;
    button.hidden = following;
  };
  const onResize = () => {
    if (following) page.scrollTop = page.scrollHeight;
    else button.hidden = false;
  };
  const scrollToEnd = (event) => {
    event.preventDefault();
    following = true;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    scrollTo({ top: page.scrollHeight, behavior: calm ? "auto" : "smooth" });
  };

  addEventListener("scroll", onScroll, { passive: true });
  button.addEventListener("click", scrollToEnd);
  document.addEventListener("submit", ({ target }) => {
    if (target.id === "composer") following = true;
  });
  new ResizeObserver(onResize).observe(messages);
}

function opensAtEnd() {
  const [{ type }] = performance.getEntriesByType("navigation");
  // After a reload and after Back, the browser itself returns to where the reader was.
  return type === "navigate" && ["", "#latest"].includes(location.hash);
}
