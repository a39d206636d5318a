// The messages that were written here and that the server has not acknowledged yet.
//
// A message leaves the outbox only when the server has it, so nothing is lost with a
// connection; and it keeps its `client_id` for as long as it is tried, by which the
// server knows a message that it has already, so nothing arrives twice.
//
// One message is on its way at a time. It costs each message the round trip of the one
// before, which nobody notices at the speed of writing, and it keeps their order, also
// when one has to wait.
//
// An entry is `queued`, then `sent`, then gone; or it is `failed`, and a person decides.

import { uuid } from "./dom.js";

const PATIENCE = 10_000; // milliseconds for an acknowledgement

export class Outbox {
  #entries = [];
  #timer = null; // ends the wait for an acknowledgement, or a pause
  #paused = false;

  // key: where the tab keeps the entries, so that they survive a reload
  // deliver(entry): gives it to the socket; false where there is none
  // changed(entry): its state is another one
  constructor(key, { deliver, changed }) {
    this.key = key;
    this.deliver = deliver;
    this.changed = changed;
    try {
      this.#entries = JSON.parse(sessionStorage.getItem(key)) ?? [];
    } catch {
      this.#entries = []; // storage is switched off, or holds something else
    }
    for (const entry of this.#entries) {
      if (entry.state === "sent") entry.state = "queued";
    }
  }

  get entries() {
    return [...this.#entries];
  }

  find(clientId) {
    return this.#entries.find((entry) => entry.client_id === clientId);
  }

  add(body) {
    const created_at = new Date().toISOString();
    const entry = { client_id: uuid(), body, created_at, state: "queued", reason: "" };
    this.#entries.push(entry);
    this.#become(entry, "queued");
    this.flush();
  }

  retry(clientId) {
    const entry = this.find(clientId);
    if (entry?.state !== "failed") return;
    this.#become(entry, "queued");
    this.flush();
  }

  // The server has it, or nobody wants it any more.
  remove(clientId) {
    const entry = this.find(clientId);
    if (!entry) return;
    this.#entries = this.#entries.filter((other) => other !== entry);
    this.#save();
    if (entry.state !== "sent") return;
    this.#rest();
    this.flush();
  }

  fail(clientId, reason) {
    const entry = this.find(clientId);
    if (!entry) return;
    const onItsWay = entry.state === "sent";
    this.#become(entry, "failed", reason);
    if (!onItsWay) return;
    this.#rest();
    this.flush();
  }

  // Too many messages for now: all of them wait, so that none overtakes another.
  pause(clientId, seconds) {
    const entry = this.find(clientId);
    if (entry) this.#become(entry, "queued", `Waits ${seconds} s: too many messages.`);
    this.#rest();
    this.#paused = true;
    this.#timer = setTimeout(() => {
      this.#rest();
      this.flush();
    }, seconds * 1000);
  }

  // Without a connection nobody can say whether the message on its way has arrived.
  // It goes again over the next one, under the same client_id.
  disconnected() {
    this.#rest();
    for (const entry of this.#entries) {
      if (entry.state === "sent") this.#become(entry, "queued");
    }
  }

  // Sends the next message, if there is one and none is on its way.
  flush() {
    if (this.#paused || this.#entries.some((entry) => entry.state === "sent")) return;
    const next = this.#entries.find((entry) => entry.state === "queued");
    if (!next || !this.deliver(next)) return;
    this.#become(next, "sent");
    this.#timer = setTimeout(
      () => this.fail(next.client_id, "The server has not answered."),
      PATIENCE,
    );
  }

  #rest() {
    clearTimeout(this.#timer);
    this.#paused = false;
  }

  #become(entry, state, reason = "") {
    entry.state = state;
    entry.reason = reason;
    this.#save();
    this.changed(entry);
  }

  #save() {
    try {
      sessionStorage.setItem(this.key, JSON.stringify(this.#entries));
    } catch {
      // Full or switched off. The entries live on for as long as the page does.
    }
  }
}
