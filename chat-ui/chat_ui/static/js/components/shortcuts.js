// Single keys outside text fields, and the dialog that names them. Who does not want them switches them off there.
const OFF = "shortcuts:off";

const acts = {
  "?": (dialog) => dialog.showModal(),
  m: () => document.getElementById("composer-content")?.focus(),
  n: () => document.getElementById("new-chat")?.requestSubmit(),
  "/": () => location.assign("/search"),
  s: () => document.querySelector("#composer-act button[form]")?.click(),
  c: () => [...document.querySelectorAll(".reply .copy")].at(-1)?.click(),
  e: editLast,
};

export function shortcuts(dialog) {
  const on = dialog.querySelector("#shortcuts-on");
  on.checked = localStorage.getItem(OFF) === null;
  on.addEventListener("change", () => {
    if (on.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  });

  document.addEventListener("click", ({ target }) => {
    if (target.closest?.("[data-opens=shortcuts]")) dialog.showModal();
  });
  document.addEventListener("keydown", (event) => {
    const act = acts[event.key];
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (
      !act ||
      !on.checked ||
      typing ||
      dialog.open ||
      event.ctrlKey ||
      event.altKey ||
      event.metaKey
    )
      return;
    event.preventDefault();
    act(dialog);
  });
}

function editLast() {
  const form = [...document.querySelectorAll(".question .edit")].at(-1);
  if (!form) return;
  form.open = true;
  const field = form.querySelector("textarea");
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
}
