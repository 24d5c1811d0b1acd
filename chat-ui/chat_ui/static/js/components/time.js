// Shows a time in the reader's time zone and language.
const { lang } = document.documentElement;
const dateOnly = new Intl.DateTimeFormat(lang, { dateStyle: "medium" });
const dateAndTime = new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "short" });

export function time(element) {
  const format = "dateOnly" in element.dataset ? dateOnly : dateAndTime;
  element.textContent = format.format(new Date(element.dateTime));
}
