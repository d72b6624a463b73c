// Questions before acts that cannot be taken back, and pages shown as a dialog.
//   data-confirm="标题" data-confirm-text="后果" data-confirm-label="动词"   on a form, a submit button or a link
//   data-dialog                                                            on a link: its page's fragment in a dialog
let answer = null;

/** Resolves to true when the person chose the verb; Escape and the safe button give false. */
export function ask({ confirm, confirmText = "", confirmLabel }) {
  const dialog = document.getElementById("ask");
  dialog.querySelector("h2").textContent = confirm;
  dialog.querySelector("p").textContent = confirmText;
  if (confirmLabel) dialog.querySelector("button[value=yes]").textContent = confirmLabel;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    answer = resolve;
  });
}

async function confirmSubmit(event) {
  const { target: form, submitter } = event;
  const source = [submitter, form].find((one) => one?.dataset.confirm);
  if (!source || form.dataset.confirmed) {
    delete form.dataset.confirmed;
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!form.checkValidity()) return;
  if (await ask(source.dataset)) {
    form.dataset.confirmed = "yes";
    form.requestSubmit(submitter);
  }
}

/** Shows the fragment of an address in the page's dialog; whatever goes wrong, the browser simply goes there. */
async function openDialog(link) {
  const answer = await fetch(link.href, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) {
    location.assign(link.href);
    return;
  }
  const dialog = document.createElement("dialog");
  dialog.className = "dialog dialog--wide";
  dialog.innerHTML = await answer.text();
  const title = dialog.querySelector("h1, h2");
  if (title) {
    title.id ||= "dialog-title";
    dialog.setAttribute("aria-labelledby", title.id);
  }
  dialog.addEventListener("close", () => {
    dialog.remove();
    link.focus();
  });
  document.body.append(dialog);
  window.htmx?.process(dialog);
  dialog.showModal();
  dialog.dispatchEvent(new Event("fragment:shown", { bubbles: true }));
}

function onClick(event) {
  const closer = event.target.closest("[data-close-dialog]");
  if (closer?.closest("dialog")) {
    event.preventDefault();
    closer.closest("dialog").close();
    return;
  }
  const link = event.target.closest("a[data-dialog], a[data-confirm]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  if (link.dataset.confirm) ask(link.dataset).then((yes) => yes && location.assign(link.href));
  else openDialog(link);
}

export function initAsk() {
  document.addEventListener("submit", confirmSubmit, { capture: true });
  document.addEventListener("click", onClick);
  const dialog = document.getElementById("ask");
  dialog?.addEventListener("close", () => answer?.(dialog.returnValue === "yes"));
}
