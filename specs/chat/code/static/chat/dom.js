// Small helpers. Text from a server or a person only ever becomes text of a node, never
// markup: `textContent` cannot make an element of "<b>", so nothing needs escaping here.

export function byId(id) {
  return document.getElementById(id);
}

// element("p", { class: "note" }, "text", anotherElement)
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children); // strings become text nodes
  return made;
}

export function button(text, action) {
  const made = element("button", { type: "button", class: "quiet" }, text);
  made.addEventListener("click", action);
  return made;
}

// The number beside a link or a room; nothing is shown for none.
export function showCount(place, count) {
  if (!place) return;
  place.textContent = count > 0 ? String(count) : "";
  place.hidden = !(count > 0);
}

const language = document.documentElement.lang || undefined;
const clock = new Intl.DateTimeFormat(language, { timeStyle: "short" });
const calendar = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

// The reader's own time zone, which the server does not know.
export function localTime(text) {
  const moment = new Date(text);
  if (Number.isNaN(moment.valueOf())) return text;
  const today = moment.toDateString() === new Date().toDateString();
  return (today ? clock : calendar).format(moment);
}

// A random UUID, version 4. `crypto.randomUUID` is there on HTTPS and localhost only,
// and a phone that tries a development server over the local network has neither.
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
