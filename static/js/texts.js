// What the scripts may say comes from the server, translated (config.context.Shell.texts).
const source = document.getElementById("texts");
const texts = source ? JSON.parse(source.textContent) : {};

/** The text of that name with {placeholders} filled in. */
export function text(name, values = {}) {
  return (texts[name] ?? "").replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}
