// A running clock: <b role="timer" data-since="2026-09-22T10:21:19+08:00">02:47</b> counts up from that moment.
const two = (number) => String(number).padStart(2, "0");

function show(timer) {
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(timer.dataset.since)) / 1000));
  const hours = Math.floor(seconds / 3600);
  timer.textContent = `${hours ? `${hours}:` : ""}${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

export function initTimers(root) {
  root.querySelectorAll("[data-since]:not([data-running])").forEach((timer) => {
    timer.dataset.running = "";
    show(timer);
    const tick = setInterval(() => (timer.isConnected ? show(timer) : clearInterval(tick)), 1000);
  });
}
