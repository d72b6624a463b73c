// Pictures of the scene: made smaller on the phone (drawing them anew drops position and EXIF), kept in the phone until
// the server has them, sent again when the network is back. A picture has its key from the first moment, so sending it
// twice is sending it once. Only pictures of equipment are kept here, never a caller's data.
//   data-photos="url" data-purpose data-sent data-waiting data-failed   around the file input and the shown pictures
const DATABASE = "outage-photos";
const STORE = "waiting";
const LONGEST = 1600;
const QUALITY = 0.8;
const AGAIN = 10000;
const LEAVING = 30000; // a page being left forgets nothing: the next one may have been drawn before this upload ended
let left = 0;
addEventListener("beforeunload", () => { left = Date.now(); });

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function opened() {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "key" });
  return done(opening);
}

/** Changes what is kept; ends only when it is on the phone's disk, so that leaving the page loses nothing. */
async function change(act) {
  const transaction = (await opened()).transaction(STORE, "readwrite", { durability: "strict" });
  act(transaction.objectStore(STORE));
  await new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  });
}

const keep = (photo) => change((kept) => kept.put(photo));
const forget = (key) => change((kept) => kept.delete(key));

async function waiting(url) {
  const kept = (await opened()).transaction(STORE, "readonly").objectStore(STORE);
  return (await done(kept.getAll())).filter((photo) => photo.url === url);
}

function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** A JPEG of at most LONGEST pixels a side; the original where the browser cannot draw it. */
async function smaller(file) {
  try {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return (await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY))) ?? file;
  } catch {
    return file;
  }
}

function figureOf(area, photo) {
  const known = area.querySelector(`[data-key="${photo.key}"]`);
  if (known) return known;
  const figure = document.createElement("figure");
  figure.dataset.key = photo.key;
  const image = document.createElement("img");
  image.alt = "";
  const reader = new FileReader(); // the content policy allows data:, not blob:
  reader.onload = () => { image.src = reader.result; };
  reader.readAsDataURL(photo.blob);
  figure.append(image, document.createElement("figcaption"));
  area.querySelector(".shoot").before(figure);
  return figure;
}

function tell(area, figure, state, more = "") {
  figure.classList.toggle("is-waiting", state !== "sent");
  figure.querySelector("figcaption").textContent = `${area.dataset[state]} ${more}`.trim();
  if (state === "sent" && !figure.querySelector("input")) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: area.dataset.name, value: figure.dataset.key });
    figure.append(field);
  }
  area.dispatchEvent(new CustomEvent("photos:changed", { bubbles: true }));
}

async function send(area, photo) {
  const figure = figureOf(area, photo);
  const body = new FormData();
  body.append("key", photo.key);
  body.append("purpose", area.dataset.purpose);
  body.append("taken_at", photo.taken);
  body.append("photo", photo.blob, "photo.jpg");
  const headers = { "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content };
  let answer;
  try {
    answer = await fetch(photo.url, { method: "POST", body, headers });
  } catch {
    tell(area, figure, "waiting");
    return;
  }
  if (answer.ok && !answer.redirected) {
    if (Date.now() - left > LEAVING) await forget(photo.key);
    tell(area, figure, "sent", `${Math.ceil(photo.blob.size / 1024)} KB`);
  } else if (answer.status >= 400 && answer.status < 500 && answer.status !== 401 && answer.status !== 403) {
    await forget(photo.key);
    const reason = await answer.json().catch(() => ({}));
    tell(area, figure, "failed", reason.error);
  } else {
    tell(area, figure, "waiting");
  }
}

async function sendAll(area) {
  if (area.dataset.busy || !area.isConnected) return;
  area.dataset.busy = "yes";
  try {
    for (const photo of await waiting(area.dataset.photos)) {
      if (photo.purpose === area.dataset.purpose) await send(area, photo);
    }
  } finally {
    delete area.dataset.busy;
  }
}

async function take(area, files) {
  for (const file of files) {
    const { photos: url, purpose } = area.dataset;
    const photo = { key: newKey(), url, purpose, blob: await smaller(file), taken: new Date().toISOString() };
    await keep(photo);
    tell(area, figureOf(area, photo), "waiting");
  }
  await sendAll(area);
}

export function initPhotos(root) {
  root.querySelectorAll("[data-photos]:not([data-running])").forEach((area) => {
    area.dataset.running = "";
    const input = area.querySelector("input[type=file]");
    input.addEventListener("change", async () => {
      const files = [...input.files];
      input.value = "";
      await take(area, files);
    });
    addEventListener("online", () => sendAll(area));
    const again = setInterval(() => (area.isConnected ? sendAll(area) : clearInterval(again)), AGAIN);
    sendAll(area);
  });
}
