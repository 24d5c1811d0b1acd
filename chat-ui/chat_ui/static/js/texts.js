// What scripts say, in the reader's language: components/texts.html brings it.
export const texts = document.getElementById("texts").dataset;
