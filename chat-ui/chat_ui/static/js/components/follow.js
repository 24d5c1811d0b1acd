// Keeps the end of the conversation in view while the reader is there; whoever scrolled up is left alone.
const NEAR = 80; // pixels from the end that still count as the end

export function follow(messages) {
  const page = document.scrollingElement;
  const toTheEnd = () => page.scrollHeight - page.scrollTop - page.clientHeight;
  let following = toTheEnd() < NEAR;
  let top = page.scrollTop;

  const toEnd = document.getElementById("to-end");
  const look = () => {
    toEnd.hidden = following;
  };

  addEventListener(
    "scroll",
    () => {
      const up = page.scrollTop < top; // by hand, or because the page became shorter: then it is at its very end
      top = page.scrollTop;
      following = up ? toTheEnd() <= 1 : following || toTheEnd() < NEAR;
      look();
    },
    { passive: true },
  );
  toEnd.addEventListener("click", (event) => {
    event.preventDefault();
    following = true;
    scrollTo({
      top: page.scrollHeight,
      behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth",
    });
  });
  document.addEventListener("submit", ({ target }) => {
    if (target.id === "composer") following = true;
  });
  new ResizeObserver(() => {
    if (following) page.scrollTop = page.scrollHeight;
    else look();
  }).observe(messages);
}
