// Counts how a page is read, without a cookie of its own and without a name. Values are cumulative for one view, so a lost or
// doubled message changes nothing. Engaged: visible, focused, and used within the last five seconds. A reader who said
// no is asked at every step: what they do meanwhile is neither counted nor sent, and a changed mind counts at once.
const IDLE_MS = 5000;
const SEND_MS = 15000;
const article = document.querySelector("[data-beacon-token]");
const optedOut = () => /(^|; )materia-no-counting=1(;|$)/.test(document.cookie);

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

// A campaign's link leaves its signed mark in the fragment, which never reaches a server's log; it is used once.
const takeSource = () => {
  const mark = new URLSearchParams(location.hash.slice(1)).get("m");
  if (mark) history.replaceState(null, "", location.pathname + location.search);
  return mark;
};

const start = (token) => {
  const view = hex(crypto.getRandomValues(new Uint8Array(16)));
  const day = new Date().toISOString().slice(0, 10);
  const source = takeSource();
  const isSeen = () => document.visibilityState === "visible";
  let engaged = 0, visible = 0, depth = 0, used = performance.now(), last = used, sent = "";
  let wasSeen = isSeen(), hadFocus = document.hasFocus();

  const measure = () => {
    if (optedOut()) return;
    const root = document.scrollingElement;
    depth = Math.max(depth, Math.min(100, Math.round(100 * (root.scrollTop + innerHeight) / root.scrollHeight)));
  };
  const tick = () => {
    const now = performance.now();
    const passed = Math.min(now - last, 2000) / 1000;  // a sleeping computer reads nothing
    last = now;
    if (wasSeen && !optedOut()) {  // as it was since the last look: who is told that the page was left looks too late
      visible += passed;
      if (hadFocus && now - used <= IDLE_MS) engaged += passed;
    }
    wasSeen = isSeen();
    hadFocus = document.hasFocus();
  };
  const send = () => {
    tick();
    const body = JSON.stringify({ t: token, v: view, d: day, e: +engaged.toFixed(1), s: +visible.toFixed(1), p: depth,
      ...(source ? { m: source } : {}) });
    if (body === sent || optedOut()) return;
    sent = body;
    const again = () => { sent = ""; };
    fetch("/e", { method: "POST", body, keepalive: true, credentials: "same-origin" })  // whether an account agreed to more
      .then((answer) => { if (!answer.ok) again(); }, again);
  };
  const use = () => { tick(); used = performance.now(); measure(); };

  for (const kind of ["pointerdown", "pointermove", "keydown", "scroll", "touchstart", "wheel"]) {
    addEventListener(kind, use, { passive: true });
  }
  for (const kind of ["focus", "blur"]) addEventListener(kind, tick);
  addEventListener("visibilitychange", () => { if (isSeen()) tick(); else send(); });
  addEventListener("pagehide", send);
  setInterval(tick, 1000);
  setInterval(send, SEND_MS);
  measure();
  setTimeout(send, 2000);
};

if (article) start(article.dataset.beaconToken);
