// A menu closes when the reader turns elsewhere: Escape, a click outside, or focus that leaves it.
export function menu(details) {
  const close = () => {
    details.open = false;
  };
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open) return;
    close();
    details.querySelector("summary").focus();
  });
  details.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !details.contains(relatedTarget)) close();
  });
  document.addEventListener("click", ({ target }) => {
    if (!details.contains(target)) close();
  });
}
