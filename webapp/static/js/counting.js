// Lets a reader stop the count of this browser's readings, or start it again. The choice stays in this browser.
const KEY = "materia-no-counting";
const box = document.querySelector("[data-counting]");

const isStopped = () => { try { return localStorage.getItem(KEY) === "1"; } catch { return false; } };
const show = () => {
  for (const part of box.querySelectorAll("[data-when]")) part.hidden = (part.dataset.when === "stopped") !== isStopped();
};

const choose = (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  try { isStopped() ? localStorage.removeItem(KEY) : localStorage.setItem(KEY, "1"); } catch { return; }
  show();
  box.querySelector("[data-when]:not([hidden]) button").focus();
};

if (box) {
  show();
  box.hidden = false;
  box.addEventListener("click", choose);
}
