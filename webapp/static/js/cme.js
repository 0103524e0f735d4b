// Answers are saved as they are given. One that cannot be sent is kept on this device, by its question's address, and
// sent before anything else once there is a connection: a lost one loses nothing. Without this script each answer is
// sent with its button.

const PREFIX = "materia-answer:";
const PAUSE = 300; // milliseconds without a key, so that a number is not sent digit by digit
const LONGEST = 20_000; // milliseconds for one answer, after which the connection counts as lost
const BUSY = [408, 425, 429]; // the server will take it later

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

// One after another: of two answers to one question that are on their way at once, the older could come last.
let last = Promise.resolve();

function send(url, body) {
  keep(url, body);
  last = last.then(() => post(url, body));
  return last;
}

// `taken`: the server has it. `refused`: it will never take it, as after the test was handed in. `asks`: it wants
// something else first, as where a sign-in has run out. Else `lost`.
async function post(url, body) {
  try {
    const answer = await fetch(url, {
      method: "POST", body, redirect: "manual", headers: { "Content-Type": "application/x-www-form-urlencoded" },
      signal: AbortSignal.timeout?.(LONGEST),
    });
    if (answer.type === "opaqueredirect") return "asks";
    if (answer.status >= 500 || BUSY.includes(answer.status)) return "lost";
    forget(url, body);
    return answer.ok ? "taken" : "refused";
  } catch {
    return "lost";
  }
}

function worst(outcomes) {
  return ["lost", "asks", "refused"].find((each) => outcomes.includes(each)) ?? "taken";
}

async function sendKept() {
  const outcomes = [];
  for (const name of kept()) {
    const body = localStorage.getItem(name);
    if (body) outcomes.push(await send(name.slice(PREFIX.length), body));
  }
  return worst(outcomes);
}

function sendOwn() {
  return send(form.getAttribute("action"), bodyOf(new FormData(form)));
}

function say(outcome) {
  const { saved, kept, asks } = status.dataset;
  status.textContent = { taken: saved, lost: kept, asks }[outcome] ?? "";
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
    waiting = setTimeout(async () => say(await sendOwn()), PAUSE);
  });
}

form?.addEventListener("submit", async (event) => {
  if (handingIn && !kept().length) return;
  event.preventDefault();
  clearTimeout(waiting);
  const outcome = worst([await sendKept(), ...(answering ? [await sendOwn()] : [])]);
  if (outcome === "lost") say(outcome);
  else form.submit(); // once more, as a form: the page that follows is the server's to choose, to sign in too
});

if (form) {
  window.addEventListener("online", async () => say(await sendKept()));
  sendKept();
}

// Before a test, where the page says what is true without this script.
for (const told of document.querySelectorAll("[data-saved-by-itself]")) told.textContent = told.dataset.savedByItself;
