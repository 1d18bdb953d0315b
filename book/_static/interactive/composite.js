// RecVAE's composite prior in one dimension: its density, what a place costs, and the pull on z.
//
// Three normals in a mixture: the standard one, the posterior that the encoder gave an epoch ago,
// N(mean, width^2), and a wide one. The price of z is -log p(z), and the pull its derivative: the
// mean of the three pulls, each weighed by the share of the density at z that is the part's.
(() => {
  "use strict";
  const {
    announcer, areaSample, axes, button, clamp, clipped, controls, draggable, draw, fill, legend,
    lineSample, make, number, part, path, picture, place, row, slider, spaced, table, tell,
  } = window.Interactive;

  const PLACES = [-6, 6];
  const RANGE = { mean: [-3, 3], width: [0.1, 1.5], z: PLACES };
  const HIGHEST = 10; // nats
  const TALLEST = 1; // density

  // The numbers. A state has the weights of the parts, and mean, width and z.

  const logDensity = (z, [m, s]) =>
    -(((z - m) / s) ** 2) / 2 - Math.log(s * Math.sqrt(2 * Math.PI));

  const normalsOf = (data, { mean, width }) =>
    ({ standard: [0, 1], old: [mean, width], wide: [0, data.wide] });

  // Shares add up to one, whatever the sliders say.
  function sharesOf({ weights }) {
    const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
    const share = ([name, weight]) => [name, weight / total];
    return Object.fromEntries(Object.entries(weights).map(share));
  }

  // The logarithm of each part of the mixture at z, and of their sum.
  function logParts(data, state, z) {
    const [shares, normals] = [sharesOf(state), normalsOf(data, state)];
    const log = (name) => Math.log(shares[name]) + logDensity(z, normals[name]);
    const logs = Object.fromEntries(Object.keys(shares).map((name) => [name, log(name)]));
    const highest = Math.max(...Object.values(logs));
    const sum = Object.values(logs).reduce((rest, value) => rest + Math.exp(value - highest), 0);
    return { logs, total: highest + Math.log(sum) };
  }

  function numbersOf(data, state, z = state.z) {
    const { logs, total } = logParts(data, state, z);
    const [shares, normals] = [sharesOf(state), normalsOf(data, state)];
    const found = { price: -total, pull: 0 };
    for (const name of Object.keys(shares)) {
      const [holds, [m, s]] = [Math.exp(logs[name] - total), normals[name]];
      Object.assign(found, {
        [`share-${name}`]: shares[name], [`holds-${name}`]: holds, [`pull-${name}`]: (z - m) / s ** 2,
      });
      found.pull += holds * found[`pull-${name}`];
    }
    return found;
  }

  // The pictures.

  const WORDS = "Densities over z: the mixture as an area, the old posterior, the standard normal.";
  const HEIGHT = 190;
  const frame = (width, height) => ({ left: 34, right: width - 8, top: 30, bottom: height - 40 });
  const POINTS = spaced(PLACES, 361);

  const densityPicture = (data, state) =>
    picture(WORDS, (svg, width) => {
      const box = frame(width, HEIGHT);
      const across = { domain: PLACES, name: "z" };
      const { x, y, group } = axes(box, across, { domain: [0, TALLEST], name: "density" });
      const at = (f) => POINTS.map((z) => [x(z), y(f(z))]);
      const normals = normalsOf(data, state);
      const mixture = at((z) => Math.exp(logParts(data, state, z).total));
      const floor = [...PLACES].reverse().map((z) => [x(z), y(0)]);
      const curves = [
        path([...mixture, ...floor], "area tone-rate"),
        path(at((z) => Math.exp(logDensity(z, normals.standard))), "curve thin tone-prior dashed"),
        path(at((z) => Math.exp(logDensity(z, normals.old))), "curve thin tone-q"),
        path(mixture, "curve tone-rate"),
      ];
      svg.replaceChildren(group, clipped(box, "clip-composite", ...curves));
      return HEIGHT;
    });

  const PRICE_WORDS =
    "The price of z in nats, and that of the standard normal alone; the slope at z is the pull.";
  const PRICE_HEIGHT = 250;

  function pricePicture(data, state, move) {
    const layer = draw("g");
    const circle = (name, r) => draw("circle", { class: name, r });
    const handle = draw("g", { class: "handle tone-rate" }, circle("reach", 24), circle("knob", 8));
    let panel;
    const shown = picture(PRICE_WORDS, (svg, width) => {
      const box = frame(width, PRICE_HEIGHT);
      const up = { domain: [0, HIGHEST], name: "price −log p(z), nats" };
      panel = axes(box, { domain: PLACES, name: "z" }, up);
      const { x, y } = panel;
      const at = (f) => POINTS.map((z) => [x(z), y(f(z))]);
      const { price, pull } = numbersOf(data, state);
      const tangent = [-1, 1].map((step) => [x(state.z + step), y(price + step * pull)]);
      const curves = [
        path(at((z) => -logDensity(z, [0, 1])), "curve thin tone-prior dashed"),
        path(at((z) => -logParts(data, state, z).total), "curve tone-rate"),
        path(tangent, "curve tone-gradient"),
      ];
      layer.replaceChildren(panel.group, clipped(box, "clip-price", ...curves));
      const spot = [x(state.z), clamp(y(price), [box.top, box.bottom])];
      handle.setAttribute("transform", `translate(${spot.join(" ")})`);
      return PRICE_HEIGHT;
    });
    shown.svg.append(layer, handle);
    draggable(shown.svg, ".handle", (x) => move({ z: panel.x.invert(x) }));
    return shown;
  }

  const KEY = [
    [areaSample("area tone-rate"), "composite prior p(z)"],
    [lineSample("curve thin tone-q"), "old posterior"],
    [lineSample("curve thin tone-prior dashed"), "standard normal"],
    [lineSample("curve tone-gradient"), "the pull, a slope"],
  ];

  // The numbers in a table.

  const DIGITS = { share: 2, holds: 3, pull: 2, price: 3 };
  const digitsOf = (name) => (name === "pull" ? 3 : DIGITS[name.split("-")[0]]);

  function numberTable(data) {
    const cells = (name) => ["share", "holds", "pull"].map((what) => [place(`${what}-${name}`)]);
    const rows = Object.entries(data.names).map(([name, words]) => row(words, ...cells(name)));
    return table(["part", "share", "holds z", "its pull"], [make("tbody", {}, ...rows)]);
  }

  function sumLine() {
    const parts = ["price ", place("price"), " nats, pull ", place("pull"), " nats a unit"];
    return make("p", { class: "sum" }, ...parts);
  }

  function summary(data, { z }, shown) {
    const held = ([name, words]) => `${words} ${shown[`holds-${name}`]}`;
    const holds = Object.entries(data.names).map(held).join(", ");
    return `At z ${number(z, 2)}: price ${shown.price}, pull ${shown.pull}. Held by ${holds}`;
  }

  // The part.

  part("composite", (data) => {
    const state = { weights: { ...data.shares }, ...data.start };
    const pictures = [densityPicture(data, state), pricePicture(data, state, move)];
    const show = (value) => number(value, 2);
    const weigh = (key) => {
      const change = (value) => move({ weights: { ...state.weights, [key]: value } });
      const range = [key === "standard" ? 0.01 : 0, 1];
      return [key, slider({ name: `weight: ${key}`, range, step: 0.01, show, change })];
    };
    const weights = Object.keys(data.names).map(weigh);
    const along = (key, name) => {
      const change = (value) => move({ [key]: value });
      return [key, slider({ name, range: RANGE[key], step: 0.01, show, change })];
    };
    const others = [
      along("z", "z, the code"),
      along("mean", "mean of the old"),
      along("width", "width of the old"),
    ];
    const numbers = make("div", { class: "numbers wide" }, numberTable(data), sumLine());
    const heard = announcer();

    function move(change) {
      Object.assign(state, change);
      for (const key in RANGE) state[key] = clamp(state[key], RANGE[key]);
      for (const [key, one] of weights) one.set(state.weights[key]);
      for (const [key, one] of others) one.set(state[key]);
      for (const shown of pictures) shown.redraw();
      const values = Object.entries(numbersOf(data, state));
      const shown = Object.fromEntries(values.map(([n, v]) => [n, number(v, digitsOf(n))]));
      fill(numbers, shown);
      tell("composite", { price: shown.price, pull: shown.pull });
      heard.say(summary(data, state, shown));
    }

    const alone = { standard: 1, old: 0, wide: 0 };
    const begin = () => move({ weights: { ...data.shares }, ...data.start });
    const buttons = [
      button("Standard normal alone", () => move({ weights: alone })),
      button("Start again", begin),
    ];
    const sliders = [...others, ...weights].map(([, one]) => one.element);
    begin();
    return [
      make("div", { class: "left" }, legend(KEY), pictures[0].element),
      make("div", { class: "right" }, pictures[1].element),
      controls("controls three", sliders, buttons),
      numbers,
      heard.element,
    ];
  });
})();
