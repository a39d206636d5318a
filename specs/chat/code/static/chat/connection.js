// The one WebSocket of this tab: opens it, keeps it alive, opens it again.
//
// Frames are handed to those who asked for their type by `on`. What becomes of the
// socket itself is told to those who `watch`, in these states:
//   connecting   the socket is being opened
//   open         `hello` has come; from here on frames can be sent
//   lost         it was open and is gone
//   waiting      the next attempt comes in `seconds`
//   refused      the server does not know who this is; no further attempt

const LONGEST_WAIT = 30; // seconds
const PATIENCE = 10_000; // milliseconds for a hello, and for an answer to a ping
const STEADY = 10_000; // a connection that held this long starts the back-off anew
const NOT_SIGNED_IN = 4401;

export class Connection {
  #socket = null;
  #timers = new Set(); // of this attempt; all of them end with it
  #handlers = new Map();
  #watchers = [];
  #features = new Set();
  #attempt = 0;
  #stopped = true;
  #openedAt = 0;
  #heardAt = 0;

  isOpen = false;

  constructor(path) {
    this.address = new URL(path, location.href);
    this.address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    // When the network is back, or the tab is looked at again, waiting is pointless.
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#hurry();
    });
  }

  on(type, handler) {
    if (!this.#handlers.has(type)) this.#handlers.set(type, []);
    this.#handlers.get(type).push(handler);
  }

  watch(watcher) {
    this.#watchers.push(watcher);
  }

  offers(feature) {
    return this.isOpen && this.#features.has(feature);
  }

  // Whether the frame was given to the socket. That says nothing about its arrival:
  // what has to arrive is acknowledged by the server, see outbox.js.
  send(frame) {
    if (!this.isOpen || this.#socket.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  start() {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#attempt = 0;
    this.#open();
  }

  stop() {
    this.#stopped = true;
    this.#end();
  }

  #open() {
    this.#tell("connecting");
    const socket = new WebSocket(this.address);
    this.#socket = socket;
    // What an earlier socket still has to say is not listened to: a dead one may take a
    // minute to close, and by then its successor is at work.
    const listen = (type, action) =>
      socket.addEventListener(type, (event) => {
        if (socket === this.#socket) action(event);
        else if (type === "open") socket.close();
      });
    listen("open", () => {});
    listen("message", (event) => this.#receive(event.data));
    listen("close", (event) => this.#closed(event.code));
    // No listener for "error": a close event follows each error and says more.
    this.#after(PATIENCE, () => {
      if (!this.isOpen) this.#closed();
    });
  }

  #receive(text) {
    this.#heardAt = Date.now();
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return; // not for us; a newer server may know more than this page does
    }
    if (frame === null || typeof frame !== "object") return;
    if (frame.type === "hello") this.#hello(frame);
    for (const handler of this.#handlers.get(frame.type) ?? []) handler(frame);
  }

  #hello(frame) {
    this.#features = new Set(frame.features);
    this.isOpen = true;
    this.#openedAt = Date.now();
    if (this.offers("presence")) this.#beat((frame.heartbeat || 20) * 1000);
    this.#tell("open");
  }

  // A ping tells the server that somebody is still here, and its answer tells us the
  // same of the server: a connection can be dead for many minutes before TCP notices.
  #beat(milliseconds) {
    this.#after(milliseconds, () => {
      const asked = Date.now();
      this.send({ type: "ping" });
      this.#after(PATIENCE, () => {
        if (this.#heardAt < asked) this.#closed();
      });
      this.#beat(milliseconds);
    });
  }

  #closed(code) {
    const wasOpen = this.isOpen;
    this.#end();
    if (wasOpen) this.#tell("lost");
    if (code === NOT_SIGNED_IN) {
      this.#stopped = true;
      this.#tell("refused");
    }
    if (this.#stopped) return;
    // 1, 2, 4 … 30 seconds, each shortened by up to a half at random: after a restart
    // of the server, all its clients would otherwise come back at the same instant.
    if (wasOpen && Date.now() - this.#openedAt > STEADY) this.#attempt = 0;
    const longest = Math.min(LONGEST_WAIT, 2 ** this.#attempt);
    const seconds = Math.max(1, longest * (1 - Math.random() / 2));
    this.#attempt += 1;
    this.#after(seconds * 1000, () => this.#open());
    this.#tell("waiting", Math.round(seconds));
  }

  #hurry() {
    if (this.#stopped || this.#socket) return;
    this.#end();
    this.#open();
  }

  #end() {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    const socket = this.#socket;
    this.#socket = null;
    this.isOpen = false;
    // One that is still connecting is closed by its "open" above: closing it now would
    // have the browser complain in the console.
    if (socket?.readyState === WebSocket.OPEN) socket.close();
  }

  #after(milliseconds, action) {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, milliseconds);
    this.#timers.add(timer);
  }

  #tell(state, seconds) {
    for (const watcher of this.#watchers) watcher(state, seconds);
  }
}
