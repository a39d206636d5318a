// The entry: reads what the page says about itself and starts the parts it has a place for.
//
// One idea runs through all modules. The server says in its first frame, `hello`, which
// features it has; the page says by its elements what can be shown. A part works where
// both are there, and keeps still where one of them is missing. That is why the same
// files serve every page, and every stage of the server.

import { Connection } from "./connection.js";
import { byId } from "./dom.js";
import { Log } from "./log.js";
import { watchNotifications } from "./notifications.js";
import { People } from "./people.js";
import { watchPresence } from "./presence.js";
import { watchReceipts } from "./receipts.js";
import { Room } from "./room.js";
import { Status } from "./status.js";
import { watchTyping } from "./typing.js";
import { watchUnread } from "./unread.js";

const config = JSON.parse(byId("chat-config")?.textContent ?? "null");
if (config?.socket && config.user) start(config);

function start(config) {
  const connection = new Connection(config.socket);
  const status = new Status(byId("chat-status"), connection);

  connection.watch((state) => {
    if (state === "refused") goToLogin(config.login);
  });
  watchUnread(connection, config);
  watchNotifications(connection, config);

  const list = byId("chat-log");
  if (list && config.room !== null) {
    const people = new People(byId("chat-people"), config.user);
    const log = new Log(list, config.user, people);
    const room = new Room({ config, connection, log, status });
    watchTyping(connection, config, people);
    watchReceipts(connection, config, log, people);
    watchPresence(connection, config, byId("chat-people"));
    room.start();
    showMembersWhereThereIsRoom();
  }

  // A page that is left must not try to reconnect; one that the browser kept and brings
  // back by its Back button has lost its socket and needs a new one.
  addEventListener("pagehide", () => connection.stop());
  addEventListener("pageshow", (event) => {
    if (event.persisted) connection.start();
  });
  connection.start();
}

function goToLogin(login) {
  const page = new URL(login ?? "/", location.href);
  page.searchParams.set("next", location.pathname + location.search);
  location.assign(page);
}

function showMembersWhereThereIsRoom() {
  // Closed on a phone, where the messages need the place; open on a wide window.
  const members = byId("chat-people")?.closest("details");
  if (members && matchMedia("(min-width: 60rem)").matches) members.open = true;
}
