// The desk's editor: shows what is typed as readers will see it, and saves it every few seconds. What is not saved yet is
// kept in this browser until the server says that it has it: a lost connection or an ended sign-in loses nothing.

const SAVE_AFTER = 3000;
const PREVIEW_AFTER = 600;
const TRY_AGAIN_AFTER = 10000;

const form = document.querySelector("form[data-desk]");
const text = form.elements.text;
const words = form.querySelector("template[data-words]")?.dataset ?? {};
const state = form.querySelector("[data-state]");
const look = document.querySelector("[data-look]");
const place = `materia-desk:${form.dataset.person}:${form.dataset.desk}`;

let saved = text.value;
let saving = false;
let isStale = false;
let leaving = false;
let previewing = null;
let timer = 0;
let previewTimer = 0;

function say(what) {
  if (state.textContent === words[what]) return;
  state.hidden = false;
  state.dataset.state = what;
  state.textContent = words[what];
}

function keep() {
  try {
    localStorage.setItem(place, JSON.stringify({ text: text.value, version: form.elements.version.value }));
  } catch { /* full or forbidden: the form still holds the text */ }
}

function forget() {
  try {
    localStorage.removeItem(place);
  } catch { /* as above */ }
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(place) ?? "null");
  } catch {
    return null;
  }
}

function later(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(save, milliseconds);
}

function sent(address, fields) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  // An ended sign-in answers with a redirect to its form: that is not followed, and shows as an opaque answer.
  return fetch(address, { method: "POST", body, redirect: "manual", headers: { Accept: "application/json" } });
}

async function save() {
  if (saving || leaving || isStale || text.value === saved) return;
  saving = true;
  const asked = text.value;
  say("saving");
  try {
    const answer = await sent(form.dataset.autosave, { text: asked, version: form.elements.version.value });
    if (answer.ok) {
      form.elements.version.value = (await answer.json()).version;
      saved = asked;
      if (text.value === saved) {
        forget();
        say("saved");
      } else {
        keep();
        later(SAVE_AFTER);
      }
    } else if (answer.status === 409) {
      isStale = true;
      say("stale");
    } else if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
      say("out");
      later(TRY_AGAIN_AFTER);
    } else if (answer.status < 500) {
      say("refused");
    } else {
      say("waiting");
      later(TRY_AGAIN_AFTER);
    }
  } catch {
    say("waiting");
    later(TRY_AGAIN_AFTER);
  }
  saving = false;
}

function show(html) {
  const isOpen = look.querySelector(".term-base details")?.open ?? false;
  look.innerHTML = html; // made and sanitised by the server, as pages are
  const words = look.querySelector(".term-base details");
  if (words) words.open = isOpen;
}

async function preview() {
  previewing?.abort();
  previewing = new AbortController();
  const body = new FormData();
  body.set("text", text.value);
  body.set("market", form.elements.market?.value ?? "");
  try {
    const answer = await fetch(form.dataset.preview, {
      method: "POST", body, redirect: "manual", signal: previewing.signal,
    });
    if (answer.ok) show((await answer.json()).look);
  } catch { /* a newer text is on its way, or there is no connection: the last one stays */ }
}

function changed() {
  keep();
  later(SAVE_AFTER);
  clearTimeout(previewTimer);
  previewTimer = setTimeout(preview, PREVIEW_AFTER);
}

function goToLine(number) {
  const lines = text.value.split("\n");
  const start = lines.slice(0, number - 1).join("\n").length + (number > 1 ? 1 : 0);
  text.focus();
  text.setSelectionRange(start, start + (lines[number - 1] ?? "").length);
  text.scrollTop = (text.scrollHeight / lines.length) * Math.max(0, number - 6);
}

function bringBack() {
  const found = kept();
  if (found === null || found.text === text.value) {
    forget();
    return;
  }
  text.value = found.text;
  say("kept");
  // The version that was seen then: if somebody saved since, the server says so and shows both.
  form.elements.version.value = found.version;
  preview();
  later(0);
}

if (!text.readOnly && look && form.dataset.autosave) {
  text.addEventListener("input", changed);
  form.elements.market?.addEventListener("change", preview);
  addEventListener("online", () => later(0));
  addEventListener("focus", () => { if (text.value !== saved) later(0); });
  form.addEventListener("submit", () => {
    leaving = true; // the form itself saves; what is kept goes once the next page shows the same text
    clearTimeout(timer);
    keep();
  });
  addEventListener("pageshow", () => { leaving = false; });
  look.addEventListener("click", (event) => {
    const line = event.target.closest("[data-line]")?.dataset.line;
    if (line) goToLine(Number(line));
  });
  bringBack();
} else {
  form.addEventListener("submit", keep); // two texts made one: the editor lets go of it once it shows the same
  document.querySelector("[data-forget]")?.addEventListener("click", forget);
}
