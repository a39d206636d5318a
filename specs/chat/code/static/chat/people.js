// Who is who. A frame often names a person by id alone; the name comes from the list of
// members, or from a message of theirs.

export class People {
  #names = new Map();

  constructor(list, user) {
    for (const item of list?.querySelectorAll("[data-user][data-name]") ?? []) {
      this.learn({ id: Number(item.dataset.user), name: item.dataset.name });
    }
    this.learn(user);
  }

  learn({ id, name }) {
    if (name) this.#names.set(id, name);
  }

  name(id) {
    return this.#names.get(id);
  }

  // "Mira", "Mira and Tomas", "Mira, Tomas and 2 more"
  list(ids) {
    const names = ids.map((id) => this.name(id)).filter(Boolean);
    const shown = names.slice(0, names.length > 3 || names.length < ids.length ? 2 : 3);
    const rest = ids.length - shown.length;
    if (rest && !shown.length) return rest === 1 ? "somebody" : `${rest} people`;
    if (rest) return `${shown.join(", ")} and ${rest} more`;
    const last = shown.pop();
    return shown.length ? `${shown.join(", ")} and ${last}` : last;
  }
}

// Frames name a user by id, or by an object that holds it.
export function idOf(user) {
  return typeof user === "object" && user !== null ? user.id : user;
}
