// The evidence lower bound of a one-dimensional model, as q and the model are moved.
//
// Prior z ~ N(0, 1), likelihood x | z ~ N(g(z), S^2) with g(z) = (1 - bend) W z + bend z^2, one
// observation X; q(z) = N(mu, sigma^2). The ELBO has a closed form for any bend, the evidence for
// none only: else it is a sum over a fine grid.
(() => {
  "use strict";
  const {
    announcer, axes, bar, button, clamp, clipped, controls, density, draw, fill, glide, legend,
    lineSample, make, normalSliders, number, part, path, paths, peakHandle, picture, place, roundUp,
    scale, segment, slider, spaced, tell, write,
    beliefKinds: KIND, beliefNames: NAMES,
  } = window.Interactive;

  const W = 1.5;
  const S = 0.8;
  const X = 1.2;
  const PRIOR = { mu: 0, sigma: 1 };
  const START = { mu: -0.5, sigma: 1 };
  const RANGE = { mu: [-2, 2], sigma: [0.2, 1.5] };
  const RATE = 0.1;

  // The numbers.

  const divergence = (q, p) =>
    Math.log(p.sigma / q.sigma) + (q.sigma ** 2 + (q.mu - p.mu) ** 2) / (2 * p.sigma ** 2) - 0.5;

  // E_q[log p(x | z)]: g is a polynomial, and q has moments.
  function likelihood({ mu, sigma }, bend) {
    const [a, b, v] = [(1 - bend) * W, bend, sigma ** 2];
    const second = mu ** 2 + v;
    const third = mu ** 3 + 3 * mu * v;
    const fourth = mu ** 4 + 6 * mu ** 2 * v + 3 * v ** 2;
    const moments = a * a * second + 2 * a * b * third + b * b * fourth;
    const square = X ** 2 - 2 * X * (a * mu + b * second) + moments;
    return -Math.log(S * Math.sqrt(2 * Math.PI)) - square / (2 * S ** 2);
  }

  const elboOf = (q, bend) => likelihood(q, bend) - divergence(q, PRIOR);

  const GRID = spaced([-6, 6], 2401);

  // The evidence, and the posterior's density at any z.
  function modelOf(bend) {
    const mean = (z) => (1 - bend) * W * z + bend * z ** 2;
    const joint = (z) => density(z, PRIOR) * density(X, { mu: mean(z), sigma: S });
    const total = GRID.reduce((sum, z) => sum + joint(z), 0) * (GRID[1] - GRID[0]);
    return { bend, evidence: Math.log(total), posterior: (z) => joint(z) / total };
  }

  function bound(q, { bend, evidence }) {
    const [explained, kl] = [likelihood(q, bend), divergence(q, PRIOR)];
    const elbo = explained - kl;
    return { evidence, gap: evidence - elbo, elbo, likelihood: explained, kl };
  }

  // One step of gradient ascent on the ELBO, in mu and in log sigma, and never a very long one.
  function ascend({ mu, sigma }, bend) {
    const h = 1e-5;
    const rise = (plus, minus) => (elboOf(plus, bend) - elboOf(minus, bend)) / (2 * h);
    const across = rise({ mu: mu + h, sigma }, { mu: mu - h, sigma });
    const wider = rise({ mu, sigma: sigma * Math.exp(h) }, { mu, sigma: sigma * Math.exp(-h) });
    const [step, stretch] = [across, wider].map((slope) => clamp(RATE * slope, [-0.6, 0.6]));
    return { mu: mu + step, sigma: sigma * Math.exp(stretch) };
  }

  // Where many steps lead: the top that q stands on the slope of.
  function top(q, bend) {
    let found = { mu: q.mu, sigma: q.sigma };
    for (let i = 0; i < 400; i++) {
      const next = ascend(found, bend);
      for (const key in next) found[key] = clamp(next[key], RANGE[key]);
    }
    return found;
  }

  // The densities, with a handle on the peak of q.

  const WORDS = "Densities over z of the prior, of the posterior, and of q, which moves.";
  const HEIGHT = 236;
  const frame = (width) => ({ left: 34, right: width - 8, top: 30, bottom: HEIGHT - 40 });

  function densities(state, width) {
    const box = frame(width);
    const panel = axes(box, { domain: [-3, 3], name: "z" }, { domain: [0, 2], name: "density" });
    const at = (f) => (z) => [panel.x(z), panel.y(f(z))];
    const points = (f) => spaced([-3, 3], 181).map(at(f));
    const [q, prior] = [state, PRIOR].map((it) => (z) => density(z, it));
    const floor = [3, -3].map((z) => [panel.x(z), panel.y(0)]);
    const curves = [
      path([...points(q), ...floor], "area tone-q"),
      path(points(prior), KIND.prior),
      path(points(state.model.posterior), KIND.posterior),
      path(points(q), KIND.q),
    ];
    return { panel, elements: [panel.group, clipped(box, "clip-elbo", ...curves)] };
  }

  function densityPicture(state, move) {
    const layer = draw("g");
    const shown = picture(WORDS, (svg, width) => {
      const drawn = densities(state, width);
      layer.replaceChildren(...drawn.elements);
      put(drawn.panel, state);
      return HEIGHT;
    });
    const put = peakHandle(shown.svg, layer, move);
    return shown;
  }

  // The map: the ELBO over (mu, sigma) as lines of equal height, and the way that q has come.

  const MAP_WORDS =
    "A map of the ELBO over mu and sigma: lines of equal height, and the way that q has come.";
  const MAP_HEIGHT = 210;
  const DEPTHS = [0.1, 0.3, 1, 2, 4, 8]; // below log p(x), in nats

  // Where the edge between two corners of the map is crossed by a level.
  const crossing = ([a, low], [b, high], level) =>
    low < level !== high < level &&
    a.map((from, i) => from + ((level - low) / (high - low)) * (b[i] - from));

  // The lines of one height through the cells of a grid of [place, height].
  function contour(grid, level) {
    const lines = [];
    for (let i = 1; i < grid.length; i++) {
      for (let j = 1; j < grid[0].length; j++) {
        const corners = [grid[i - 1][j - 1], grid[i - 1][j], grid[i][j], grid[i][j - 1]];
        const cuts = corners.map((corner, k) => crossing(corner, corners[(k + 1) % 4], level));
        const ends = cuts.filter(Boolean);
        for (let k = 1; k < ends.length; k += 2) lines.push([ends[k - 1], ends[k]]);
      }
    }
    return lines;
  }

  function contours({ bend, evidence }, { x, y }) {
    const sigmas = spaced(RANGE.sigma, 36);
    const at = (mu, sigma) => [[x(mu), y(sigma)], elboOf({ mu, sigma }, bend)];
    const grid = spaced(RANGE.mu, 61).map((mu) => sigmas.map((sigma) => at(mu, sigma)));
    return DEPTHS.map((depth) => paths(contour(grid, evidence - depth), "level"));
  }

  function mapPicture(state, move) {
    let [panel, ground, key] = [null, [], ""];
    const shown = picture(MAP_WORDS, (svg, width) => {
      const box = { left: 34, right: width - 8, top: 30, bottom: MAP_HEIGHT - 40 };
      const names = [{ domain: RANGE.mu, name: "μ" }, { domain: RANGE.sigma, name: "σ" }];
      if (key !== `${width} ${state.bend}`) {
        panel = axes(box, ...names);
        ground = contours(state.model, panel);
        key = `${width} ${state.bend}`;
      }
      const way = state.trail.map((q) => [panel.x(q.mu), panel.y(q.sigma)]);
      const [cx, cy] = way.at(-1);
      const here = draw("circle", { class: "mark tone-q", cx, cy, r: 6 });
      const trail = path(way, "trail tone-q");
      const catcher = bar(box.left, box.right, box.top, box.bottom - box.top, "reach");
      const map = clipped(box, "clip-map-elbo", ...ground);
      svg.replaceChildren(panel.group, map, trail, here, catcher);
      return MAP_HEIGHT;
    });
    shown.svg.addEventListener("click", (event) => {
      const box = shown.svg.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      move({ mu: panel.x.invert(x), sigma: panel.y.invert(y) });
    });
    return shown;
  }

  // The bars, from zero at the right to the left: ELBO and gap meet where log p(x) ends.

  const ROWS = [
    ["evidence", "log p(x)", "tone-evidence"],
    ["gap", "gap: KL(q ‖ posterior)", "tone-gap rim"],
    ["elbo", "ELBO", "tone-elbo"],
    ["likelihood", "reconstruction: E log p(x|z)", "tone-reconstruction"],
    ["kl", "rate: KL(q ‖ prior)", "tone-rate rim"],
  ];
  const BAR_WORDS = "Bars: the ELBO and the gap add up to log p(x), whatever q is.";
  const STEP = 44;
  const BAR = [23, 37]; // where the bar of a row begins and ends

  // The guides stand beside bars and leave the lines of words free.
  function guide(end, from, to) {
    const rows = spaced([from, to], to - from + 1);
    return rows.map((row) => {
      const [start, stop] = [row > from ? -3 : 14, row < to ? 9 : -1];
      return segment(end, row * STEP + BAR[0] + start, end, row * STEP + BAR[1] + stop, "guide");
    });
  }

  // To -12 nats, or further where a bar is longer.
  const reach = ({ elbo, likelihood }) => [Math.min(-12, -roundUp(-Math.min(elbo, likelihood))), 0];

  function bars(value, width) {
    const x = scale(reach(value), [4, width - 4]);
    const ends = {
      evidence: [0, value.evidence],
      gap: [value.evidence, value.elbo],
      elbo: [0, value.elbo],
      likelihood: [0, value.likelihood],
      kl: [value.likelihood, value.elbo],
    };
    const rows = ROWS.flatMap(([key, words, tone], i) => {
      const [y, marked] = [i * STEP + 16, { "data-number": key, class: "figure" }];
      const shape = bar(...ends[key].map(x), y + 7, 14, `bar ${tone}`);
      const name = width < 268 ? words.split(":")[0] : words;
      return [shape, write(4, y, name), write(width - 4, y, number(value[key]), marked)];
    });
    return [...guide(x(value.evidence), 0, 2), ...guide(x(value.elbo), 1, 4), ...rows];
  }

  function barAxis(value, width) {
    const bottom = ROWS.length * STEP + 4;
    const box = { left: 4, right: width - 4, top: bottom, bottom };
    return axes(box, { domain: reach(value), name: "nats" }, { domain: [0, 1], ticks: [] }).group;
  }

  const barPicture = (state) =>
    picture(BAR_WORDS, (svg, width) => {
      const value = bound(state, state.model);
      svg.replaceChildren(...bars(value, width), barAxis(value, width));
      return ROWS.length * STEP + 44;
    });

  // The sum in words, and the part.

  function sumLine() {
    const together = make("span", {}, "ELBO + gap = ", place("left"), " + ", place("right"), " ");
    const total = make("span", {}, "= ", place("total"), " = log p(x)");
    return make("p", { class: "sum right" }, together, total);
  }

  function summary({ elbo, likelihood, kl, gap, evidence }) {
    const parts = `reconstruction ${number(likelihood)}, rate ${number(kl)}`;
    return `ELBO ${number(elbo)} (${parts}), gap ${number(gap)}, log p(x) ${number(evidence)}`;
  }

  part("elbo", () => {
    const state = { ...START, bend: 0, model: modelOf(0), trail: [] };
    let stop = () => {};
    const pictures = [densityPicture(state, move), barPicture(state), mapPicture(state, move)];
    const sliders = normalSliders(RANGE, number, move);
    const bends = { name: "bend of the model", range: [0, 1], step: 0.05, change: bendTo };
    const bending = slider({ ...bends, show: (value) => number(value, 2) });
    const [sum, heard] = [sumLine(), announcer()];

    function show(change) {
      for (const key in change) state[key] = clamp(change[key], RANGE[key]);
      state.trail = [...state.trail.slice(-199), { mu: state.mu, sigma: state.sigma }];
      const value = bound(state, state.model);
      sliders.set(state);
      bending.set(state.bend);
      for (const shown of pictures) shown.redraw();
      const total = value.elbo + value.gap;
      fill(sum, { left: number(value.elbo), right: number(value.gap), total: number(total) });
      tell("elbo", { elbo: number(value.elbo, 2), gap: number(value.gap, 2) });
      heard.say(summary(value));
    }

    function move(change) {
      stop();
      show(change);
    }

    function climb() {
      stop();
      stop = glide({ ...state }, top(state, state.bend), show);
    }

    function bendTo(bend) {
      Object.assign(state, { bend, model: modelOf(bend) });
      move({});
    }

    function begin() {
      state.trail = [];
      Object.assign(state, { bend: 0, model: modelOf(0) });
      move(START);
    }

    const buttons = [
      button("One gradient step", () => move(ascend(state, state.bend))),
      button("Climb to the best q", climb),
      button("Start again", begin),
    ];
    const key = Object.keys(KIND).map((name) => [lineSample(KIND[name]), NAMES[name]]);
    begin();
    return [
      make("div", { class: "left" }, legend(key), pictures[0].element),
      controls("controls three", [...sliders.elements, bending.element], buttons),
      make("div", { class: "right" }, pictures[1].element),
      make("div", { class: "left" }, pictures[2].element),
      sum,
      heard.element,
    ];
  });
})();
