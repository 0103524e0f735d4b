// Answers are saved as they are given. One that cannot be sent is kept on this device, by its question's address, and
// sent before anything else once there is a connection: a lost one loses nothing. Without this script each answer is
// sent with its button.

const PREFIX = "materia-answer:";
const PAUSE = 300; // milliseconds without a key, so that a number is not sent digit by digit

let waiting = 0;

const answering = document.querySelector("form[data-answer]");
const handingIn = document.querySelector("form[data-hand-in]");
const form = answering ?? handingIn;
const attempt = answering?.dataset.answer ?? handingIn?.dataset.handIn;
const status = form?.querySelector("[data-status]");

function kept() {
  try {
    return Object.keys(localStorage).filter((name) => name.startsWith(PREFIX + attempt));
  } catch {
    return []; // forbidden: what is typed is sent with the button
  }
}

function keep(url, body) {
  try {
    localStorage.setItem(PREFIX + url, body);
  } catch { /* as above */ }
}

function forget(url, body) {
  try {
    if (localStorage.getItem(PREFIX + url) === body) localStorage.removeItem(PREFIX + url);
  } catch { /* as above */ }
}

function bodyOf(values) {
  const body = new URLSearchParams(values);
  body.set("by_itself", "yes");
  return body.toString();
}

// True once the server has it, or says that it will never take it: a test that was handed in, an answer of no form.
async function send(url, body) {
  keep(url, body);
  try {
    const answer = await fetch(url, {
      method: "POST", body, redirect: "manual", headers: { "Content-Type": "application/x-www-form-urlencoded" },
    });
    if (answer.type !== "opaqueredirect" && answer.status >= 500) return false;
    forget(url, body);
    return true;
  } catch {
    return false;
  }
}

async function sendKept() {
  let all = true;
  for (const name of kept()) {
    const body = localStorage.getItem(name);
    if (body) all = await send(name.slice(PREFIX.length), body) && all;
  }
  return all;
}

function say(isSaved) {
  status.textContent = isSaved ? status.dataset.saved ?? "" : status.dataset.kept;
}

function fill(body) {
  const values = new URLSearchParams(body).getAll("answer");
  const controls = [...form.querySelectorAll("[name=answer]")];
  controls.forEach((control, place) => {
    if (control.type === "radio" || control.type === "checkbox") control.checked = values.includes(control.value);
    else control.value = values[place] ?? "";
  });
}

if (answering) {
  const own = kept().find((name) => name === PREFIX + form.getAttribute("action"));
  if (own) fill(localStorage.getItem(own));
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => say(await send(form.getAttribute("action"), bodyOf(new FormData(form)))), PAUSE);
  });
}

form?.addEventListener("submit", async (event) => {
  if (handingIn && !kept().length) return;
  event.preventDefault();
  clearTimeout(waiting);
  const isSaved = await sendKept() && (!answering || await send(form.getAttribute("action"), bodyOf(new FormData(form))));
  if (isSaved) form.submit(); // once more, as a form: the page that follows is the server's to choose
  else say(false);
});

window.addEventListener("online", async () => say(await sendKept()));
if (form) sendKept();
