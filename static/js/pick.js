// Choosing rows of a list: X or the box chooses, Shift J and Shift K extend, Esc lets go; the bar below acts on them.
//   <input type="checkbox" name="pick" form="bulk">  in each [data-row]      [data-pick-all]  chooses the whole page
//   <form id="bulk" data-bulk>  [data-picked] how many  [data-common] what they share  [data-unpick] lets go
//   [data-bulk-key="a"]  pressed while rows are chosen: a button is clicked, a field gets the focus
const boxes = () => [...document.querySelectorAll('[data-list] [name="pick"]')];
const picked = () => boxes().filter((box) => box.checked);

/** "待接单 · 咨询" when all chosen rows are alike, else nothing. */
function common(rows) {
  return ["state", "kind"]
    .map((name) => [...new Set(rows.map((row) => row.dataset[name]))])
    .filter((values) => values.length === 1)
    .map(([value]) => value)
    .filter(Boolean)
    .join(" · ");
}

function tell() {
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  const chosen = picked();
  const all = document.querySelector("[data-pick-all]");
  bar.querySelector("[data-picked]").textContent = chosen.length;
  bar.querySelector("[data-common]").textContent = common(chosen.map((box) => box.closest("[data-row]")));
  chosen.forEach((box) => box.closest("[data-row]").setAttribute("aria-selected", "true"));
  boxes().filter((box) => !box.checked).forEach((box) => box.closest("[data-row]").removeAttribute("aria-selected"));
  if (!all) return;
  all.checked = chosen.length > 0 && chosen.length === boxes().length;
  all.indeterminate = chosen.length > 0 && !all.checked;
}

export const isPicking = () => picked().length > 0;

/** Chooses a row, lets it go, or (without a value) the other of the two. */
export function pick(row, on) {
  const box = row?.querySelector('[name="pick"]');
  if (!box) return false;
  box.checked = on ?? !box.checked;
  tell();
  return true;
}

export function unpickAll() {
  if (!isPicking()) return false;
  boxes().forEach((box) => (box.checked = false));
  tell();
  return true;
}

/** The bar's answer to a key, while rows are chosen. */
export function actOnPicked(key) {
  const target = isPicking() && document.querySelector(`[data-bulk-key="${CSS.escape(key)}"]`);
  if (!target) return false;
  if (target.matches("button")) target.click();
  else target.focus();
  return true;
}

export function initPicks() {
  if (!document.querySelector("[data-bulk]")) return;
  document.addEventListener("change", ({ target }) => {
    if (target.matches("[data-pick-all]")) boxes().forEach((box) => (box.checked = target.checked));
    if (target.matches('[data-pick-all], [name="pick"]')) tell();
  });
  document.querySelector("[data-unpick]").addEventListener("click", unpickAll);
  // While rows are chosen the list stands still: what is acted on is what was seen.
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.matches?.("[data-poll]") && isPicking()) event.preventDefault();
  });
  tell(); // the browser may have kept boxes of an earlier visit
}
