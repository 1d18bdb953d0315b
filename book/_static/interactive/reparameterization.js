// Two estimates of the gradient of E_q[f(z)], q = N(mu, sigma^2), f(z) = (z - 2)^2, from one noise.
//
// The noise stays when mu and sigma move, and everything else is computed anew from it.
(() => {
  "use strict";
  const {
    announcer, areaSample, axes, button, clamp, clipped, controls, draw, fill, folded, legend,
    lineSample, make, normal, normalSliders, number, part, path, picture, place, row, segment,
    spaced, table, tell, write,
  } = window.Interactive;

  const TARGET = 2;
  const START = { mu: 1, sigma: 0.3 };
  const FIRST = 100; // draws that are there at first, so that there is something to see
  const MOST = 2000; // where playing ends
  const RANGE = { mu: [0, 4], sigma: [0.2, 1] };
  const SEED = 2026;
  const KEYS = ["mu", "sigma"];
  const OF = { mu: "μ", sigma: "σ" };
  const WAYS = ["pathwise", "score"];
  const NAME = { pathwise: "pathwise", score: "score function" };

  // The estimates.

  const f = (z) => (z - TARGET) ** 2;
  const slope = (z) => 2 * (z - TARGET);
  const truth = ({ mu, sigma }) => ({ mu: slope(mu), sigma: 2 * sigma });

  const ESTIMATE = {
    pathwise: {
      mu: (z) => slope(z),
      sigma: (z, q) => (slope(z) * (z - q.mu)) / q.sigma,
    },
    score: {
      mu: (z, q) => (f(z) * (z - q.mu)) / q.sigma ** 2,
      sigma: (z, q) => (f(z) * ((z - q.mu) ** 2 - q.sigma ** 2)) / q.sigma ** 3,
    },
  };

  // After each draw: the mean so far, its standard error (none after one draw), the variance.
  function running(values) {
    let mean = 0;
    let squares = 0;
    return values.map((value, i) => {
      const step = value - mean;
      mean += step / (i + 1);
      squares += step * (value - mean);
      const variance = i > 0 ? squares / i : NaN;
      return { value, mean, variance, se: Math.sqrt(variance / (i + 1)) };
    });
  }

  function histories(noise, q) {
    const of = (way, key) => running(noise.map((e) => ESTIMATE[way][key](q.mu + q.sigma * e, q)));
    const both = (way) => ({ mu: of(way, "mu"), sigma: of(way, "sigma") });
    return { pathwise: both("pathwise"), score: both("score") };
  }

  // The picture of the way from epsilon, below, through z to f(z), with the last draws faint.

  const MAP_WORDS =
    "Noise epsilon below, led to z = mu + sigma times epsilon, and f(z) above with its gradient.";
  const MAP_KEY = [
    [areaSample("area tone-q"), "q(z)"],
    [lineSample("curve tone-grey"), "f(z) = (z − 2)²"],
    [arrow(1, 8, 28), "gradient f′(z)"],
  ];
  const FAINT = 24; // earlier draws that stay to be seen
  const FLOOR = 262; // where the axis of epsilon lies

  const CODES = [-2.5, 6.5]; // the z that are shown

  function arrow(x, y, length) {
    const end = x + length;
    const back = end - Math.sign(length) * Math.min(9, Math.abs(length));
    const head = path([[back, y - 6], [end, y], [back, y + 6]], "head tone-gradient");
    return draw("g", { class: "arrow" }, segment(x, y, back, y, "curve tone-gradient"), head);
  }

  const dot = (x, y, kind) => draw("circle", { class: `dot ${kind}`, cx: x, cy: y, r: 5 });

  // A normal density, a standard one at `at` = identity, in any height.
  function hill(x, floor, height, at, tone) {
    const top = (e) => [x(at(e)), floor - height * Math.exp((-e * e) / 2)];
    return path(spaced([-4, 4], 81).map(top), `area ${tone}`);
  }

  // The last draw, from epsilon up to z and f(z), with the gradient there.
  function latest(e, toCode, { x, y }, below) {
    const z = toCode(e);
    return [
      segment(below.x(e), FLOOR, x(z), y(0), "link"),
      segment(x(z), y(0), x(z), y(f(z)), "guide"),
      dot(below.x(e), FLOOR, ""),
      dot(x(z), y(0), "tone-q"),
      arrow(x(z), y(f(z)), slope(z) * 0.3 * (x(1) - x(0))),
      dot(x(z), y(f(z)), ""),
    ];
  }

  function map({ mu, sigma, noise }, width) {
    const box = { left: 30, right: width - 10, top: 30, bottom: 160 };
    const strip = { ...box, top: FLOOR, bottom: FLOOR };
    const panel = axes(box, { domain: CODES, name: "z" }, { domain: [0, 20], name: "f" });
    const below = axes(strip, { domain: [-3.5, 3.5], name: "ε" }, { domain: [0, 1], ticks: [] });
    const toCode = (e) => mu + sigma * e;
    const link = (e) => segment(below.x(e), FLOOR, panel.x(toCode(e)), box.bottom, "link faint");
    const inside = [
      hill(panel.x, box.bottom, 30 / sigma, toCode, "tone-q"),
      hill(below.x, FLOOR, 40, (e) => e, "tone-prior"),
      path(spaced(CODES, 121).map((z) => [panel.x(z), panel.y(f(z))]), "curve tone-grey"),
      ...noise.slice(-1 - FAINT, -1).map(link),
      ...latest(noise.at(-1), toCode, panel, below),
    ];
    const room = { ...box, left: 0, right: width, bottom: FLOOR + 8 };
    return [panel.group, below.group, clipped(room, "clip-map", ...inside)];
  }

  const mapPicture = (state) =>
    picture(MAP_WORDS, (svg, width) => {
      svg.replaceChildren(...map(state, width));
      return FLOOR + 40;
    });

  // The picture of the errors: a panel for each parameter, both axes logarithmic. Dashed lines fall
  // with the root of the number of draws from one draw's deviation, which has a closed form here.

  const ERROR_WORDS =
    "The error of both running means against the number of draws, on logarithmic axes.";
  const KIND = { pathwise: "tone-blue", score: "tone-vermillion" };
  const ERROR_KEY = [
    ...WAYS.map((way) => [lineSample(`curve ${KIND[way]}`), NAME[way]]),
    [lineSample("curve thin tone-grey dashed"), "to be expected: deviation / √draws"],
  ];
  const PANEL = 140;

  // Variance of one draw's estimate, with d = mu - TARGET and the moments of a normal number.
  function variance(way, key, { mu, sigma }) {
    const d = mu - TARGET;
    if (way === "pathwise") return key === "mu" ? 4 * sigma ** 2 : 4 * d ** 2 + 8 * sigma ** 2;
    if (key === "mu") return d ** 4 / sigma ** 2 + 14 * d ** 2 + 15 * sigma ** 2;
    return (2 * d ** 4) / sigma ** 2 + 60 * d ** 2 + 74 * sigma ** 2;
  }

  // Pairs of the number of a draw and what is known after it: some hundreds, the last among them.
  function thin(list) {
    const every = Math.ceil(list.length / 300);
    const kept = (_, i) => i < 20 || i % every === 0 || i === list.length - 1;
    return list.map((it, i) => [i + 1, it]).filter(kept);
  }

  const ERRORS = [0.001, 100];

  function track(list, panel, way, centre) {
    const error = ({ mean }) => clamp(Math.abs(mean - centre), ERRORS);
    const places = thin(list).map(([i, it]) => [panel.x(i), panel.y(error(it))]);
    const [x, y] = places.at(-1);
    const corner = { pathwise: 5, score: 0 }[way]; // a disc, a square
    const box = { x: x - 5, y: y - 5, width: 10, height: 10, rx: corner };
    const mark = draw("rect", { class: `mark ${KIND[way]}`, ...box });
    return [path(places, `curve fine ${KIND[way]}`), mark];
  }

  function expected(way, key, state, { x, y }) {
    const deviation = Math.sqrt(variance(way, key, state));
    const at = (n) => [x(n), y(clamp(deviation / Math.sqrt(n), ERRORS))];
    return path(x.domain.map(at), `curve thin dashed ${KIND[way]}`);
  }

  const named = (values) => values.map((value) => [value, `${value}`]);
  const drawTicks = (last) => named([1, 10, 100, 1000, 10000].filter((n) => n <= last));

  function errorPanel(key, state, width, top) {
    const box = { left: 44, right: width - 12, top: top + 30, bottom: top + PANEL - 22 };
    const last = Math.max(100, state.noise.length);
    const x = { domain: [1, last], log: true, ticks: drawTicks(last) };
    const y = { domain: ERRORS, log: true, nameAt: 4, name: `error of the mean, d/d${OF[key]}` };
    const panel = axes(box, x, { ...y, ticks: named([0.01, 1, 100]) });
    const centre = truth(state)[key];
    const lines = WAYS.map((way) => expected(way, key, state, panel));
    const drawn = (way) => track(state.found[way][key], panel, way, centre);
    const tracks = [...WAYS].reverse().flatMap(drawn);
    const room = { ...box, left: box.left - 6, right: box.right + 8 };
    return [panel.group, clipped(room, `clip-${key}`, ...lines, ...tracks)];
  }

  const errorPicture = (state) =>
    picture(ERROR_WORDS, (svg, width) => {
      const panels = KEYS.flatMap((key, i) => errorPanel(key, state, width, i * PANEL));
      const under = { class: "name", "text-anchor": "end" };
      const name = write(width - 12, 2 * PANEL + 14, "draws", under);
      svg.replaceChildren(...panels, name);
      return 2 * PANEL + 20;
    });

  // The numbers.

  function estimateRow(way, key) {
    const cells = ["value", "mean", "se"].map((what) => [place(`${way}-${key}-${what}`)]);
    return row(NAME[way], ...cells);
  }

  function estimateRows(key) {
    const words = [`d/d${OF[key]}, true value `, place(`true-${key}`)];
    const head = make("tr", {}, make("th", { colspan: 4, scope: "rowgroup" }, ...words));
    return make("tbody", {}, head, ...WAYS.map((way) => estimateRow(way, key)));
  }

  function sentences() {
    const to = [place("eps"), ", z = μ + σ ε = ", place("z"), ", f′(z) = ", place("slope")];
    const ratios = [place("ratio-mu"), " for μ, ", place("ratio-sigma"), " for σ (draws: "];
    const words = "Variance of the score-function estimate over that of the pathwise one: ";
    const second = make("p", {}, words, ...ratios, place("draws"), ")");
    return make("div", { class: "words" }, make("p", {}, "ε = ", ...to), second);
  }

  function readings(state) {
    const shown = { draws: String(state.noise.length) };
    for (const key of KEYS) {
      const last = (way) => state.found[way][key].at(-1);
      for (const way of WAYS) {
        for (const what of ["value", "mean", "se"]) {
          shown[`${way}-${key}-${what}`] = number(last(way)[what]);
        }
      }
      shown[`true-${key}`] = number(truth(state)[key]);
      shown[`ratio-${key}`] = number(last("score").variance / last("pathwise").variance, 1);
    }
    const eps = state.noise.at(-1);
    const z = state.mu + state.sigma * eps;
    return { ...shown, eps: number(eps), z: number(z), slope: number(slope(z)) };
  }

  function summary(shown) {
    const of = (key) => {
      const means = WAYS.map((way) => `${NAME[way]} ${shown[`${way}-${key}-mean`]}`);
      return `gradient for ${key} ${shown[`true-${key}`]}, ${means.join(", ")}`;
    };
    return `Draws: ${shown.draws}; ${KEYS.map(of).join("; ")}`;
  }

  // The part.

  part("reparameterization", () => {
    const state = { ...START, noise: [], found: null };
    let next = null; // gives the next normal number
    let playing = 0;
    const pictures = [mapPicture(state), errorPicture(state)];
    const sliders = normalSliders(RANGE, (value) => number(value, 2), move);
    const estimates = table(["estimate", "this ε", "mean", "std. error"], KEYS.map(estimateRows));
    const words = sentences();
    const more = folded("wide numbers", "All the numbers", estimates);
    const numbers = make("div", { class: "wide numbers" }, words, more);
    const heard = announcer();

    function move(change) {
      for (const key in change) state[key] = clamp(change[key], RANGE[key]);
      state.found = histories(state.noise, state);
      const shown = readings(state);
      sliders.set(state);
      for (const shown of pictures) shown.redraw();
      fill(numbers, shown);
      tell("reparameterization", { ...shown, sigma: number(state.sigma, 2) });
      heard.say(summary(shown));
    }

    function add(count, change = {}) {
      for (let i = 0; i < count; i++) state.noise.push(next());
      move(change);
    }

    function stop() {
      clearInterval(playing);
      playing = 0;
      play.textContent = "Play";
    }

    // A draw at a time, then more and more of them; all at once for readers who prefer no motion.
    function start() {
      if (matchMedia("(prefers-reduced-motion: reduce)").matches) return add(1000);
      play.textContent = "Pause";
      playing = setInterval(() => {
        add(Math.ceil(state.noise.length / 40));
        if (state.noise.length >= MOST) stop();
      }, 120);
    }

    function begin() {
      stop();
      state.noise.length = 0;
      next = normal(SEED);
      add(FIRST, START);
    }

    const play = button("Play", () => (playing ? stop() : start()));
    const buttons = [
      play,
      button("Draw ε", () => add(1)),
      button("Draw 100", () => add(100)),
      button("Start again", begin),
    ];
    begin();
    return [
      make("div", { class: "left" }, legend(MAP_KEY), pictures[0].element),
      controls("controls", sliders.elements, buttons),
      make("div", { class: "right" }, legend(ERROR_KEY), pictures[1].element),
      numbers,
      heard.element,
    ];
  });
})();
