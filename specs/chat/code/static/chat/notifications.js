// Notifications: the number in the header, and a short note on whatever page is open.

import { button, byId, element, showCount } from "./dom.js";

const STAY = 12_000; // milliseconds; all of them stay on the page of notifications
const AT_ONCE = 3;

export function watchNotifications(connection, config) {
  const count = byId("notification-count");
  const notes = byId("chat-notes");

  connection.on("notification.unread", ({ unread }) => showCount(count, unread));
  connection.on("notification.new", ({ notification, unread }) => {
    showCount(count, unread);
    // Nobody needs to hear of a message that appears before their eyes.
    const here = notification.room === config.room && document.visibilityState === "visible";
    if (notes && !here) show(notes, notification);
  });
}

function show(notes, { text, url }) {
  const note = element("p", { class: "note" });
  const remove = () => note.remove();
  const target = new URL(url, location.href);
  // An address that leads elsewhere, or is no address of a page, becomes no link.
  const safe = target.origin === location.origin;
  note.append(safe ? element("a", { href: target.href }, text) : element("span", {}, text));
  note.append(button("Dismiss", remove));
  notes.append(note);
  while (notes.children.length > AT_ONCE) notes.firstElementChild.remove();
  setTimeout(remove, STAY);
}
