// Reverse water-filling: variances as bars, the water at β s², and the rate-distortion curve.
//
// The page brings variances of the data along independent directions, each with a linear unit, and
// the noise s². A unit whose variance a stands out of the water has a rate of log(a / β s²) / 2,
// and leaves an error of β s²; one below it is silent, and its error is all of a.
(() => {
  "use strict";
  const {
    announcer, areaSample, axes, bar, button, clamp, clipped, controls, draggable, draw, fill,
    legend, lineSample, make, number, part, path, picture, place, row, segment, slider, spaced,
    tell,
  } = window.Interactive;

  // The numbers. Powers of ten of β are what the slider moves; β itself has two digits.

  const betaAt = (power) => Number((10 ** power).toPrecision(2));
  const rateOf = (variance, level) => Math.max(0, Math.log(variance / level) / 2);

  const sum = (values) => values.reduce((total, value) => total + value, 0);

  function numbersOf({ variances, noise }, beta) {
    const level = beta * noise;
    const rate = sum(variances.map((a) => rateOf(a, level)));
    const lost = sum(variances.map((a) => Math.min(a, level)));
    const constant = (variances.length * Math.log(2 * Math.PI * noise)) / 2; // of the density
    const distortion = constant + lost / (2 * noise);
    const active = variances.filter((a) => a > level).length;
    return { level, active, rate, distortion, loss: distortion + beta * rate };
  }

  // The bars: what of each variance stands out of the water, and below them the rates.

  const WORDS =
    "Bars: the variance of each direction with the water in front, and below it each unit's rate.";
  const TOP = [30, 240]; // from where to where the upper panel goes
  const LOW = [284, 374];
  const HEIGHT = 412;
  const KEPT = "bar tone-reconstruction";
  const LOST = "bar rim tone-reconstruction";
  const RATE = "bar tone-rate";
  const WATER = "curve tone-blue";

  // Where the bar of a unit begins and ends.
  const sides = (x, i) => [x(i - 0.3), x(i + 0.3)];

  function standing(from, to, y, kind) {
    const [top, bottom] = [y(to), y(from)];
    return bar(...kind.sides, top, Math.max(0, bottom - top), kind.name);
  }

  function unitTicks(count) {
    const shown = [...Array(count).keys()].filter((i) => i === 0 || (i + 1) % 4 === 0);
    return shown.map((i) => [i, `${i + 1}`]);
  }

  function panels({ variances, noise, powers }, width) {
    const across = { domain: [-0.6, variances.length - 0.4], ticks: [] };
    const box = ([top, bottom]) => ({ left: 34, right: width - 30, top, bottom });
    const most = Math.max(...variances) * 1.14;
    const highest = Math.log(most / (noise * betaAt(powers[0]))) / 2;
    const upper = axes(box(TOP), across, { domain: [0, most], name: "variance" });
    const names = { ...across, ticks: unitTicks(variances.length), name: "unit" };
    const lower = axes(box(LOW), names, { domain: [0, highest], name: "rate of the unit, nats" });
    return { upper, lower, box: box(TOP) };
  }

  function unitBars({ variances }, level, { upper, lower }) {
    return variances.flatMap((a, i) => {
      const kind = (name) => ({ sides: sides(upper.x, i), name });
      const below = standing(0, Math.min(a, level), upper.y, kind(LOST));
      const rate = standing(0, rateOf(a, level), lower.y, kind(RATE));
      return a > level ? [below, standing(level, a, upper.y, kind(KEPT)), rate] : [below];
    });
  }

  function barPicture(data, state, move) {
    const layer = draw("g");
    const circle = (name, r) => draw("circle", { class: name, r });
    const handle = draw("g", { class: "handle tone-blue" }, circle("reach", 24), circle("knob", 8));
    let panel;
    const shown = picture(WORDS, (svg, width) => {
      panel = panels(data, width);
      const { upper, lower, box } = panel;
      const level = state.beta * data.noise;
      const surface = upper.y(Math.min(level, upper.y.domain[1]));
      const water = [
        bar(box.left, box.right, surface, box.bottom - surface, "area tone-blue"),
        segment(box.left, surface, box.right, surface, WATER),
      ];
      const bars = unitBars(data, level, panel);
      layer.replaceChildren(upper.group, lower.group, ...bars, ...water);
      handle.setAttribute("transform", `translate(${box.right + 10} ${surface})`);
      return HEIGHT;
    });
    shown.svg.append(layer, handle);
    draggable(shown.svg, ".handle", (_, y) => {
      const level = Math.max(panel.upper.y.invert(y), 1e-9);
      move(Math.log10(level / data.noise));
    });
    return shown;
  }

  const KEY = [
    [areaSample(KEPT), "restored: a − β s²"],
    [areaSample(LOST), "lost"],
    [lineSample(WATER), "water, β s²"],
    [areaSample(RATE), "rate"],
  ];

  // The plane: the curve of the best units, where one falls silent, and the line that touches it.

  const PLANE_WORDS =
    "The rate-distortion plane: the curve of the best units, the chosen point, and its tangent.";
  const PLANE_HEIGHT = 280;
  const CURVE = "curve tone-blue";
  const TANGENT = "curve fine tone-rate dashed";

  const diamond = ([x, y]) =>
    draw("path", { class: "mark tone-vermillion", d: `M${x} ${y - 7}l6 7l-6 7l-6 -7z` });
  const dot = ([cx, cy]) => draw("circle", { class: "mark tone-blue", cx, cy, r: 3.5 });

  // What does not change with β: the curve, and the points at which a unit begins to speak.
  function curveOf(data) {
    const at = (beta) => numbersOf(data, beta);
    const wakes = data.variances.map((a) => at(a / data.noise));
    return { points: spaced(data.powers, 241).map((power) => at(10 ** power)), wakes };
  }

  function planePicture(data, state) {
    const { points, wakes } = curveOf(data);
    const [first, last] = [points[0], points.at(-1)];
    return picture(PLANE_WORDS, (svg, width) => {
      const box = { left: 34, right: width - 8, top: 30, bottom: PLANE_HEIGHT - 40 };
      const across = { domain: [0, 1.04 * first.rate], name: "rate, nats" };
      const heights = [Math.floor(first.distortion), 1.06 * last.distortion];
      const up = { domain: heights, name: "distortion, nats" };
      const { x, y, group } = axes(box, across, up);
      const spot = ({ rate, distortion }) => [x(rate), y(distortion)];
      const { rate, distortion, loss } = numbersOf(data, state.beta);
      const line = across.domain.map((r) => [x(r), y(loss - state.beta * r)]);
      const marks = wakes.map((one) => dot(spot(one)));
      const shapes = [path(points.map(spot), CURVE), path(line, TANGENT), ...marks];
      const here = diamond(spot({ rate, distortion }));
      svg.replaceChildren(group, clipped(box, "clip-water", ...shapes), here);
      return PLANE_HEIGHT;
    });
  }

  const MIDDLE = [15, 8]; // of a sample in a key
  const PLANE_KEY = [
    [draw("g", {}, lineSample(CURVE), dot(MIDDLE)), "the best; at a dot a unit falls silent"],
    [diamond(MIDDLE), "here"],
    [lineSample(TANGENT), "equal loss, slope −β"],
  ];

  // The numbers in a table.

  function numberTable({ variances }) {
    const rows = [
      row("water, β s²", [place("level")]),
      row(`units in use, of ${variances.length}`, [place("active")]),
      row("rate R, nats", [place("rate")]),
      row("distortion D, nats", [place("distortion")]),
      row("loss D + β R", [place("loss")]),
    ];
    return make("table", {}, make("tbody", {}, ...rows));
  }

  const DIGITS = { level: 3, active: 0, rate: 3, distortion: 3, loss: 3 };

  function summary({ variances }, beta, { active, rate, distortion }) {
    return `β ${beta}: ${active} of ${variances.length} units in use, rate ${rate}, ` +
      `distortion ${distortion}`;
  }

  // The part.

  part("water", (data) => {
    const state = { beta: data.start };
    const pictures = [barPicture(data, state, move), planePicture(data, state)];
    const show = (power) => number(betaAt(power), betaAt(power) < 1 ? 2 : 1);
    const name = "β, weight of the KL";
    const control = slider({ name, range: data.powers, step: 0.05, show, change: move });
    const numbers = make("div", { class: "numbers" }, numberTable(data));
    const heard = announcer();

    function move(power) {
      state.beta = betaAt(clamp(power, data.powers));
      control.set(Math.log10(state.beta));
      for (const shown of pictures) shown.redraw();
      const values = Object.entries(numbersOf(data, state.beta));
      const shown = Object.fromEntries(values.map(([key, v]) => [key, number(v, DIGITS[key])]));
      fill(numbers, shown);
      tell("water", { ...shown, beta: show(Math.log10(state.beta)) });
      heard.say(summary(data, state.beta, shown));
    }

    const begin = () => move(Math.log10(data.start));
    begin();
    return [
      controls("controls one", [control.element], [button("Start again", begin)]),
      make("div", { class: "left" }, legend(KEY), pictures[0].element),
      make("div", { class: "right" }, legend(PLANE_KEY), pictures[1].element, numbers),
      heard.element,
    ];
  });
})();
