// The sidebar's list begins at the chat that is open.
export function chatList(list) {
  const current = list.querySelector("[aria-current]");
  if (!current) return;
  const middle =
    current.offsetTop - list.offsetTop - (list.clientHeight - current.offsetHeight) / 2;
  if (current.offsetTop + current.offsetHeight > list.offsetTop + list.clientHeight)
    list.scrollTop = middle;
}
