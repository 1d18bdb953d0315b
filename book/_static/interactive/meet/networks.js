// To choose the network that is looked into: the same one in all parts of the page.
(() => {
  "use strict";
  const { make } = window.Interactive;
  const room = window.Meet;
  if (!room) return;

  function networks() {
    const ours = room.known.filter(({ kind }) => kind === "mult-vae").map(({ name }) => name);
    const select = make("select", {});
    select.append(...ours.map((name) => make("option", { value: name }, room.label(name))));
    select.addEventListener("change", () => room.look(select.value));
    room.whenChanged(() => (select.value = room.chosen));
    return make("label", { class: "meet-choice" }, make("span", {}, "The network"), select);
  }

  // A list of films, of which some may be marked.
  function listed(films, isMarked = () => false) {
    const item = (film) =>
      make("li", isMarked(film) ? { class: "new" } : {}, room.names[film]);
    return make("ol", {}, ...films.map(item));
  }

  Object.assign(room, { listed, networks });
})();
