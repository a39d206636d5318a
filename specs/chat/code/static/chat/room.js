// The room of the page: opens it on each new connection, catches up with what was
// missed, sends what is written, and fetches older messages.

import { byId } from "./dom.js";
import { Outbox } from "./outbox.js";

// Two messages that are stored at almost the same moment by two processes may reach us
// in the wrong order, and the connection may break between them. So after a break we
// ask from a little before the last message; the log drops what it has.
const OVERLAP = 10;

const NOT_SENT = "A message was not sent.";
const GONE = "You are no longer a member of this room.";

export class Room {
  #resumeFrom = 0; // everything up to this id is in the log
  #caughtUp = false;
  #missed = 0; // messages, in this round of catching up
  #older = null; // cursor of the next older page

  constructor({ config, connection, log, status }) {
    this.id = config.room;
    this.config = config;
    this.connection = connection;
    this.log = log;
    this.status = status;
    this.form = byId("chat-form");
    this.field = byId("chat-body");
    this.olderButton = byId("chat-older");
    this.outbox = new Outbox(`chat-outbox:${config.user.id}:${this.id}`, {
      deliver: (entry) => this.#deliver(entry),
      changed: (entry) => this.#show(entry),
    });
  }

  start() {
    this.#lookForOlder();
    this.#resumeFrom = this.#lastSafeId();
    for (const entry of this.outbox.entries) {
      // Stored, and the page was reloaded before its acknowledgement came.
      if (this.log.holdsOwn(entry.client_id)) this.outbox.remove(entry.client_id);
      else this.#show(entry);
    }
    this.log.follow();

    this.connection.watch((state) => {
      if (state === "open") this.#open();
      if (state === "lost") this.#lost();
    });
    this.#on("room.opened", (frame) => this.#opened(frame));
    this.#on("room.closed", (frame) => this.#closed(frame.reason));
    this.#on("message.new", (frame) => this.#receive(frame.message));
    this.#on("message.ack", (frame) => this.#receive(frame.message));
    this.connection.on("error", (frame) => this.#refused(frame));

    this.#listen();
  }

  // ------------------------------------------------------------ the connection

  #on(type, handler) {
    this.connection.on(type, (frame) => {
      const room = frame.room ?? frame.message?.room;
      if (room === this.id && !this.gone) handler(frame);
    });
  }

  #open() {
    if (this.gone) return;
    this.#missed = 0;
    if (this.connection.offers("rooms")) this.#askFrom(this.#resumeFrom);
    this.outbox.flush();
  }

  #askFrom(id) {
    const frame = { type: "room.open", room: this.id };
    // Also 0, "after nothing": the first message may come between page and socket.
    if (this.connection.offers("missed")) frame.after = id;
    this.connection.send(frame);
  }

  #opened({ messages = [], more = false }) {
    this.#missed += this.log.addMissed(messages).length;
    if (more && messages.length) {
      this.#resumeFrom = messages.at(-1).id;
      this.#askFrom(this.#resumeFrom);
      return;
    }
    this.#caughtUp = true;
    if (this.#missed) {
      const what = this.#missed === 1 ? "1 message" : `${this.#missed} messages`;
      this.status.say(`Connected. ${what} arrived meanwhile.`, "open");
    }
  }

  #lost() {
    // Whoever was still catching up has new messages and a gap before them; then the
    // end of the last page stays the place to go on from.
    if (this.#caughtUp) this.#resumeFrom = this.#lastSafeId();
    this.#caughtUp = false;
    this.outbox.disconnected();
  }

  #lastSafeId() {
    const ids = this.log.ids;
    return ids.at(-OVERLAP) ?? (this.#older ? ids[0] : 0);
  }

  // `closed` only says that our own `room.close` was heard; `removed` is the end.
  #closed(reason) {
    if (reason !== "removed") return;
    this.gone = true;
    for (const entry of this.outbox.entries) this.outbox.fail(entry.client_id, GONE);
    this.status.close(GONE);
    for (const part of this.form?.elements ?? []) part.disabled = true;
  }

  // ------------------------------------------------------------ messages

  #receive(message) {
    const { id, author, client_id } = message;
    const own = !author || author.id === this.config.user.id;
    if (own && this.outbox.find(client_id)) {
      // Before the server stores messages, having come back is all there will be.
      if (id === null) this.log.confirmEntry(client_id);
      this.outbox.remove(client_id);
      this.#calmDown();
      // Stored long ago, and so far up that the page does not show it: see history.
      if (id !== null && this.#older !== null && id < this.log.ids[0]) {
        this.log.removeEntry(client_id);
        return;
      }
    }
    this.log.add([message]);
  }

  #deliver({ client_id, body }) {
    return (
      !this.gone &&
      this.connection.send({ type: "message.send", room: this.id, client_id, body })
    );
  }

  #show(entry) {
    this.log.showEntry(entry, [
      ["Try again", () => this.outbox.retry(entry.client_id)],
      ["Discard", () => this.#discard(entry)],
    ]);
    if (entry.state === "failed") this.status.say(NOT_SENT);
  }

  #calmDown() {
    if (this.status.text !== NOT_SENT || !this.connection.isOpen) return;
    if (!this.outbox.entries.some(({ state }) => state === "failed")) this.status.say("Connected");
  }

  #discard({ client_id }) {
    this.outbox.remove(client_id);
    this.log.removeEntry(client_id);
    this.#calmDown();
    this.field?.focus();
  }

  #refused({ code, text, room, client_id, retry_after }) {
    if (client_id && this.outbox.find(client_id)) {
      if (code === "flood") this.outbox.pause(client_id, retry_after ?? 10);
      else this.outbox.fail(client_id, text);
    } else if (room === this.id || room === undefined) {
      this.status.say(text);
    }
  }

  // ------------------------------------------------------------ writing

  #listen() {
    if (!this.form || !this.field) return;
    this.field.enterKeyHint = "send";
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#write();
    });
    this.field.addEventListener("keydown", (event) => {
      // While a word is being composed, as in Japanese, Enter ends the word.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.form.requestSubmit();
    });
  }

  #write() {
    const body = this.field.value.trim();
    this.field.focus(); // also after a click on the button; a phone keeps its keyboard
    if (!body || this.gone) return;
    this.field.value = "";
    this.outbox.add(body);
    this.log.follow();
  }

  // ------------------------------------------------------------ older messages

  #lookForOlder() {
    if (!this.olderButton || !this.config.history) return;
    this.olderButton.addEventListener("click", () => this.#fetchOlder());
    // The template says where the page's first message is, if there are older ones.
    this.#setOlder(Number(this.olderButton.dataset.before) || null);
  }

  async #fetchOlder() {
    this.olderButton.disabled = true;
    const page = await this.#page(this.#older);
    this.olderButton.disabled = false;
    if (!page) {
      this.status.say("The older messages could not be loaded.");
      return;
    }
    this.log.addHistory(page.messages);
    this.#setOlder(page.before);
  }

  #setOlder(cursor) {
    this.#older = cursor;
    const hadFocus = document.activeElement === this.olderButton;
    this.olderButton.hidden = cursor === null;
    if (hadFocus && this.olderButton.hidden) this.log.region.focus();
  }

  async #page(before) {
    const address = new URL(this.config.history, location.href);
    address.searchParams.set("before", before);
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      return answer.ok ? await answer.json() : null;
    } catch {
      return null; // no connection; the button is still there
    }
  }
}
