// One line on how things stand, announced by screen readers (role="status"). It is
// written when something changes and not each second: "Reconnecting in 4 s, in 3 s, in
// 2 s" would talk over everything else.

export class Status {
  constructor(place, connection) {
    this.place = place;
    connection.watch((state, seconds) => this.#follow(state, seconds));
  }

  say(text, state = "") {
    if (!this.place || this.closed) return;
    this.place.textContent = text;
    if (state) this.place.dataset.state = state;
  }

  get text() {
    return this.place?.textContent ?? "";
  }

  // The last word: the room is gone, whatever becomes of the connection.
  close(text) {
    this.say(text, "closed");
    this.closed = true;
  }

  #follow(state, seconds) {
    if (state === "open") this.say("Connected", "open");
    if (state === "lost") this.say("The connection is lost", "lost");
    if (state === "waiting") this.say(`Reconnecting in ${seconds} s`, "lost");
    if (state === "refused") this.say("You are signed out", "lost");
    if (state === "connecting") {
      const first = !this.place?.dataset.state;
      this.say(first ? "Connecting…" : "Reconnecting…");
    }
  }
}
