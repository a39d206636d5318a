// Who of the members is online. Without a connection nobody can say, and then the list
// says nothing rather than something old.

import { element } from "./dom.js";
import { idOf } from "./people.js";

export function watchPresence(connection, config, list) {
  if (!list) return;

  const show = (item, online) => {
    let text = item.querySelector(".presence");
    if (!text) {
      text = element("span", { class: "presence visually-hidden" });
      item.append(text);
    }
    if (online === null) delete item.dataset.online;
    else item.dataset.online = online;
    // The colour of the dot alone would be nothing to those who cannot see it.
    text.textContent = online === null ? "" : ` ${online ? "online" : "offline"}`;
  };
  const showAll = (online) => {
    for (const item of list.querySelectorAll("[data-user]")) {
      show(item, online?.has(Number(item.dataset.user)) ?? null);
    }
  };

  connection.on("room.opened", (frame) => {
    // This tab is connected, so its user is online, whatever the list was made from.
    if (frame.room === config.room && connection.offers("presence")) {
      showAll(new Set([...(frame.online ?? []), config.user.id]));
    }
  });
  connection.on("presence", (frame) => {
    const id = idOf(frame.user);
    if (frame.room !== config.room || id === config.user.id) return;
    const item = list.querySelector(`[data-user="${Number(id)}"]`);
    if (item) show(item, frame.online);
  });
  connection.watch((state) => {
    if (state === "lost") showAll(null);
  });
}
