// What is written into a long form is kept in this tab until the form was taken, so that neither a lost connection nor a
// sign-in that has run out loses it. Nothing is kept on the device: closing the tab forgets it.

const PREFIX = "materia-written:";

const form = document.querySelector("form[data-written]");
const taken = document.querySelector("[data-taken]");

function stored(act) {
  try {
    return act(sessionStorage);
  } catch {
    return null; // forbidden: what is written is the page's alone
  }
}

function fill(values) {
  for (const control of form.querySelectorAll("[name]")) {
    if (control.type === "radio" || control.type === "checkbox") {
      control.checked = values.getAll(control.name).includes(control.value);
    } else control.value = values.get(control.name) ?? "";
  }
}

if (form) {
  const name = PREFIX + form.getAttribute("action");
  const body = stored((kept) => kept.getItem(name));
  if (body) fill(new URLSearchParams(body));
  form.addEventListener("input", () => {
    stored((kept) => kept.setItem(name, new URLSearchParams(new FormData(form)).toString()));
  });
  form.addEventListener("submit", (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    form.querySelector("[data-status]").textContent = form.dataset.written;
  });
}

if (taken) stored((kept) => kept.removeItem(PREFIX + taken.dataset.taken));
