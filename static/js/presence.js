// Who else has this order open: asks every few seconds while the page is looked at, and says goodbye when it is left.
//   [data-presence="/orders/…/presence/"] data-doing="resolve"   filled with the server's line
const EVERY_MS = 15000;

class Presence {
  constructor(place) {
    this.place = place;
    this.ask();
    this.timer = setInterval(() => this.ask(), EVERY_MS);
    addEventListener("pagehide", () => this.leave());
    place.closest("dialog")?.addEventListener("close", () => this.leave());
  }

  send(fields, options = {}) {
    const body = new URLSearchParams({ doing: this.place.dataset.doing ?? "", ...fields });
    const token = document.querySelector("meta[name=csrf-token]").content;
    const headers = { "X-CSRFToken": token, "HX-Request": "true" };
    return fetch(this.place.dataset.presence, { method: "POST", body, headers, ...options });
  }

  async ask() {
    if (!this.place.isConnected) {
      this.leave();
      return;
    }
    if (document.hidden) return;
    const answer = await this.send({}).catch(() => null);
    if (!answer?.ok || answer.redirected || this.left) return;
    const line = await answer.text();
    if (line !== this.shown) this.place.innerHTML = line;
    this.shown = line;
  }

  leave() {
    clearInterval(this.timer);
    if (!this.left) this.send({ left: "1" }, { keepalive: true }).catch(() => null);
    this.left = true;
  }
}

export function initPresence(root) {
  const found = [...root.querySelectorAll("[data-presence]")];
  if (root.matches?.("[data-presence]")) found.push(root);
  found.filter((place) => !place.dataset.watching).forEach((place) => {
    place.dataset.watching = "";
    new Presence(place);
  });
}
