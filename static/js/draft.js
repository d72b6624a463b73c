// Drafts: a form with data-draft-url sends what is typed there every few seconds, and at once when the window is left.
// The text is kept on the server only; when the network is away it stays in the page and is tried again. Nothing goes
// into the browser's storage: it holds callers' data.
//   [data-draft-note]   says when it was last saved      [data-draft-save]   a button (Ctrl S) that saves now
//   [data-draft-clear]  a button that forgets the draft, after its data-confirm question, and begins anew
import { ask } from "./ask.js";
import { settled } from "./forms.js";
import { text } from "./texts.js";

const PAUSE_MS = 3000;
const RETRY_MS = 10000;
const NOT_KEPT = ["request_key", "version", "files"];

class Draft {
  constructor(form) {
    this.form = form;
    this.note = form.querySelector("[data-draft-note]");
    this.timer = 0;
    this.changes = 0;
    this.closed = false;
    form.addEventListener("input", () => this.changed());
    form.addEventListener("change", () => this.changed());
    form.addEventListener("focusout", () => this.save());
    document.addEventListener("submit", (event) => event.target === form && !event.defaultPrevented && this.close());
    form.addEventListener("htmx:afterRequest", (event) => {
      if (event.detail.elt === form && !event.detail.successful) this.closed = false;
    });
    form.querySelector("[data-draft-save]")?.addEventListener("click", () => this.save(true));
    const clear = form.querySelector("[data-draft-clear]");
    clear?.addEventListener("click", async () => (await ask(clear.dataset)) && this.clear());
    document.addEventListener("visibilitychange", () => document.hidden && this.save());
  }

  changed() {
    this.changes += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), PAUSE_MS);
  }

  /** The form itself is on its way: a late draft must not appear after it. */
  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.request?.abort();
  }

  async save(anyway = false) {
    if (this.closed || !this.form.isConnected || (!this.changes && !anyway)) return;
    clearTimeout(this.timer);
    const taken = this.changes;
    const body = new FormData(this.form);
    NOT_KEPT.forEach((name) => body.delete(name));
    try {
      await this.send(body);
      this.saved(taken);
    } catch (error) {
      if (error.name !== "AbortError") this.failed();
    }
  }

  async send(body) {
    this.request?.abort();
    this.request = new AbortController();
    const answer = await fetch(this.form.dataset.draftUrl, {
      method: "POST",
      body,
      headers: { "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content },
      signal: this.request.signal,
      keepalive: true,
    });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
  }

  /** An empty draft is no draft. */
  async clear() {
    this.close();
    settled(this.form);
    try {
      await this.send(new FormData());
      location.assign(location.pathname);
    } catch {
      this.closed = false;
      this.failed();
    }
  }

  saved(taken) {
    if (taken === this.changes) {
      this.changes = 0;
      settled(this.form);
    }
    const time = new Date().toLocaleTimeString("zh-CN", { hour12: false });
    if (this.note) this.note.textContent = text("saved", { time });
  }

  failed() {
    if (this.note) this.note.textContent = text("notSaved");
    this.timer = setTimeout(() => this.save(), RETRY_MS);
  }
}

export function initDrafts(root) {
  root.querySelectorAll("form[data-draft-url]:not([data-drafting])").forEach((form) => {
    form.dataset.drafting = "";
    new Draft(form);
  });
}
