// Walk along one direction of the code, and see which films come and go.
//
// Needs: live/arrays live/ranking live/linear live/autoencoder live/models
// Needs: meet/room meet/networks
(() => {
  "use strict";
  const { announcer, make, number, part, slider, tell } = window.Interactive;
  const { none, topK } = window.LiveModels;
  const room = window.Meet;

  const [LENGTH, OFFERED, FAR] = [6, 8, 4]; // films, directions, and how far the slider goes

  // How much of the hidden units a step along dimension d moves: the length of a column of V'.
  function strength({ weight: { shape: [rows, width], values } }, d) {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += values[row * width + d] ** 2;
    return Math.sqrt(sum);
  }

  function strongest(model) {
    const [first] = model.decoder;
    const all = Array.from({ length: model.latent }, (_, d) => [d, strength(first, d)]);
    return all.sort(([, a], [, b]) => b - a).slice(0, OFFERED).map(([d]) => d);
  }

  // The list at z + t e_d.
  function listAt(model, d, t) {
    const z = Float64Array.from(model.encode(room.picks).mu);
    z[d] += t;
    return topK(model.decode(z).logits, LENGTH, room.picks);
  }

  function column(words) {
    const films = make("div", { class: "films" });
    const head = make("h3", { class: "meet-head" }, words);
    return { films, head, element: make("section", { class: "meet-list" }, head, films) };
  }

  part("meet-slide", () => {
    if (!room) return [none()];
    const state = { d: null, t: 0, of: null };
    const select = make("select", {});
    const columns = [column(`${FAR} steps down`), column("Here"), column(`${FAR} steps up`)];
    const heard = announcer();
    const show = (t) => `${number(t, 1)}`;
    const range = [-FAR, FAR];
    const move = slider({ name: "Steps along it, t", range, step: 0.1, show, change });

    function change(t) {
      state.t = t;
      move.set(t);
      lists();
    }

    function lists() {
      const model = room.network();
      if (!model) return;
      const still = listAt(model, state.d, 0);
      const found = [-FAR, state.t, FAR].map((t) => listAt(model, state.d, t));
      const isNew = (film) => !still.includes(film);
      columns.forEach(({ films }, i) => films.replaceChildren(room.listed(found[i], isNew)));
      const came = found[1].filter(isNew).length;
      columns[1].head.textContent = `Here: ${came} of ${LENGTH} are new`;
      tell("meet-slide", { new: String(came) });
      const names = found[1].map((film) => room.names[film]);
      heard.say(`At ${show(state.t)} steps: ${names.join("; ")}`);
    }

    // Another network has other directions.
    function offer() {
      if (state.of === room.chosen) return;
      state.of = room.chosen;
      const found = strongest(room.network());
      state.d = found[0];
      const option = (d) => make("option", { value: d }, `z${d + 1}`);
      select.replaceChildren(...found.map(option));
    }

    select.addEventListener("change", () => {
      state.d = Number(select.value);
      lists();
    });
    move.set(0);
    room.whenChanged(() => {
      if (!room.network()) return;
      offer();
      lists();
    }, "soon");
    const which = make("label", { class: "meet-choice" }, make("span", {}, "Direction"), select);
    return [
      make("div", { class: "meet-row wide" }, room.networks(), which),
      make("div", { class: "wide" }, move.element),
      make("div", { class: "meet-three wide" }, ...columns.map(({ element }) => element)),
      heard.element,
    ];
  });
})();
