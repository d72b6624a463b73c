// The keyboard map. Pages declare keys in HTML, this file only listens:
//   aria-keyshortcuts="Control+Enter"   one chord (alternatives separated by spaces)
//   data-key="g i"                      a sequence; alternatives separated by commas
// A key clicks its link or button, or puts the focus into its field. Single characters never fire in text fields and
// can be switched off per user (data-single-keys="off" on body); nothing fires while an input method is composing.
const TYPING =
  "textarea, select, [contenteditable=''], [contenteditable='true'], " +
  "input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=reset], [type=file])";
const NAMES = { control: "ctrl", meta: "ctrl", arrowup: "up", arrowdown: "down", escape: "esc", " ": "space" };
const SEQUENCE_MS = 1200;
const bound = new Map();
let prefix = "";
let prefixTimer = 0;

const named = (key) => NAMES[key.toLowerCase()] ?? key.toLowerCase();
const isSingle = (keys) => keys.split(" ").every((chord) => [...chord].length === 1 || /^shift\+.$/.test(chord));

/** "ctrl+enter", "shift+j", "?" … as the declarations spell them. */
function chordOf(event) {
  const key = named(event.key);
  const shift = event.shiftKey && (/^[a-z]$/.test(key) || [...key].length > 1);
  return [event.ctrlKey || event.metaKey ? "ctrl" : "", event.altKey ? "alt" : "", shift ? "shift" : "", key]
    .filter(Boolean)
    .join("+");
}

function declared(element) {
  if (element.dataset.key) return element.dataset.key.split(",").map((keys) => keys.trim().toLowerCase());
  return element.getAttribute("aria-keyshortcuts").split(" ").map((chord) => chord.split("+").map(named).join("+"));
}

/** Hidden jump links and entries of a closed menu may be reached by key, other hidden things may not. */
const reachable = (element) =>
  !element.disabled &&
  (element.matches("a[hidden]") || element.closest("details:not([open])") || element.checkVisibility());

function elementsInScope() {
  const dialog = document.querySelector("dialog[open]");
  return [...(dialog ?? document).querySelectorAll("[data-key], [aria-keyshortcuts]")].filter(reachable);
}

function fire(element) {
  if (element.matches(TYPING)) {
    element.focus();
    element.select?.();
  } else {
    element.click();
  }
}

/** Q W E R T / 1–8 inside a focused group: choose, and move on to the next field (or to data-picks-next's). */
function pick(event) {
  const group = event.target.closest?.("[data-picks]");
  if (!group || event.target.matches(TYPING) || event.ctrlKey || event.metaKey || event.altKey) return false;
  const input = group.querySelector(`[data-pick="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!input) return false;
  const radio = input.querySelector("input");
  const again = radio?.checked;
  input.click();
  if (input.dataset.stay !== undefined && !again) {
    radio.focus(); // what this choice opens is chosen from first; the same key once more goes on
    return true;
  }
  const next = document.querySelector(input.dataset.picksNext ?? group.dataset.picks) ?? input;
  (next.querySelector?.("input:checked, input, select, textarea") ?? next).focus();
  return true;
}

/** A script's own key. `act(event)` may return false for "not mine". */
export function bind(keys, act) {
  bound.set(keys, act);
}

function handle(keys, event) {
  if (isSingle(keys) && (event.target.matches?.(TYPING) || document.body.dataset.singleKeys === "off")) return false;
  const own = document.querySelector("dialog[open]") ? null : bound.get(keys);
  if (own && own(event) !== false) return true;
  const element = elementsInScope().find((one) => declared(one).includes(keys));
  if (element) fire(element);
  return Boolean(element);
}

function beginsSequence(keys) {
  return elementsInScope().some((one) => declared(one).some((all) => all.startsWith(`${keys} `)));
}

function remember(keys) {
  clearTimeout(prefixTimer);
  prefix = keys;
  if (keys) prefixTimer = setTimeout(() => (prefix = ""), SEQUENCE_MS);
}

function closeMenus() {
  const open = document.querySelector("details.menu[open]");
  if (!open) return false;
  open.open = false;
  open.querySelector("summary").focus();
  return true;
}

export function initKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
    const chord = chordOf(event);
    const keys = prefix ? `${prefix} ${chord}` : chord;
    remember("");
    const done = pick(event) || handle(keys, event) || (chord === "esc" && closeMenus());
    if (done) event.preventDefault();
    else if (isSingle(chord) && !event.target.matches?.(TYPING) && beginsSequence(chord)) remember(chord);
  });
  // A menu closes when the pointer goes elsewhere.
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
}
