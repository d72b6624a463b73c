// A <select data-combo> becomes an ARIA 1.2 combobox: type words or pinyin initials (data-initials on the options),
// arrows move, Enter or Tab takes, Escape gives the list back. The select stays the form's field and works alone
// without scripts.
import { goOn } from "./forms.js";
import { text } from "./texts.js";

let serial = 0;

function element(tag, attributes, parent) {
  const made = document.createElement(tag);
  Object.entries(attributes).forEach(([name, value]) => made.setAttribute(name, value));
  parent?.append(made);
  return made;
}

class Combo {
  constructor(select) {
    this.select = select;
    this.id = `combo-${(serial += 1)}`;
    this.active = -1;
    const box = element("div", { class: "combo grow" });
    select.before(box);
    this.input = element(
      "input",
      {
        class: select.classList.contains("input--error") ? "input input--error" : "input",
        role: "combobox",
        autocomplete: "off",
        "aria-autocomplete": "list",
        "aria-expanded": "false",
        "aria-controls": this.id,
        placeholder: select.dataset.placeholder ?? "",
      },
      box,
    );
    this.list = element("div", { class: "combo__list", role: "listbox", id: this.id, hidden: "" }, box);
    this.takeOver();
    this.listen();
  }

  /** Label, hint, error and id go to the visible input; the select keeps name and value. */
  takeOver() {
    const { select, input } = this;
    input.id = select.id;
    select.id = "";
    if (select.dataset.next) input.dataset.next = select.dataset.next;
    ["aria-describedby", "aria-invalid", "data-key", "aria-keyshortcuts"].forEach((name) => {
      if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
      select.removeAttribute(name);
    });
    const label = document.querySelector(`label[for="${CSS.escape(input.id)}"]`);
    if (label) this.list.setAttribute("aria-label", label.textContent.trim());
    const focused = document.activeElement === select;
    select.hidden = true;
    this.show();
    if (focused) input.focus();
  }

  listen() {
    const { input, list, select } = this;
    input.addEventListener("input", (event) => event.isComposing || this.open(input.value));
    input.addEventListener("compositionend", () => this.open(input.value));
    input.addEventListener("click", () => this.open(""));
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => this.leave());
    list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const option = event.target.closest("[role=option]");
      if (option) this.take(option.dataset.value);
    });
    select.addEventListener("change", () => this.show());
  }

  show() {
    this.input.value = this.select.value ? this.select.selectedOptions[0].label : "";
  }

  matches(typed) {
    const words = typed.trim().toLowerCase();
    return [...this.select.options].filter(
      (option) =>
        option.value &&
        (option.label.toLowerCase().includes(words) || (option.dataset.initials ?? "").startsWith(words)),
    );
  }

  open(typed) {
    this.shown = this.matches(typed);
    this.list.replaceChildren();
    this.shown.forEach((option, index) => {
      const item = element("div", { role: "option", id: `${this.id}-${index}`, "data-value": option.value }, this.list);
      item.textContent = option.label;
      if (option.dataset.initials) element("small", {}, item).textContent = option.dataset.initials;
    });
    if (!this.shown.length) element("div", { class: "combo__none" }, this.list).textContent = text("noMatch");
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.mark(typed && this.shown.length ? 0 : -1);
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.mark(-1);
  }

  mark(index) {
    this.active = index;
    [...this.list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === index)));
    const item = this.list.children[index];
    if (index < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", item.id);
    item?.scrollIntoView({ block: "nearest" });
  }

  take(value) {
    this.select.value = value;
    this.close();
    this.select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /** Leaving with an emptied field clears the choice; leaving with half a word keeps what was chosen before. */
  leave() {
    if (!this.input.value.trim() && this.select.value) this.take("");
    this.close();
    this.show();
  }

  key(event) {
    if (event.isComposing || event.keyCode === 229) return;
    const isOpen = !this.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) this.open("");
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (this.shown.length) this.mark((this.active + step + this.shown.length) % this.shown.length);
    } else if (event.key === "Enter" && isOpen && !event.ctrlKey) {
      event.preventDefault();
      if (this.active < 0) return;
      this.take(this.shown[this.active].value);
      goOn(this.input);
    } else if (event.key === "Tab" && isOpen && this.active >= 0) {
      this.take(this.shown[this.active].value);
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      event.stopPropagation();
      this.close();
      this.show();
    }
  }
}

export function initCombos(root) {
  root.querySelectorAll("select[data-combo]:not([hidden])").forEach((select) => new Combo(select));
}
