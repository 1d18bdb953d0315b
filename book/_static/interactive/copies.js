// β as copies of clicks: the exact posterior of a taste in one dimension, on a grid.
//
// The page brings four films with a weight and a bias each, the clicks of one person, and the grid.
// A film's logit is w z + b, and z ~ N(0, 1). The q that is best at β = 1/c is proportional to
// p(z) p(x|z)^c, which is the posterior once the person has clicked everything c times.
(() => {
  "use strict";
  const {
    announcer, areaSample, axes, button, clamp, clipped, controls, draw, fill, legend, lineSample,
    make, number, part, path, picture, place, row, slider, spaced, table, tell,
    beliefKinds,
  } = window.Interactive;

  const SHOWN = [-3, 3]; // of z, in the pictures

  // The numbers, all of them sums over the grid.

  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const logSum = (values) => {
    const highest = Math.max(...values);
    return highest + Math.log(sum(values.map((value) => Math.exp(value - highest))));
  };

  // log p(x|z) without the multinomial coefficient.
  function logLikelihood({ weights, biases, clicks }, z) {
    const logits = weights.map((weight, i) => weight * z + biases[i]);
    const total = logSum(logits);
    return sum(logits.map((logit, i) => clicks[i] * (logit - total)));
  }

  const logPrior = (z) => -(z ** 2) / 2 - Math.log(2 * Math.PI) / 2;

  function gridOf(data) {
    const z = spaced(data.grid.slice(0, 2), data.grid[2]);
    const fit = z.map((at) => logLikelihood(data, at));
    return { z, step: z[1] - z[0], fit, prior: z.map(logPrior) };
  }

  // The density r that is proportional to p(z) p(x|z)^copies, and what is told of it.
  function posterior({ z, step, fit, prior }, copies) {
    const logs = z.map((_, i) => prior[i] + copies * fit[i]);
    const total = logSum(logs) + Math.log(step); // log p of all the copies
    const density = logs.map((log) => Math.exp(log - total));
    const mean = (f) => step * sum(density.map((r, i) => r * f(i)));
    const middle = mean((i) => z[i]);
    const likelihood = mean((i) => fit[i]);
    const rate = mean((i) => logs[i] - total - prior[i]);
    return {
      density, mean: middle, sd: Math.sqrt(mean((i) => (z[i] - middle) ** 2)), likelihood, rate,
      elbo: likelihood - rate, objective: likelihood - rate / copies, bound: total / copies,
    };
  }

  // The densities.

  const KIND = { prior: beliefKinds.prior, one: beliefKinds.posterior, more: beliefKinds.q };
  const WORDS =
    "Densities over z: the prior, the posterior of one copy of the clicks, and that of all copies.";
  const HEIGHT = 230;
  const TALLEST = 1.2; // density
  const frame = (width) => ({ left: 34, right: width - 8, top: 30, bottom: HEIGHT - 40 });

  const densityPicture = (state, grid) =>
    picture(WORDS, (svg, width) => {
      const box = frame(width);
      const up = { domain: [0, TALLEST], name: "density" };
      const panel = axes(box, { domain: SHOWN, name: "z" }, up);
      const floor = [...SHOWN].reverse().map((z) => [panel.x(z), panel.y(0)]);
      const at = ({ density }) => seen(grid, density, panel);
      const more = at(state.more);
      const curves = [
        path([...more, ...floor], "area tone-q"),
        path(at(state.none), KIND.prior),
        path(at(state.one), KIND.one),
        path(more, KIND.more),
      ];
      svg.replaceChildren(panel.group, clipped(box, "clip-copies", ...curves));
      return HEIGHT;
    });

  // What of a curve on the grid lies in a picture, at every second place.
  function seen({ z }, values, { x, y }) {
    const inside = ([at], i) => i % 2 === 0 && at >= SHOWN[0] - 0.1 && at <= SHOWN[1] + 0.1;
    return z.map((at, i) => [at, values[i]]).filter(inside).map(([at, v]) => [x(at), y(v)]);
  }

  // What is added up: the logarithms, each less its highest value.

  const SUM_WORDS =
    "Logarithms over z: that of the prior, that of the clicks times their copies, and their sum.";
  const DEEPEST = -8; // nats
  const CLICKS = "curve tone-reconstruction";

  const sumPicture = (state, grid) =>
    picture(SUM_WORDS, (svg, width) => {
      const box = frame(width);
      const up = { domain: [DEEPEST, 0.4], name: "nats below the top" };
      const panel = axes(box, { domain: SHOWN, name: "z" }, up);
      const hung = (values) => {
        const highest = Math.max(...values);
        return seen(grid, values.map((value) => value - highest), panel);
      };
      const clicks = grid.fit.map((value) => state.copies * value);
      const curves = [
        path(hung(grid.prior), KIND.prior),
        path(hung(clicks), CLICKS),
        path(hung(clicks.map((value, i) => value + grid.prior[i])), KIND.more),
      ];
      svg.replaceChildren(panel.group, clipped(box, "clip-sum", ...curves));
      return HEIGHT;
    });

  const KEY = [
    [lineSample(KIND.prior), "prior"],
    [lineSample(KIND.one), "posterior, 1 copy"],
    [draw("g", {}, areaSample("area tone-q"), lineSample(KIND.more)), "posterior, all copies"],
  ];
  const SUM_KEY = [
    [lineSample(KIND.prior), "log p(z)"],
    [lineSample(CLICKS), "log p(x|z), times the copies"],
    [lineSample(KIND.more), "their sum"],
  ];

  // The numbers in a table, and the sum.

  const ROWS = {
    mean: "mean of z",
    sd: "standard deviation",
    likelihood: "E log p(x|z), 1 copy",
    rate: "rate: KL from the prior",
    elbo: "ELBO, 1 copy",
  };
  const COLUMNS = ["none", "one", "more"];

  function numberTable() {
    const cells = (name) => COLUMNS.map((column) => [place(`${name}-${column}`)]);
    const rows = Object.entries(ROWS).map(([name, words]) => row(words, ...cells(name)));
    const heads = ["best q for", "no clicks", "1 copy", place("head")];
    return table(heads, [make("tbody", {}, ...rows)]);
  }

  function sumLine() {
    const left = make("span", {}, "E log p(x|z) − β · rate = ", place("objective"), " ");
    const right = make("span", {}, "= β · log p(all copies) = ", place("bound"), ", ");
    const weight = make("span", {}, "β = 1/", place("copies"));
    return make("p", { class: "sum wide" }, left, right, weight);
  }

  const counted = (copies) => (copies === 1 ? "1 copy" : `${copies} copies`);

  function numbersOf(state) {
    const of = (column) => Object.keys(ROWS).map((name) =>
      [`${name}-${column}`, number(state[column][name], 3)]);
    const { objective, bound } = state.more;
    return Object.fromEntries([
      ...COLUMNS.flatMap(of),
      ["objective", number(objective, 3)], ["bound", number(bound, 3)],
      ["copies", `${state.copies}`], ["head", counted(state.copies)],
    ]);
  }

  const summary = (shown) =>
    `Copies ${shown.copies}: standard deviation ${shown["sd-more"]}, with one copy ` +
    `${shown["sd-one"]}; mean ${shown["mean-more"]}`;

  // The part.

  part("copies", (data) => {
    const grid = gridOf(data);
    const counts = spaced(data.copies, data.copies[1] - data.copies[0] + 1);
    const found = new Map([0, ...counts].map((copies) => [copies, posterior(grid, copies)]));
    const state = { copies: data.start, none: found.get(0), one: found.get(1) };
    const pictures = [densityPicture(state, grid), sumPicture(state, grid)];
    const name = "copies of the clicks, 1/β";
    const control = slider({ name, range: data.copies, step: 1, show: String, change: move });
    const numbers = make("div", { class: "numbers wide" }, numberTable(), sumLine());
    const heard = announcer();
    const clicked = data.films.filter((_, i) => data.clicks[i]).join(" and ");
    const who = make("p", {}, `Of ${data.films.join(", ")}, somebody clicked ${clicked}.`);

    function move(copies) {
      state.copies = clamp(Math.round(copies), data.copies);
      state.more = found.get(state.copies);
      control.set(state.copies);
      for (const shown of pictures) shown.redraw();
      const shown = numbersOf(state);
      fill(numbers, shown);
      tell("copies", { ...shown, beta: number(1 / state.copies, 2), sd: shown["sd-more"] });
      heard.say(summary(shown));
    }

    const begin = () => move(data.start);
    begin();
    return [
      who,
      controls("controls one", [control.element], [button("Start again", begin)]),
      make("div", { class: "left" }, legend(KEY), pictures[0].element),
      make("div", { class: "right" }, legend(SUM_KEY), pictures[1].element),
      numbers,
      heard.element,
    ];
  });
})();
