// Entry of the desk's scripts. Each module looks for its own attributes in the page and does nothing without them;
// every page works without any of them (real links, real forms). No inline code, no eval: the content policy holds.
import { initAsk } from "./js/ask.js";
import { initOutage } from "./js/outage.js";
import { initPhotos } from "./js/photos.js";
import { initCombos } from "./js/combo.js";
import { initDesk } from "./js/desk.js";
import { initDrafts } from "./js/draft.js";
import { initFills } from "./js/fill.js";
import { initForms, prepareForms } from "./js/forms.js";
import { initKeys } from "./js/keys.js";
import { initList } from "./js/list.js";
import { initNet } from "./js/net.js";
import { initPresence } from "./js/presence.js";
import { initTimers } from "./js/timer.js";
import { initToasts } from "./js/toast.js";

initAsk();
initDesk();
initFills();
initForms();
initKeys();
initList();
initNet();
initToasts();

// What may arrive later in a fragment is prepared for each piece of page as htmx brings it in.
const prepare = (root) => {
  initOutage(root);
  initPhotos(root);
  initCombos(root);
  initDrafts(root);
  initPresence(root);
  initTimers(root);
  prepareForms(root);
};
prepare(document);
document.addEventListener("htmx:load", (event) => prepare(event.detail.elt));
document.addEventListener("fragment:shown", (event) => prepare(event.target));
