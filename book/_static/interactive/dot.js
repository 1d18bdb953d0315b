// A few people and films in two dimensions: what their dot products predict, and the loss.
//
// The page brings names, first places, and the stars that were given (null where nobody knows). A
// prediction is middle + p · q; the loss is the mean squared error over the stars that were given,
// and λ times all squared lengths over their number.
(() => {
  "use strict";
  const {
    announcer, axes, bar, button, clamp, clipped, controls, draggable, draw, fill, legend,
    lineSample, make, number, part, path, picture, place, row, scale, slider, table, tell, write,
  } = window.Interactive;

  const REACH = [-2.2, 2.2]; // of both dimensions
  const EDGE = 2.05; // where lines are named
  const LARGEST = 2; // λ

  // The numbers. A state has the places `at`, by name, and λ.

  const dot = ([a, b], [c, d]) => a * c + b * d;

  // Every person with every film, and what was given.
  const pairs = ({ people, films, stars }) =>
    people.flatMap((person, u) =>
      films.map((film, i) => ({ person, film, given: stars[u][i] })));

  const predict = (data, at, { person, film }) => data.middle + dot(at[person], at[film]);

  function lossOf(data, { at, lambda }) {
    const given = pairs(data).filter((pair) => pair.given !== null);
    const squares = given.map((pair) => (pair.given - predict(data, at, pair)) ** 2);
    const error = squares.reduce((sum, square) => sum + square, 0) / given.length;
    const lengths = Object.values(at).reduce((sum, v) => sum + dot(v, v), 0);
    const penalty = (lambda * lengths) / given.length;
    return { error, penalty, loss: error + penalty };
  }

  // One step of gradient descent, of all at once.
  function descend(data, { at, lambda }) {
    const given = pairs(data).filter((pair) => pair.given !== null);
    const pulled = ([name, v]) => [name, v.map((x) => -lambda * x)];
    const down = Object.fromEntries(Object.entries(at).map(pulled));
    for (const pair of given) {
      const rest = pair.given - predict(data, at, pair);
      const { person, film } = pair;
      down[person] = down[person].map((x, d) => x + rest * at[film][d]);
      down[film] = down[film].map((x, d) => x + rest * at[person][d]);
    }
    const step = (2 * data.rate) / given.length;
    const moved = ([name, v]) => [name, v.map((x, d) => inside(x + step * down[name][d]))];
    return Object.fromEntries(Object.entries(at).map(moved));
  }

  const inside = (value) => clamp(value, REACH);

  // The plane: people are discs with an arrow, films are squares.

  const WORDS =
    "A plane with people as arrows, films as squares, and lines of equal stars of the chosen one.";
  const isPerson = (data, name) => data.people.includes(name);
  const toneOf = (data, name) => (isPerson(data, name) ? "tone-blue" : "tone-vermillion");

  const disc = (x, y, kind) => draw("circle", { class: kind, cx: x, cy: y, r: 7 });
  const square = (x, y, kind) =>
    draw("rect", { class: kind, x: x - 6, y: y - 6, width: 12, height: 12 });

  const KEY = [
    [draw("g", {}, disc(15, 8, "mark tone-blue")), "a person"],
    [draw("g", {}, square(15, 8, "mark tone-vermillion")), "a film"],
    [lineSample("level"), "equal stars, from the one chosen"],
  ];

  // The line of places whose dot product with v is a number, as long as the plane is wide.
  function levelLine(v, product, { x, y }) {
    const square = dot(v, v);
    const foot = v.map((value) => (value * product) / square);
    const [along, across] = [-v[1], v[0]].map((value) => (value * 7) / Math.sqrt(square));
    const end = (sign) => [x(foot[0] + sign * along), y(foot[1] + sign * across)];
    return path([end(-1), end(1)], "level");
  }

  // The stars of a line, where it leaves the plane.
  function levelName(v, product, stars, { x, y }) {
    const foot = v.map((value) => (value * product) / dot(v, v));
    if (Math.max(...foot.map(Math.abs)) > EDGE) return [];
    const way = [v[1], -v[0]];
    const until = (step, d) => (step === 0 ? Infinity : (Math.sign(step) * EDGE - foot[d]) / step);
    const far = Math.min(...way.map(until));
    const [a, b] = foot.map((value, d) => value + far * way[d]);
    const middle = { "text-anchor": "middle", class: "name" };
    return [write(x(a), y(b) + 4, `${stars}★`, middle)];
  }

  function levels(data, { at, chosen }, panel, box) {
    const v = at[chosen];
    if (dot(v, v) < 0.01) return [];
    const stars = [1, 2, 3, 4, 5];
    const lines = stars.map((star) => levelLine(v, star - data.middle, panel));
    const names = stars.flatMap((star) => levelName(v, star - data.middle, star, panel));
    return [clipped(box, "clip-dot", ...lines), ...names];
  }

  function nameOf(name, [x, y], right, chosen) {
    const left = x > right - 50;
    const look = { class: chosen ? "strong" : "", "text-anchor": left ? "end" : "start" };
    return write(x + (left ? -11 : 11), y - 7, name, look);
  }

  function planePicture(data, state, move) {
    const layer = draw("g");
    const names = [...data.people, ...data.films];
    const handles = names.map((name) => {
      const shape = (isPerson(data, name) ? disc : square)(0, 0, "mark");
      const reach = draw("circle", { class: "reach", r: 19 });
      const kind = `handle ${toneOf(data, name)}`;
      return draw("g", { class: kind, "data-name": name }, reach, shape);
    });
    let [panel, held] = [null, ""];
    const shown = picture(WORDS, (svg, width) => {
      const side = Math.min(width - 46, 360);
      const box = { left: 32, right: 32 + side, top: 30, bottom: 30 + side };
      const factor = (name) => ({ domain: REACH, name });
      panel = axes(box, factor("first factor"), factor("second factor"));
      const spot = (name) => [panel.x(state.at[name][0]), panel.y(state.at[name][1])];
      const origin = [panel.x(0), panel.y(0)];
      const arrows = data.people.map((name) => path([origin, spot(name)], "curve thin tone-blue"));
      const words = names.map((name) => nameOf(name, spot(name), box.right, name === state.chosen));
      const lines = levels(data, state, panel, box);
      layer.replaceChildren(panel.group, ...lines, ...arrows, ...words);
      for (const handle of handles) {
        handle.setAttribute("transform", `translate(${spot(handle.dataset.name).join(" ")})`);
      }
      return box.bottom + 40;
    });
    shown.svg.append(layer, ...handles);
    shown.svg.addEventListener("pointerdown", (event) => {
      held = event.target.closest(".handle")?.dataset.name ?? "";
      if (held) move({ chosen: held });
    });
    draggable(shown.svg, ".handle", (x, y) =>
      move({ chosen: held, place: [panel.x.invert(x), panel.y.invert(y)] }));
    return shown;
  }

  // The loss as two bars, one after the other.

  const BAR_WORDS = "A bar as long as the loss: the mean squared error, and the penalty after it.";
  const LONGEST = 5;

  const barPicture = (data, state) =>
    picture(BAR_WORDS, (svg, width) => {
      const { error, penalty, loss } = lossOf(data, state);
      const box = { left: 8, right: width - 12, top: 46, bottom: 46 };
      const domain = [0, Math.max(LONGEST, Math.ceil(loss))];
      const x = scale(domain, [box.left, box.right]);
      const bars = [
        bar(x(0), x(error), 20, 18, "bar tone-reconstruction"),
        bar(x(error), x(loss), 20, 18, "bar rim tone-rate"),
      ];
      const line = axes(box, { domain, name: "loss" }, { domain: [0, 1], ticks: [] });
      svg.replaceChildren(...bars, line.group);
      return 88;
    });

  const BAR_KEY = [
    [bar(1, 29, 3, 10, "bar tone-reconstruction"), "error"],
    [bar(1, 29, 3, 10, "bar rim tone-rate"), "penalty"],
  ];

  // The predictions in a table, with what was given below.

  const slot = ({ person, film }) => `${person}-${film}`;

  function cellOf(pair) {
    const words = pair.given === null ? "not rated" : `gave ${pair.given}`;
    return [place(slot(pair)), make("small", {}, words)];
  }

  function predictionTable(data) {
    const of = (name) => pairs(data).filter(({ person }) => person === name);
    const rows = data.people.map((name) => row(name, ...of(name).map(cellOf)));
    return table(["who", ...data.films], [make("tbody", {}, ...rows)]);
  }

  function readings(data, state) {
    const stars = pairs(data).map((pair) => [slot(pair), number(predict(data, state.at, pair), 2)]);
    const found = lossOf(data, state);
    const losses = Object.entries(found).map(([name, value]) => [name, number(value)]);
    return Object.fromEntries([...stars, ...losses]);
  }

  function lossLine() {
    const parts = ["error ", place("error"), " + penalty ", place("penalty"), " = ", place("loss")];
    return make("p", { class: "sum" }, ...parts);
  }

  function summary(data, { chosen, at }, shown) {
    const own = pairs(data).filter(({ person, film }) => [person, film].includes(chosen));
    const other = ({ person, film }) => (person === chosen ? film : person);
    const stars = own.map((pair) => `${other(pair)} ${shown[slot(pair)]}`);
    const where = at[chosen].map((value) => number(value, 2)).join(", ");
    return `${chosen} at ${where}. Stars: ${stars.join(", ")}. Loss ${shown.loss}`;
  }

  // Who or what the two sliders move.
  function choice(data, change) {
    const group = (label, names) =>
      make("optgroup", { label }, ...names.map((name) => make("option", {}, name)));
    const groups = [group("people", data.people), group("films", data.films)];
    const input = make("select", { autocomplete: "off" }, ...groups);
    input.addEventListener("change", () => change({ chosen: input.value }));
    const element = make("label", { class: "choice" }, "the sliders move ", input);
    return { element, set: (name) => (input.value = name) };
  }

  // The part.

  part("dot", (data) => {
    const state = { at: {}, lambda: 0, chosen: data.people[0] };
    const pictures = [planePicture(data, state, move), barPicture(data, state)];
    const show = (value) => number(value, 2);
    const along = (name, d) => {
      const change = (value) =>
        move({ place: state.at[state.chosen].map((x, other) => (other === d ? value : x)) });
      return slider({ name, range: REACH, step: 0.01, show, change });
    };
    const sliders = [along("first factor", 0), along("second factor", 1)];
    const change = (lambda) => move({ lambda });
    const weight = { name: "λ, the penalty", range: [0, LARGEST], step: 0.05 };
    const decay = slider({ ...weight, show, change });
    const chooser = choice(data, move);
    const numbers = make("div", { class: "numbers" }, predictionTable(data), lossLine());
    const heard = announcer();

    function move({ place: to, ...rest }) {
      Object.assign(state, rest);
      if (to) state.at = { ...state.at, [state.chosen]: to.map(inside) };
      chooser.set(state.chosen);
      sliders.forEach((one, d) => one.set(state.at[state.chosen][d]));
      decay.set(state.lambda);
      for (const shown of pictures) shown.redraw();
      const shown = readings(data, state);
      fill(numbers, shown);
      tell("dot", { loss: shown.loss, error: shown.error });
      heard.say(summary(data, state, shown));
    }

    function step(times) {
      for (let i = 0; i < times; i++) state.at = descend(data, state);
      move({});
    }

    function begin() {
      state.at = { ...data.places };
      move({ lambda: 0, chosen: data.people[0] });
    }

    const buttons = [
      button("One gradient step", () => step(1)),
      button("A hundred", () => step(100)),
      button("Start again", begin),
    ];
    const moving = [...sliders, decay].map((one) => one.element);
    begin();
    return [
      make("div", { class: "left" }, legend(KEY), pictures[0].element),
      make("div", { class: "right" }, numbers, legend(BAR_KEY), pictures[1].element),
      controls("controls three", moving, [chooser.element, ...buttons]),
      heard.element,
    ];
  });
})();
