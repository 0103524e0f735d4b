// Lets a reader stop the count of this browser's readings, or start it again. The choice stays in this browser: a cookie
// that says so and is the same for everybody, since the server obeys it too. The page /privacy does this without scripts.
const NAME = "materia-no-counting";
const SECONDS = 395 * 24 * 3600;
const box = document.querySelector("[data-counting]");

const isStopped = () => document.cookie.split("; ").includes(`${NAME}=1`);
const show = () => {
  for (const part of box.querySelectorAll("[data-when]")) part.hidden = (part.dataset.when === "stopped") !== isStopped();
};

const choose = (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${NAME}=1; path=/; samesite=lax; max-age=${isStopped() ? 0 : SECONDS}${secure}`;
  show();
  box.querySelector("[data-when]:not([hidden]) button").focus();
};

if (box) {
  show();
  box.hidden = false;
  box.addEventListener("click", choose);
}
