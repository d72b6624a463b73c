// Toasts say what happened and offer to take it back. Failures never go here: news() puts them into the page,
// where they stay until read.
import { text } from "./texts.js";

const READ_FOR = 6; // seconds a plain toast stays
const UNDO_FOR = 8; // seconds an act can be taken back (DESIGN principle 5)

/** Lets a toast go after its time; the clock stands still while somebody points at it or is inside it. */
function countDown(toast) {
  const undo = toast.querySelector("[data-undo]");
  let left = undo ? UNDO_FOR : READ_FOR;
  const shown = undo?.querySelector("button").appendChild(document.createElement("span"));
  const say = () => shown && (shown.textContent = ` ${left} s`);
  say();
  const timer = setInterval(() => {
    if (toast.matches(":hover, :focus-within")) return;
    left -= 1;
    say();
    if (left > 0) return;
    clearInterval(timer);
    toast.remove();
  }, 1000);
}

export function toast(words) {
  const box = document.getElementById("toasts");
  if (!box || !words) return;
  const item = document.createElement("div");
  item.className = "toast";
  item.textContent = words;
  box.append(item);
  countDown(item);
}

/** A line at the head of the page: something did not happen. `link` is [label, address], opened in a new window. */
export function news(words, link) {
  const box = document.getElementById("news");
  if (!box) return;
  box.querySelectorAll("[data-news]").forEach((old) => old.remove());
  const line = document.createElement("p");
  line.className = "callout callout--over";
  line.dataset.news = "";
  const said = line.appendChild(document.createElement("span"));
  said.className = "grow";
  said.textContent = words;
  if (link) {
    const anchor = line.appendChild(document.createElement("a"));
    anchor.className = "btn btn--sm";
    [anchor.textContent, anchor.href] = link;
    anchor.target = "_blank";
    anchor.rel = "noopener";
  }
  const close = line.appendChild(document.createElement("button"));
  close.type = "button";
  close.className = "btn btn--sm";
  close.textContent = text("close");
  close.addEventListener("click", () => line.remove());
  box.append(line);
}

export function noNews() {
  document.querySelectorAll("#news [data-news]").forEach((line) => line.remove());
}

export function initToasts() {
  document.querySelectorAll("#toasts .toast").forEach(countDown);
  // A fragment's answer may carry `HX-Trigger: {"toast": "…"}`.
  document.body.addEventListener("toast", (event) => toast(event.detail.value));
}
