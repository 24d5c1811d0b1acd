// The texts that scripts show, in the reader's language; components/texts.html holds them.
export const texts = document.getElementById("texts").dataset;
