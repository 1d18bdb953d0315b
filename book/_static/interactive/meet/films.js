// To choose films: those that are liked, a field to search by title, and some to begin with.
(() => {
  "use strict";
  const { button, make } = window.Interactive;
  const room = window.Meet;
  if (!room) return;

  // A list of titles that a field completes; it is filled once the titles are there.
  function titlesFor(id) {
    const options = make("datalist", { id });
    room.whenChanged(() => {
      if (options.children.length || !room.names.length) return;
      options.append(...room.names.map((name) => make("option", { value: name })));
    });
    return options;
  }

  // A field that calls back when what stands in it is the title of a film.
  function search(id, words, found) {
    const box = { type: "text", list: id, autocomplete: "off", placeholder: words };
    const field = make("input", { ...box, "aria-label": words });
    const look = () => {
      const typed = field.value.trim().toLowerCase();
      const film = room.names.findIndex((name) => name.toLowerCase() === typed);
      if (film < 0) return;
      field.value = "";
      found(film);
    };
    field.addEventListener("input", look);
    field.addEventListener("change", look);
    return field;
  }

  const add = (film) => {
    if (!room.picks.includes(film)) room.choose([...room.picks, film]);
  };

  // The picks, each with a button that takes it off.
  function chips(field) {
    const list = make("ul", { class: "picker-chips", "aria-label": "Films you like" });

    function drop(film) {
      const at = room.picks.indexOf(film);
      room.choose(room.picks.filter((other) => other !== film));
      const rest = list.querySelectorAll("button");
      (rest[Math.min(at, rest.length - 1)] ?? field).focus();
    }

    room.whenChanged(() => {
      if (!room.names.length) return;
      const chip = (film) => {
        const remove = button("×", () => drop(film));
        remove.setAttribute("aria-label", `Remove ${room.names[film]}`);
        return make("li", {}, room.names[film], remove);
      };
      list.replaceChildren(...room.picks.map(chip));
    });
    return list;
  }

  function chooser(id) {
    const field = search(id, "Add a film that you like", add);
    const like = make("span", { class: "picker-like" }, "You like");
    const preset = ([name, films]) => button(name, () => room.choose(films));
    const presets = Object.entries(room.presets).map(preset);
    const words = make("span", {}, "Or try");
    return [
      make("div", { class: "picker-row wide" }, like, chips(field), field, titlesFor(id)),
      make("div", { class: "buttons picker-presets wide" }, words, ...presets),
    ];
  }

  Object.assign(room, { chooser, search, titlesFor });
})();
