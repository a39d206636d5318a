// The list of messages on the page. It knows elements, and nothing of sockets.
//
// A message may come several times: from the server's template, from the socket, as an
// answer to one's own, among those missed, from the history. Its id decides: what is in
// the list already is not put in again. A message of one's own has no id until it is
// stored; until then its author and `client_id` stand for it.

import { button, element, localTime } from "./dom.js";

const NEAR_THE_END = 80; // pixels

export class Log {
  #items = new Map(); // id of a message → its <li>
  #waiting = new Map(); // author and client_id → <li> of a message without an id
  #following = true;

  // list: the <ol>; user: who reads; people: whose names are learnt on the way
  constructor(list, user, people) {
    this.list = list;
    this.user = user;
    this.people = people;
    // The element that scrolls, and that screen readers listen to.
    this.region = list.closest("[role=log]") ?? list;
    this.region.tabIndex = 0; // so that the arrow keys can scroll it
    for (const item of list.children) this.#adopt(item);

    this.newer = button("New messages below", () => this.follow());
    this.newer.classList.add("newer");
    this.newer.hidden = true;
    this.region.after(this.newer);

    this.region.addEventListener("scroll", () => {
      this.#following = this.isAtEnd;
      if (this.#following) this.newer.hidden = true;
    });
    // The keyboard of a phone, or a turn of it, changes the height.
    new ResizeObserver(() => this.keepEnd()).observe(this.region);
    this.follow();
  }

  get isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.region;
    return scrollHeight - scrollTop - clientHeight < NEAR_THE_END;
  }

  // All ids, ascending.
  get ids() {
    return [...this.#items.keys()].sort((one, other) => one - other);
  }

  get lastId() {
    return Math.max(0, ...this.#items.keys());
  }

  item(id) {
    return this.#items.get(id);
  }

  holdsOwn(clientId) {
    return Array.from(this.#items.values()).some((item) => {
      const { author, clientId: theirs } = item.dataset;
      return theirs === clientId && author === String(this.user.id);
    });
  }

  follow() {
    this.#following = true;
    this.newer.hidden = true;
    this.region.scrollTop = this.region.scrollHeight;
  }

  // Something in the list has changed its height.
  keepEnd() {
    if (this.#following) this.follow();
  }

  // Messages that arrive: at the end mostly, wherever their id belongs in any case.
  add(messages) {
    const fresh = messages.filter((message) => this.#put(message));
    this.keepEnd();
    const byOthers = fresh.some(({ author }) => author?.id !== this.user.id);
    if (byOthers && !this.#following) this.newer.hidden = false;
    return fresh;
  }

  // Messages that were here before the page was: nobody wants them read out, and what
  // is being read must not move away under the eyes.
  addHistory(messages) {
    this.#unannounced(() => {
      const fromEnd = this.region.scrollHeight - this.region.scrollTop;
      for (const message of messages) this.#put(message);
      this.region.scrollTop = this.region.scrollHeight - fromEnd;
    });
  }

  // Messages that were missed while the connection was lost, maybe a hundred of them.
  addMissed(messages) {
    return this.#unannounced(() => this.add(messages));
  }

  // One of the outbox. `actions` are its buttons: [["Try again", function], …]
  showEntry(entry, actions = []) {
    const own = { id: null, author: this.user };
    const item = this.#put({ ...entry, ...own }) ?? this.#waiting.get(this.#key(entry.client_id));
    item.classList.add("is-own");
    item.classList.toggle("is-pending", entry.state !== "failed");
    item.classList.toggle("is-failed", entry.state === "failed");
    item.querySelector(".message-note")?.remove();
    const text = entry.state === "failed" ? `Not sent. ${entry.reason}` : entry.reason;
    if (!text) return;
    // The status line announces it; said twice, it would be noise.
    const note = element("div", { class: "message-note", "aria-live": "off" });
    note.append(element("span", {}, text));
    for (const [label, action] of actions) note.append(button(label, action));
    item.append(note);
    this.keepEnd();
  }

  // It went through a server that stores nothing, so it has no id and never gets one.
  confirmEntry(clientId) {
    const item = this.#waiting.get(this.#key(clientId));
    item?.classList.remove("is-pending", "is-failed");
    item?.querySelector(".message-note")?.remove();
  }

  removeEntry(clientId) {
    const key = this.#key(clientId);
    this.#waiting.get(key)?.remove();
    this.#waiting.delete(key);
  }

  // ------------------------------------------------------------------- within

  #adopt(item) {
    const { message, author } = item.dataset;
    if (!message) return;
    this.#items.set(Number(message), item);
    if (author === String(this.user.id)) item.classList.add("is-own");
    const name = item.querySelector(".message-author")?.textContent.trim();
    if (author && name) this.people.learn({ id: Number(author), name });
    const time = item.querySelector("time[datetime]");
    if (time) time.textContent = localTime(time.dateTime);
  }

  #key(clientId, author = this.user) {
    return `${author?.id ?? ""} ${clientId}`;
  }

