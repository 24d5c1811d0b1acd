// What scripts say, in the reader's language: partials/texts.html brings it.
export const texts = document.getElementById("texts").dataset;
