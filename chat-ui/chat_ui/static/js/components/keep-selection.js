// Keeps selected text selected when a swap replaces the message that holds it.
export function keepSelection() {
  let kept;

  document.addEventListener("htmx:before:swap", () => {
    const selection = getSelection();
    kept = !selection || selection.isCollapsed ? null : ends(selection).map(describe);
  });
  document.addEventListener("htmx:after:swap", () => {
    if (!kept?.some(({ node }) => !node.isConnected)) return;
    const [anchor, focus] = kept.map(find);
    if (anchor && focus) getSelection().setBaseAndExtent(...anchor, ...focus);
  });
}

function ends({ anchorNode, anchorOffset, focusNode, focusOffset }) {
  return [
    [anchorNode, anchorOffset],
    [focusNode, focusOffset],
  ];
}

function describe([node, offset]) {
  const message = (node.closest ? node : node.parentElement).closest(".message");
  const text = message?.querySelector(".text");
  if (!text?.contains(node)) return { node, offset };
  const before = document.createRange();
  before.setStart(text, 0);
  before.setEnd(node, offset);
  return { node, offset, id: message.id, characters: before.toString().length };
}

function find({ node, offset, id, characters }) {
  if (node.isConnected) return [node, offset];
  const text = document.getElementById(id)?.querySelector(".text");
  if (!text) return null;
  const nodes = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  let rest = characters;
  while (nodes.nextNode()) {
    const { length } = nodes.currentNode;
    if (rest <= length) return [nodes.currentNode, rest];
    rest -= length;
  }
  return null;
}
