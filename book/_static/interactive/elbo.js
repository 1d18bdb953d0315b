// The evidence lower bound of a one-dimensional model, as q is moved. Everything is in closed form.
//
// Prior z ~ N(0, 1), likelihood x | z ~ N(W z, S^2), one observation X; q(z) = N(mu, sigma^2).
(() => {
  "use strict";
  const {
    announcer, axes, bar, button, clamp, clipped, controls, draggable, draw, fill, glide, legend,
    lineSample, make, normalSliders, number, part, path, picture, place, scale, segment, spaced,
    write,
  } = window.Interactive;

  const W = 1.5;
  const S = 0.8;
  const X = 1.2;
  const PRECISION = 1 + (W / S) ** 2; // of the posterior
  const PRIOR = { mu: 0, sigma: 1 };
  const POSTERIOR = { mu: (W * X) / S ** 2 / PRECISION, sigma: PRECISION ** -0.5 };
  const START = { mu: -0.5, sigma: 1 };
  const RANGE = { mu: [-1, 2], sigma: [0.3, 1.5] };
  const RATE = 0.1;

  // The numbers.

  const density = (z, { mu, sigma }) =>
    Math.exp(-(((z - mu) / sigma) ** 2) / 2) / (sigma * Math.sqrt(2 * Math.PI));

  const divergence = (q, p) =>
    Math.log(p.sigma / q.sigma) + (q.sigma ** 2 + (q.mu - p.mu) ** 2) / (2 * p.sigma ** 2) - 0.5;

  const EVIDENCE = Math.log(density(X, { mu: 0, sigma: Math.hypot(W, S) }));

  function bound(q) {
    const likelihood =
      -Math.log(S * Math.sqrt(2 * Math.PI)) -
      ((X - W * q.mu) ** 2 + (W * q.sigma) ** 2) / (2 * S ** 2);
    const kl = divergence(q, PRIOR);
    const gap = divergence(q, POSTERIOR);
    return { evidence: EVIDENCE, gap, elbo: likelihood - kl, likelihood, kl };
  }

  // One step of gradient ascent on the ELBO, in mu and in log sigma.
  function ascend({ mu, sigma }) {
    const slope = { mu: (W * (X - W * mu)) / S ** 2 - mu, logSigma: 1 - PRECISION * sigma ** 2 };
    return { mu: mu + RATE * slope.mu, sigma: sigma * Math.exp(RATE * slope.logSigma) };
  }

  // The densities, with a handle on the peak of q.

  const KIND = {
    prior: "curve tone-prior dashed",
    posterior: "curve tone-posterior dotted",
    q: "curve tone-q",
  };
  const NAMES = { prior: "prior p(z)", posterior: "posterior p(z | x)", q: "q(z)" };
  const WORDS = "Densities over z of the prior, of the posterior, and of q, which moves.";
  const frame = (width) => ({ left: 34, right: width - 8, top: 30, bottom: 216 });
  const HEIGHT = 256;

  function densities(state, width) {
    const box = frame(width);
    const panel = axes(box, { domain: [-3, 3], name: "z" }, { domain: [0, 1.5], name: "density" });
    const at = (q) => (z) => [panel.x(z), panel.y(density(z, q))];
    const points = (q) => spaced([-3, 3], 181).map(at(q));
    const floor = [3, -3].map((z) => [panel.x(z), panel.y(0)]);
    const curves = [
      path([...points(state), ...floor], "area tone-q"),
      path(points(PRIOR), KIND.prior),
      path(points(POSTERIOR), KIND.posterior),
      path(points(state), KIND.q),
    ];
    return { panel, elements: [panel.group, clipped(box, "clip-elbo", ...curves)] };
  }

  function densityPicture(state, move) {
    const layer = draw("g");
    const circle = (name, r) => draw("circle", { class: name, r });
    const circles = [circle("reach", 24), circle("knob", 9)];
    const hint = write(0, -18, "drag", { "text-anchor": "middle", class: "name" });
    const handle = draw("g", { class: "handle tone-q" }, ...circles, hint);
    let panel;
    const shown = picture(WORDS, (svg, width) => {
      const drawn = densities(state, width);
      panel = drawn.panel;
      layer.replaceChildren(...drawn.elements);
      const peak = [panel.x(state.mu), panel.y(density(state.mu, state))];
      handle.setAttribute("transform", `translate(${peak.join(" ")})`);
      return HEIGHT;
    });
    shown.svg.append(layer, handle);
    draggable(shown.svg, ".handle", (x, y) => {
      hint.remove();
      const height = Math.max(panel.y.invert(y), 0.01);
      move({ mu: panel.x.invert(x), sigma: 1 / (height * Math.sqrt(2 * Math.PI)) });
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

  function bars(state, width) {
    const value = bound(state);
    const x = scale([-12, 0], [4, width - 4]);
    const ends = {
      evidence: [0, value.evidence],
      gap: [value.evidence, value.elbo],
      elbo: [0, value.elbo],
      likelihood: [0, value.likelihood],
      kl: [value.likelihood, value.elbo],
    };
    const guide = (end, from, to) => segment(end, from * STEP + 23, end, to * STEP - 4, "guide");
    const rows = ROWS.flatMap(([key, words, tone], i) => {
      const [y, marked] = [i * STEP + 16, { "data-number": key, class: "figure" }];
      const shape = bar(...ends[key].map(x), y + 7, 14, `bar ${tone}`);
      const name = width < 268 ? words.split(":")[0] : words;
      return [shape, write(4, y, name), write(width - 4, y, number(value[key]), marked)];
    });
    return [guide(x(value.evidence), 0, 3), guide(x(value.elbo), 1, ROWS.length), ...rows];
  }

  function barAxis(width) {
    const bottom = ROWS.length * STEP + 4;
    const box = { left: 4, right: width - 4, top: bottom, bottom };
    return axes(box, { domain: [-12, 0], name: "nats" }, { domain: [0, 1], ticks: [] }).group;
  }

  const barPicture = (state) =>
    picture(BAR_WORDS, (svg, width) => {
      svg.replaceChildren(...bars(state, width), barAxis(width));
      return ROWS.length * STEP + 44;
    });

  // The sum in words, and the part.

  function sumLine() {
    const together = make("span", {}, "ELBO + gap = ", place("left"), " + ", place("right"), " ");
    const total = make("span", {}, "= ", place("total"), " = log p(x)");
    return make("p", { class: "sum wide" }, together, total);
  }

  function summary({ elbo, likelihood, kl, gap, evidence }) {
    const parts = `reconstruction ${number(likelihood)}, rate ${number(kl)}`;
    return `ELBO ${number(elbo)} (${parts}), gap ${number(gap)}, log p(x) ${number(evidence)}`;
  }

  part("elbo", () => {
    const state = { ...START };
    let stop = () => {};
    const pictures = [densityPicture(state, move), barPicture(state)];
    const sliders = normalSliders(RANGE, number, move);
    const [sum, heard] = [sumLine(), announcer()];

    function show(change) {
      for (const key in change) state[key] = clamp(change[key], RANGE[key]);
      const value = bound(state);
      sliders.set(state);
      for (const shown of pictures) shown.redraw();
      const total = value.elbo + value.gap;
      fill(sum, { left: number(value.elbo), right: number(value.gap), total: number(total) });
      heard.say(summary(value));
    }

    function move(change) {
      stop();
      show(change);
    }

    const buttons = [
      button("One gradient step", () => move(ascend(state))),
      button("Go to the posterior", () => (stop = glide({ ...state }, POSTERIOR, show))),
      button("Start again", () => move(START)),
    ];
    const key = Object.keys(KIND).map((name) => [lineSample(KIND[name]), NAMES[name]]);
    move(START);
    return [
      make("div", { class: "left" }, legend(key), pictures[0].element),
      controls("controls", sliders.elements, buttons),
      make("div", { class: "right" }, pictures[1].element),
      sum,
      heard.element,
    ];
  });
})();
