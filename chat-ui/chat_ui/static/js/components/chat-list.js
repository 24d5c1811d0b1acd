// Scrolls the sidebar's list to the open chat where that one lies below the fold.
export function chatList(list) {
  const current = list.querySelector("[aria-current]");
  if (!current) return;
  const top = current.offsetTop - list.offsetTop;
  const isBelow = top + current.offsetHeight > list.clientHeight;
  if (isBelow) list.scrollTop = top - (list.clientHeight - current.offsetHeight) / 2;
}
