// What every form does: one submission per press, no silent loss of typed text, counters, lists of like fields.
//   data-guard                       warn before leaving with unsent text
//   data-count (on a textarea)       "78 / 1000 字" into the element that data-count names
//   data-no-enter                    Enter in a field goes on to the next field (or into one of data-next) instead of submitting
//   data-print (on a button)         prints the page
//   data-lines="…" (on a textarea)   one line, one item: shown as a numbered list of inputs; the textarea stays the field
//   data-needs="id" (on a submit)    goes to that field first while it is empty
import { news } from "./toast.js";
import { text } from "./texts.js";

const dirty = new Set();

/** Called by drafts once the server holds the text. */
export function settled(form) {
  dirty.delete(form);
}

/** After a failed request the form may be sent again. */
export function release(form) {
  delete form.dataset.sent;
  form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
}

/** A button that needs a field goes there first: "answered on the call" wants the answer. */
function lacks(submitter) {
  const field = submitter?.dataset.needs && document.getElementById(submitter.dataset.needs);
  if (!field || field.value.trim()) return false;
  const folded = field.closest("details");
  if (folded) folded.open = true;
  field.focus();
  return true;
}

function onSubmit(event) {
  const form = event.target;
  if (lacks(event.submitter)) {
    event.preventDefault();
    return;
  }
  if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (navigator.onLine === false) {
    event.preventDefault();
    news(text("offline"));
    return;
  }
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
  dirty.delete(form);
}

function count(area) {
  const shown = document.getElementById(area.dataset.count);
  const max = Number(area.maxLength).toLocaleString("en");
  if (shown) shown.textContent = text("chars", { used: [...area.value].length.toLocaleString("en"), max });
}

/** One row of a list of lines. */
function line(value, label) {
  const row = document.createElement("li");
  const input = row.appendChild(document.createElement("input"));
  Object.assign(input, { className: "input", value, maxLength: 200, autocomplete: "off", placeholder: label });
  input.setAttribute("aria-label", label);
  return row;
}

/** Shows a textarea of lines as inputs, always with an empty one at the end. */
function asLines(area) {
  const list = document.createElement("ol");
  list.className = "asking";
  const label = area.dataset.lines;
  [...area.value.split("\n").filter(Boolean), ""].forEach((value) => list.append(line(value, label)));
  list.addEventListener("input", () => {
    const fields = [...list.querySelectorAll("input")];
    area.value = fields.map((field) => field.value.trim()).filter(Boolean).join("\n");
    if (fields.at(-1).value) list.append(line("", label));
  });
  // Label and links to the field lead to its first line; the textarea keeps name and value.
  list.querySelector("input").id = area.id;
  area.id = "";
  delete area.dataset.lines;
  area.hidden = true;
  area.after(list);
}

function onInput({ target }) {
  const form = target.form;
  if (form?.matches("[data-guard], [data-draft-url]")) dirty.add(form);
  if (target.matches("[data-count]")) count(target);
}

/** On to the first of the fields data-next names that is still empty, else to the last of them. */
export function goOn(input) {
  if (!input.dataset.next) return false;
  const goals = input.dataset.next.split(",").map((selector) => document.querySelector(selector.trim()));
  const goal = goals.find((one) => !one.value) ?? goals.at(-1);
  (goal.matches("input, textarea, select") ? goal : goal.querySelector("input:checked, input")).focus();
  return true;
}

function onKeydown(event) {
  const input = event.target.closest?.("[data-no-enter] input");
  if (!input || event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey) return;
  if (event.defaultPrevented) return; // the combobox took it
  event.preventDefault();
  if (goOn(input)) return;
  const fields = [...input.form.querySelectorAll("input:not([type=hidden]), select, textarea, button:not([hidden])")];
  const rest = fields.slice(fields.indexOf(input) + 1);
  rest.find((field) => field.checkVisibility() && (field.name !== input.name || field.type !== "radio"))?.focus();
}

/** Counters and growing lists of a piece of page as it arrives. */
export function prepareForms(root) {
  root.querySelectorAll("textarea[data-count]").forEach(count);
  root.querySelectorAll("textarea[data-lines]").forEach(asLines);
}

export function initForms() {
  document.addEventListener("submit", onSubmit);
  document.addEventListener("input", onInput);
  document.addEventListener("keydown", onKeydown);
  document.addEventListener("click", (event) => event.target.closest("[data-print]") && window.print());
  document.querySelector("[data-focus]")?.focus();
  window.addEventListener("beforeunload", (event) => {
    const waiting = [...dirty].some((form) => form.isConnected);
    if (waiting) event.preventDefault();
  });
  // Back from the next page: the browser shows the old page with its buttons still busy.
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));
}
