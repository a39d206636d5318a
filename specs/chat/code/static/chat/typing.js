// Who is writing at this moment: tells the others, and shows what they tell.
//
// None of it is stored, and a frame may be lost. So "is writing" is repeated while
// somebody writes, and each listener forgets it by itself when the repetition stays out.

import { byId } from "./dom.js";
import { idOf } from "./people.js";

const REPEAT = 3000; // milliseconds
const SILENCE = 5000; // without a key, one has stopped writing
const FORGET = 6000; // longer than REPEAT, or the line would flicker

export function watchTyping(connection, config, people) {
  const place = byId("chat-typing");
  const field = byId("chat-body");
  if (place) show(place, connection, config, people);
  if (field) tell(field, connection, config);
}

function show(place, connection, config, people) {
  const writers = new Map(); // id → timer

  const write = () => {
    const ids = [...writers.keys()];
    const verb = ids.length === 1 ? "is" : "are";
    place.textContent = ids.length ? `${people.list(ids)} ${verb} typing…` : "";
  };
  const remove = (id) => {
    clearTimeout(writers.get(id));
    if (writers.delete(id)) write();
  };

  connection.on("typing", (frame) => {
    const id = idOf(frame.user);
    if (frame.room !== config.room || id === config.user.id) return;
    if (typeof frame.user === "object") people.learn(frame.user);
    remove(id);
    if (!frame.active) return;
    writers.set(id, setTimeout(() => remove(id), FORGET));
    write();
  });
  connection.on("message.new", ({ message }) => {
    if (message.author) remove(message.author.id); // what was being written is here
  });
  connection.watch((state) => {
    if (state === "lost") for (const id of [...writers.keys()]) remove(id);
  });
}

function tell(field, connection, config) {
  let told = 0; // when; 0: the others think that nothing is being written
  let silence = null;

  const send = (active) => {
    told = active ? Date.now() : 0;
    if (connection.offers("typing")) connection.send({ type: "typing", room: config.room, active });
  };
  const stop = () => {
    clearTimeout(silence);
    if (told) send(false);
  };

  field.addEventListener("input", () => {
    if (!field.value.trim()) return stop();
    if (Date.now() - told > REPEAT) send(true);
    clearTimeout(silence);
    silence = setTimeout(stop, SILENCE);
  });
  // After the room's own listener, which has taken the text by then.
  field.form?.addEventListener("submit", stop);
  field.addEventListener("blur", stop);
}
