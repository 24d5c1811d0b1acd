// A time in the reader's own zone and words.
const style = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });

export function time(element) {
  element.textContent = style.format(new Date(element.dateTime));
}
