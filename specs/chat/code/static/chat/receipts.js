// How far everybody has read: tells the server of oneself, and shows the others.

import { element } from "./dom.js";
import { idOf } from "./people.js";

const PAUSE = 300; // milliseconds; ten messages at once need one receipt, not ten

export function watchReceipts(connection, config, log, people) {
  const readUpTo = new Map(); // id of a user → id of the last message read
  const me = config.user.id;
  let told = 0; // the message that the server was told last
  let timer = null;

  // Read is what stands before somebody's eyes: the end of the list, in a visible tab.
  const look = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const last = log.lastId;
      const seen = log.isAtEnd && document.visibilityState === "visible";
      if (!seen || last <= told || !connection.offers("receipts")) return;
      if (connection.send({ type: "read", room: config.room, message: last })) told = last;
    }, PAUSE);
  };

  const note = (user, message) => {
    readUpTo.set(idOf(user), Math.max(message, readUpTo.get(idOf(user)) ?? 0));
  };

  connection.on("room.opened", (frame) => {
    if (frame.room !== config.room) return;
    for (const { user, message } of frame.receipts ?? []) note(user, message);
    // What was told to the last connection may have been lost with it.
    told = readUpTo.get(me) ?? 0;
    show();
    look();
  });
  connection.on("receipt", (frame) => {
    if (frame.room !== config.room) return;
    note(frame.user, frame.message);
    show();
  });
  for (const type of ["message.new", "message.ack"]) {
    connection.on(type, () => {
      show();
      look();
    });
  }
  log.region.addEventListener("scroll", look);
  document.addEventListener("visibilitychange", look);

  // Each reader stands under the last message read, once.
  function show() {
    const readers = new Map(); // <li> → ids of users
    const ids = log.ids;
    for (const [user, upTo] of readUpTo) {
      if (user === me) continue;
      // Not under words of their own; and the very message may not be on this page.
      const byOthers = (id) => log.item(id).dataset.author !== String(user);
      const item = log.item(ids.findLast((id) => id <= upTo && byOthers(id)));
      if (item) readers.set(item, [...(readers.get(item) ?? []), user]);
    }
    for (const old of log.list.querySelectorAll(".message-readers")) {
      if (!readers.has(old.parentElement)) old.remove();
    }
    for (const [item, users] of readers) {
      const text = `Read by ${people.list(users)}`;
      let place = item.querySelector(".message-readers");
      if (!place) {
        // Not worth an announcement: it would follow each message.
        place = element("span", { class: "message-readers", "aria-live": "off" });
        item.append(place);
      }
      if (place.textContent !== text) place.textContent = text;
    }
    log.keepEnd();
  }
}
