// A time in the reader's own zone and words.
const { lang } = document.documentElement;
const date = new Intl.DateTimeFormat(lang, { dateStyle: "medium" });
const both = new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "short" });

export function time(element) {
  const style = "dateOnly" in element.dataset ? date : both;
  element.textContent = style.format(new Date(element.dateTime));
}
