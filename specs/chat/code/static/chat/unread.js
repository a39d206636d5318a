// The numbers of unread messages beside the rooms. The page came with them; here they
// are kept right. `room.activity` says that there is one more in a room, `room.unread`
// how many are left after reading in some tab.

import { showCount } from "./dom.js";

export function watchUnread(connection, config) {
  const places = (room) => document.querySelectorAll(`[data-room-unread="${Number(room)}"]`);
  const counted = new Set(); // ids of messages: one that came twice counts once

  connection.on("room.unread", ({ room, unread }) => {
    for (const place of places(room)) showCount(place, unread);
  });
  connection.on("room.activity", ({ room, message }) => {
    if (!connection.offers("unread") || message.author?.id === config.user.id) return;
    if (counted.has(message.id)) return;
    counted.add(message.id);
    for (const place of places(room)) {
      showCount(place, (Number.parseInt(place.textContent, 10) || 0) + 1);
    }
  });
}
