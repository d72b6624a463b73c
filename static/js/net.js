// htmx with our manners: the CSRF token on every request, refusals shown where they belong, an expired session and a
// lost network said in words while the form keeps what was typed, and polling that moves neither focus nor scroll.
//   data-poll   on an element with hx-trigger="every 30s": asks only while the page is looked at
import { release } from "./forms.js";
import { news, noNews } from "./toast.js";
import { text } from "./texts.js";

const FORM_ANSWERS = [400, 409, 422]; // refusals that come as the form's own fragment
let held = null;

const isDocument = (html) => /^\s*<!doctype/i.test(html);
const isSignIn = (xhr) => {
  const login = document.body.dataset.loginUrl;
  return xhr.status === 401 || (login && new URL(xhr.responseURL || location.href).pathname === login);
};

function signedOut() {
  news(text("signedOut"), [text("signIn"), document.body.dataset.loginUrl]);
}

/** What an error page says, in one line. */
function reasonOf(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const parts = [page.querySelector("h1"), page.querySelector("h1 + p")];
  return parts.map((part) => part?.textContent.trim()).filter(Boolean).join("：");
}

function beforeSwap({ detail }) {
  const { xhr } = detail;
  if (isSignIn(xhr)) {
    detail.shouldSwap = false;
    signedOut();
  } else if (FORM_ANSWERS.includes(xhr.status) && !isDocument(xhr.response)) {
    detail.shouldSwap = true;
    detail.isError = false;
  } else if (xhr.status < 400 && isDocument(xhr.response) && detail.target !== document.body) {
    // A whole page where a fragment was asked for: go there instead of nesting one page in another.
    detail.shouldSwap = false;
    location.assign(xhr.responseURL);
  }
}

function responseError({ detail }) {
  const { xhr } = detail;
  if (isSignIn(xhr)) return;
  news((xhr.status !== 500 && reasonOf(xhr.response)) || text(xhr.status < 500 ? "refused" : "failed"));
}

/** Focus and scroll of a polled list are taken before the swap and put back after it. */
function hold({ detail }) {
  if (!detail.target.closest("[data-poll]")) return;
  const row = document.activeElement.closest?.("[data-row]");
  held = { top: scrollY, row: row?.dataset.row };
}

function putBack({ detail }) {
  if (!held || !detail.target.closest?.("[data-poll]")) return;
  const row = held.row && document.querySelector(`[data-row="${CSS.escape(held.row)}"]`);
  row?.querySelector("[data-open]")?.focus({ preventScroll: true });
  scrollTo({ top: held.top, behavior: "instant" });
  held = null;
}

export function initNet() {
  const { body } = document;
  body.addEventListener("htmx:configRequest", ({ detail }) => {
    detail.headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]").content;
  });
  body.addEventListener("htmx:beforeRequest", (event) => {
    const idle = document.hidden || document.querySelector("dialog[open], .menu[open]");
    if (event.target.matches?.("[data-poll]") && idle) event.preventDefault();
  });
  body.addEventListener("htmx:beforeSwap", beforeSwap);
  body.addEventListener("htmx:beforeSwap", hold);
  body.addEventListener("htmx:afterSettle", putBack);
  body.addEventListener("htmx:responseError", responseError);
  body.addEventListener("htmx:sendError", () => news(text("offline")));
  body.addEventListener("htmx:timeout", () => news(text("timeout")));
  body.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.successful && !detail.elt.matches("[data-poll]")) noNews();
    const form = detail.elt.closest("form");
    if (form) release(form);
  });
}
