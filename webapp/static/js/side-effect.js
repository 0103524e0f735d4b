// The form that asks for a side effect, a step at a time. What is typed is kept on this device until it is sent, so that
// a closed page or a lost connection loses nothing, and the form's name with it, so that a second sending is no second
// case. Nothing leaves the device before the last step. Without this script the form is one page.

const KEPT_DAYS = 7;
const PREFIX = "materia-side-effect:";

const form = document.querySelector("form[data-side-effect]");
const steps = [...form.querySelectorAll("[data-step]")];
const words = form.querySelector("template[data-words]").dataset;
const [progress, back, next, kept, trouble] = ["progress", "back", "next", "kept", "trouble"]
  .map((name) => form.querySelector(`[data-${name}]:not(template)`));
const send = form.querySelector("[type=submit]");
const place = `${PREFIX}${form.dataset.sideEffect}`;

let current = 0;
let sending = false;

function stored() {
  try {
    return Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
  } catch {
    return []; // forbidden: the form still holds what is typed
  }
}

function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
}

function forget(name) {
  try {
    localStorage.removeItem(name);
  } catch { /* as above */ }
}

function keep() {
  try {
    const fields = [...new FormData(form)];
    localStorage.setItem(place, JSON.stringify({ at: Date.now(), step: current, fields }));
    kept.hidden = false;
  } catch {
    kept.hidden = true; // full or forbidden
  }
}

function forgetOld() {
  const oldest = Date.now() - KEPT_DAYS * 24 * 60 * 60 * 1000;
  for (const name of stored()) if (!((read(name)?.at ?? 0) > oldest)) forget(name);
}

function fill(fields) {
  for (const control of form.elements) {
    const values = fields.filter(([name]) => name === control.name).map(([, value]) => value);
    if (control.type === "radio" || control.type === "checkbox") control.checked = values.includes(control.value);
    else if (control.name && values.length) [control.value] = values;
  }
}

function bringBack() {
  const found = read(place);
  if (!Array.isArray(found?.fields)) return;
  fill(found.fields);
  kept.hidden = false;
  current = Math.min(Math.max(Number(found.step) || 0, 0), steps.length - 1);
}

function show(number, isMoved = true) {
  current = number;
  steps.forEach((step, index) => { step.hidden = index !== current; });
  const [said, seen] = progress.children;
  said.textContent = words.progress.replace("{number}", current + 1).replace("{count}", steps.length);
  seen.textContent = `${current + 1} / ${steps.length}`;
  progress.style.setProperty("--done", `${(100 * (current + 1)) / steps.length}%`);
  back.hidden = current === 0;
  next.hidden = current === steps.length - 1;
  send.hidden = !next.hidden;
  document.querySelectorAll("[data-intro]").forEach((line) => { line.hidden = current > 0; });
  trouble.hidden = true;
  if (!isMoved) return;
  const title = steps[current].querySelector("h2");
  title.tabIndex = -1;
  title.focus();
  progress.scrollIntoView({ block: "nearest" });
}

function faultOf(control) {
  const signs = [...control.value.trim()].length;
  if (control.required && signs === 0) return control.dataset.empty;
  return signs > control.dataset.most ? control.dataset.long : "";
}

function mark(control) {
  const fault = faultOf(control);
  const place = document.getElementById(`${control.id}-fault`);
  [place.textContent, place.hidden] = [fault, !fault];
  if (fault) control.setAttribute("aria-invalid", "true");
  else control.removeAttribute("aria-invalid");
  return fault;
}

function isAnswered() {
  const wrong = [...steps[current].querySelectorAll("[data-most]")].filter(mark);
  wrong[0]?.focus();
  return wrong.length === 0;
}

function goOn() {
  if (!isAnswered()) return;
  show(current + 1);
  keep();
}

function say(what) {
  trouble.textContent = words[what];
  trouble.hidden = false;
}

async function deliver() {
  sending = true;
  send.setAttribute("aria-disabled", "true");
  trouble.hidden = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (answer.ok) {
      forget(place);
      location.assign(answer.url);
      return;
    }
    if (answer.status === 413) {
      say("large"); // no page of the server's holds what was typed, and this one does
    } else if (answer.status < 500) {
      form.submit(); // refused, and so not stored: the page that says why is shown
      return;
    } else {
      say("failed");
    }
  } catch {
    say("offline");
  }
  sending = false;
  send.removeAttribute("aria-disabled");
}

form.noValidate = true;
forgetOld();
if (!("typed" in form.dataset)) bringBack();
const guilty = steps.findIndex((step) => step.querySelector("[aria-invalid]"));
progress.hidden = false;
show(guilty < 0 ? current : guilty, false);

form.addEventListener("input", keep);
form.addEventListener("input", ({ target }) => { if (target.matches("[aria-invalid]")) mark(target); });
document.querySelector("[data-summary]")?.addEventListener("click", (event) => {
  const control = event.target.closest("a") && document.querySelector(event.target.closest("a").hash);
  if (!control) return;
  event.preventDefault();
  show(steps.findIndex((step) => step.contains(control)));
  control.focus();
});
back.addEventListener("click", () => show(current - 1));
next.addEventListener("click", goOn);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (current < steps.length - 1) goOn();
  else if (isAnswered() && !sending) deliver();
});
form.querySelector("[data-forget]").addEventListener("click", () => {
  stored().forEach(forget);
  location.assign(form.action); // an empty form, of another name; a reload might fill it again
});
addEventListener("pageshow", (event) => {
  if (event.persisted) location.assign(form.action); // shown again from memory, perhaps after it was sent
});
