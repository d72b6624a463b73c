// The page of an outage in the hand: clocks that count down, a template chosen, the text as each group will read it,
// a text copied, a position taken where the phone allows it.
//   data-until="ISO"      counts down to that moment, up again past it
//   data-template="…"     a radio whose text goes into the box
//   data-preview          a group's preview; data-place is what {范围} stands for there
//   data-copy="id"        copies the text of that element
//   data-position         a form that takes latitude and longitude along
const two = (number) => String(Math.abs(number)).padStart(2, "0");

function show(clock) {
  const left = Math.floor((Date.parse(clock.dataset.until) - Date.now()) / 1000);
  const size = Math.abs(left);
  clock.textContent = `${left < 0 ? "+" : ""}${two(Math.floor(size / 60))}:${two(size % 60)}`;
  clock.closest("[data-clock]")?.classList.toggle("is-late", left < 0);
}

function startClocks(root) {
  root.querySelectorAll("[data-until]:not([data-running])").forEach((clock) => {
    clock.dataset.running = "";
    show(clock);
    const tick = setInterval(() => (clock.isConnected ? show(clock) : clearInterval(tick)), 1000);
  });
}

function preview(form) {
  const box = form.querySelector("[data-notice]");
  form.querySelectorAll("[data-preview]").forEach((shown) => {
    shown.textContent = box.value.replaceAll(box.dataset.notice, shown.dataset.place);
  });
}

function startComposer(root) {
  const box = root.querySelector("[data-notice]");
  if (!box || box.dataset.running) return;
  box.dataset.running = "yes";
  box.addEventListener("input", () => preview(box.form));
  box.form.addEventListener("change", ({ target }) => {
    if (target.dataset.template === undefined) return;
    box.value = target.dataset.template;
    preview(box.form);
  });
  preview(box.form);
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    getSelection().selectAllChildren(source); // no clipboard here: the text is marked, ready to be copied by hand
    document.execCommand("copy");
  }
  button.querySelector("[data-word]").textContent = button.dataset.done;
}

function locate(form) {
  if (!navigator.geolocation || form.dataset.located) return;
  form.dataset.located = "yes";
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      form.elements.latitude.value = coords.latitude.toFixed(5);
      form.elements.longitude.value = coords.longitude.toFixed(5);
    },
    () => {}, // refused or unknown: presence counts without it
    { timeout: 8000 },
  );
}

export function initOutage(root) {
  startClocks(root);
  startComposer(root);
  root.querySelectorAll("[data-copy]:not([data-running])").forEach((button) => {
    button.dataset.running = "";
    button.addEventListener("click", () => copy(button));
  });
  root.querySelectorAll("form[data-position]").forEach((form) => {
    form.addEventListener("pointerdown", () => locate(form), { once: true });
  });
}
