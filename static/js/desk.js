// The intake desk: the clock of the call, the script beside the form, and choices that bring others along.
//   form[data-desk="2026-09-22T10:21:19+08:00"]   the server's time when the page was made; the call's start is kept in it
//   [data-call]                                   the running clock, shown once the call has begun
//   [data-rings="响铃 {n} 声接听"]                  what stands in the ring count, in the top bar
//   [data-script] li[data-ticks="id_read_back"]    a line of the script and the box it proves; Alt ↑ ↓ moves
//   [data-echo="id_address"]                       repeats what stands in that field
//   #route[data-route="kind category …"]           asked (event routeAsk) once the choices it depends on stand still and
//                                                  differ from what it was last asked with
//   label[data-also="#id_category [value=…]"]      choosing this chooses that too, where nothing is chosen yet
import { bind } from "./keys.js";
import { initTimers } from "./timer.js";

const LONGEST_ECHO = 40;
const STANDS_STILL = 200; // ms: kind and category are chosen with two keys

function beginCall(form, offset) {
  const field = form.elements.started_at;
  const bar = document.querySelector("[data-call]");
  if (!field || field.value || !bar) return;
  field.value = new Date(Date.now() + offset).toISOString();
  bar.querySelector("[role=timer]").dataset.since = new Date().toISOString();
  bar.hidden = false;
  initTimers(bar);
}

function showRings(form) {
  const shown = document.querySelector("[data-rings]");
  const count = form.elements.ring_count?.value.trim();
  if (shown) shown.textContent = count ? ` · ${shown.dataset.rings.replace("{n}", count)}` : "";
}

function echo() {
  document.querySelectorAll("[data-echo]").forEach((place) => {
    const value = document.getElementById(place.dataset.echo)?.value.trim().replace(/\s+/g, " ") ?? "";
    place.textContent = value.length > LONGEST_ECHO ? `${value.slice(0, LONGEST_ECHO)}…` : value;
  });
}

function tick(line, on) {
  const box = line.dataset.ticks && document.getElementById(line.dataset.ticks);
  if (!box || box.checked === on) return;
  box.checked = on;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

/** One line on (said) or back (not said after all). */
function move(list, step) {
  const lines = [...list.children];
  const now = lines.findIndex((line) => line.matches("[aria-current]"));
  const at = now < 0 ? lines.length : now;
  const goal = Math.min(Math.max(at + step, 0), lines.length);
  if (step > 0 && lines[at]) tick(lines[at], true);
  if (step < 0 && lines[goal]) tick(lines[goal], false);
  lines.forEach((line, place) => {
    line.classList.toggle("is-done", place < goal);
    line.toggleAttribute("aria-current", false);
  });
  lines[goal]?.setAttribute("aria-current", "step");
  return true;
}

function bringAlong(form, input) {
  const also = input.checked && input.closest("label")?.dataset.also;
  const other = also && form.querySelector(also);
  if (other && !form.querySelector(`[name="${other.name}"]:checked`)) other.click();
}

/** One question for the route, however many choices it took; none when the answer would be the same. */
function followRoute(form) {
  const panel = document.querySelector("#route[data-route]");
  if (!panel) return;
  const names = panel.dataset.route.split(" ");
  const facts = () => {
    const data = new FormData(form);
    return names.map((name) => data.get(name) ?? "");
  };
  let asked = facts();
  let timer;
  const ask = () => {
    const wanted = facts();
    const redraw = wanted[names.indexOf("category")] !== asked[names.indexOf("category")];
    if (wanted.join("|") === asked.join("|")) return;
    asked = wanted;
    panel.setAttribute("hx-vals", redraw ? '{"redraw": "1"}' : "{}");
    panel.dispatchEvent(new Event("routeAsk"));
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, STANDS_STILL);
  };
  form.addEventListener("change", (event) => names.includes(event.target.name) && soon());
  document.body.addEventListener("stationFilled", soon);
  for (const failure of ["htmx:responseError", "htmx:sendError"]) {
    panel.addEventListener(failure, () => {
      asked = asked.map(() => null); // whatever is chosen next is a question again
    });
  }
}

export function initDesk() {
  const form = document.querySelector("form[data-desk]");
  if (!form) return;
  const offset = Date.parse(form.dataset.desk) - Date.now();
  const script = document.querySelector("[data-script]");
  form.addEventListener("input", (event) => {
    if (event.target.matches("[name=caller_phone], [name=content], [name=caller_name]")) beginCall(form, offset);
    showRings(form);
    echo();
  });
  form.addEventListener("change", (event) => bringAlong(form, event.target));
  followRoute(form);
  document.body.addEventListener("htmx:afterSettle", echo);
  if (script) {
    bind("alt+down", () => move(script, 1));
    bind("alt+up", () => move(script, -1));
  }
  showRings(form);
  echo();
}
