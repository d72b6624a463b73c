// The cursor of a list: J and K move, Enter opens, and a row's own keys act on the row under the cursor.
//   <tbody data-list> <tr data-row="20260910-0036"> <a data-open href="…">  <a hidden data-row-key="a" href="…">
// The cursor is found again by data-row after the rows have been swapped by polling.
// An order opened from a list knows its place in it: [data-neighbours="20260910-0036"] holds links to the one before
// and after, [data-back] leads back to the list as it was left, filters and all. Nothing is kept in the browser: the
// list is the page one came from, handed on to the neighbours behind the #.
import { bind } from "./keys.js";
import { actOnPicked, initPicks, pick, unpickAll } from "./pick.js";

let current = "";

const list = () => document.querySelector("[data-list]");
const rows = () => [...(list()?.querySelectorAll("[data-row]") ?? [])];
const cursorRow = () => rows().find((row) => row.dataset.row === current);

function mark() {
  rows().forEach((row) => row.classList.toggle("is-cursor", row.dataset.row === current));
}

function move(by) {
  const all = rows();
  if (!all.length) return false;
  const at = all.findIndex((row) => row.dataset.row === current);
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)];
  current = next.dataset.row;
  mark();
  next.scrollIntoView({ block: "nearest" });
  next.querySelector("[data-open]")?.focus({ preventScroll: true });
  return true;
}

/** Keys that rows declare for themselves (A take, M assign). */
function act(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (actOnPicked(event.key.toLowerCase())) return true;
  const target = cursorRow()?.querySelector(`[data-row-key="${CSS.escape(event.key.toLowerCase())}"]`);
  return target ? (target.click(), true) : false;
}

/** The list this order was opened from, as an address of our own, or nothing. */
function listBehind(back) {
  const handed = new URLSearchParams(location.hash.slice(1)).get("list") ?? document.referrer;
  if (!handed) return null;
  const url = new URL(handed, location.href);
  const ours = url.origin === location.origin && url.pathname === back.pathname;
  return ours ? url.pathname + url.search : null;
}

async function placeAmong(box, back) {
  const behind = listBehind(back);
  if (!behind) return;
  back.setAttribute("href", behind);
  const answer = await fetch(behind, { headers: { "HX-Request": "true", "X-Background": "true" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const all = [...page.querySelectorAll("[data-row]")];
  const label = page.querySelector("[data-list]")?.dataset.label;
  if (label) back.lastChild.textContent = label;
  const at = all.findIndex((row) => row.dataset.row === box.dataset.neighbours);
  if (at < 0) return;
  const lead = (link, row) => {
    const href = row?.querySelector("[data-open]").getAttribute("href");
    if (href) link.setAttribute("href", `${href}#${new URLSearchParams({ list: behind })}`);
    else link.remove();
  };
  lead(box.querySelector("[data-previous]"), all[at - 1]);
  lead(box.querySelector("[data-next]"), all[at + 1]);
  box.querySelector("[data-place]").textContent = at + 1;
  box.querySelector("[data-of]").textContent = all.length;
  box.hidden = false;
}

/** Shift J, Shift K: the row under the cursor and the next one are chosen, and the cursor moves on. */
function extend(by) {
  pick(cursorRow(), true);
  return move(by) && pick(cursorRow(), true);
}

export function initList() {
  const box = document.querySelector("[data-neighbours]");
  const back = document.querySelector("a[data-back]");
  if (box && back) placeAmong(box, back).catch(() => {}); // without an answer the page simply has no neighbours
  if (!document.querySelector("[data-list], [data-bulk]")) return;
  bind("j", () => move(1));
  bind("k", () => move(-1));
  bind("x", () => pick(cursorRow()));
  bind("shift+j", () => extend(1));
  bind("shift+k", () => extend(-1));
  bind("esc", unpickAll);
  bind("enter", (event) => {
    const open = event.target.closest("a, button, summary, input, select, textarea") ? null : cursorRow()?.querySelector("[data-open]");
    return open ? (open.click(), true) : false;
  });
  const declared = [...document.querySelectorAll("[data-row-key], [data-bulk-key]")];
  new Set(declared.map((one) => one.dataset.rowKey ?? one.dataset.bulkKey)).forEach((key) => bind(key, act));
  initPicks();
  // What was left open is no condition and has no place in the address.
  document.addEventListener("submit", ({ target }) => {
    if (!target.matches("form.menu__form[method=get]")) return;
    target.querySelectorAll("select, input").forEach((field) => (field.disabled = !field.value));
  });
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-list] [data-row]");
    if (!row) return;
    current = row.dataset.row;
    mark();
  });
  document.addEventListener("htmx:afterSettle", mark);
}
