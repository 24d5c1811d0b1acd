// A file that is dropped on the page does not replace it.
export function files() {
  const refuse = (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  };
  document.addEventListener("dragover", refuse);
  document.addEventListener("drop", refuse);
}