  // A server that knows nothing of accounts names no author; then one's own messages
  // are those that were written here.
  #keyOf({ client_id, author }) {
    const own = this.#key(client_id);
    return !author && this.#waiting.has(own) ? own : this.#key(client_id, author);
  }

  // The new <li>, or nothing where the message was in the list.
  #put(message) {
    if (message.author) this.people.learn(message.author);
    if (message.id !== null && this.#items.has(message.id)) return null;
    const key = this.#keyOf(message);
    const waiting = this.#waiting.get(key);
    if (message.id === null) {
      if (waiting) return null;
      const item = this.#build(message);
      this.#waiting.set(key, item);
      this.list.append(item);
      return item;
    }
    const item = waiting ?? this.#build(message);
    if (waiting) this.#settle(waiting, message);
    this.#waiting.delete(key);
    this.#items.set(message.id, item);
    this.#place(item, message.id);
    return waiting ? null : item;
  }

  #build(message) {
    const item = element(
      "li",
      { "data-client-id": message.client_id },
      element(
        "p",
        { class: "message-meta" },
        element("span", { class: "message-author" }, message.author?.name ?? "Somebody"),
        " ",
        element("time", { datetime: message.created_at }, localTime(message.created_at)),
      ),
      element("p", { class: "message-body" }, message.body),
    );
    if (message.id !== null) item.dataset.message = message.id;
    if (message.author) item.dataset.author = message.author.id;
    if (message.author?.id === this.user.id) item.classList.add("is-own");
    return item;
  }

  // One's own message, acknowledged: the server's words replace what was assumed.
  #settle(item, message) {
    item.classList.remove("is-pending", "is-failed");
    item.querySelector(".message-note")?.remove();
    item.dataset.message = message.id;
    if (message.author) item.dataset.author = message.author.id;
    item.querySelector(".message-body").textContent = message.body;
    const time = item.querySelector("time");
    time.dateTime = message.created_at;
    time.textContent = localTime(message.created_at);
  }

  // By id, and before all that have none. An element that stands right is not touched:
  // moving it would have a screen reader read it again.
  #place(item, id) {
    const isLater = ({ dataset }) => !dataset.message || Number(dataset.message) > id;
    let before = this.list.lastElementChild;
    while (before && (before === item || isLater(before))) before = before.previousElementSibling;
    const place = before ? before.nextElementSibling : this.list.firstElementChild;
    if (place !== item) this.list.insertBefore(item, place);
  }

  #unannounced(change) {
    this.region.setAttribute("aria-live", "off");
    // Screen readers look a moment after the change, so the region stays mute for one.
    clearTimeout(this.mute);
    this.mute = setTimeout(() => this.region.setAttribute("aria-live", "polite"), 1000);
    return change();
  }
}
