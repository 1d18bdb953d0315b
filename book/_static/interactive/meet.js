// What eight models recommend for the same picks, side by side.
//
// Needs: live/arrays live/ranking live/linear live/autoencoder live/models
// Needs: meet/room meet/films meet/networks
(() => {
  "use strict";
  const { announcer, make, part, tell } = window.Interactive;
  const { none, topK } = window.LiveModels;
  const room = window.Meet;

  const LENGTH = 6;
  // In the rows of a wide page: the networks of each framework, and one that is no network.
  const LAST = { pytorch: "ease", gluon: "popularity" };

  function inRows() {
    const named = (framework) =>
      room.known.filter((model) => model.framework === framework).map(({ name }) => name);
    return Object.entries(LAST).flatMap(([framework, last]) => [...named(framework), last]);
  }

  function column(name) {
    const films = make("div", { class: "films" });
    const shared = make("p", { class: "meet-shared" });
    const head = make("h3", { class: "meet-head" }, room.label(name));
    return { films, shared, element: make("section", { class: "meet-list" }, head, films, shared) };
  }

  part("meet", () => {
    if (!room) return [none()];
    const order = inRows();
    const columns = Object.fromEntries(order.map((name) => [name, column(name)]));
    const heard = announcer();
    const lists = new Map(); // what each model recommended last

    // What is new in a list is bold; below it, how much EASE would have recommended too.
    function show(name, ease) {
      const model = room.models.get(name);
      if (!model) return columns[name].films.replaceChildren(room.waiting());
      const films = topK(model.score(room.picks), LENGTH, room.picks);
      const old = lists.get(name) ?? films;
      columns[name].films.replaceChildren(room.listed(films, (film) => !old.includes(film)));
      lists.set(name, films);
      if (!ease || name === "ease") return;
      const both = films.filter((film) => ease.includes(film)).length;
      columns[name].shared.textContent = `${both} of ${LENGTH} as EASE`;
    }

    room.whenChanged(() => {
      const ease = room.models.get("ease");
      const theirs = ease && topK(ease.score(room.picks), LENGTH, room.picks);
      order.forEach((name) => show(name, theirs));
      const best = lists.get(room.chosen)?.map((film) => room.names[film]);
      if (!best) return;
      tell("meet", { first: best[0] });
      heard.say(`${room.label(room.chosen)} finds: ${best.join("; ")}`);
    });

    const lacking = "MXNet was not installed where this book was built, so the three networks of "
      + "Gluon are left out.";
    const hasGluon = room.known.some(({ framework }) => framework === "gluon");
    const rest = hasGluon ? [] : [make("p", { class: "wide" }, lacking)];
    const all = order.map((name) => columns[name].element);
    return [
      ...room.chooser("meet-films"),
      make("div", { class: "meet-lists wide" }, ...all),
      ...rest,
      heard.element,
    ];
  });
})();
