// What the interactive parts share: elements, numbers, scales, axes, controls, and their place.
//
// Classic scripts and one namespace, because browsers refuse to import modules between files that
// are opened from disk. Everything that is drawn takes its colours from interactive.css.
window.Interactive = (() => {
  "use strict";

  // Elements. `make` makes one of the page, `draw` one of a picture.

  function complete(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  const make = (tag, attributes = {}, ...children) =>
    complete(document.createElement(tag), attributes, children);

  const draw = (tag, attributes = {}, ...children) =>
    complete(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

  const write = (x, y, words, attributes = {}) => draw("text", { x, y, ...attributes }, words);

  const along = (points) => `M${points.map((point) => point.map(short).join(" ")).join("L")}`;

  const path = (points, kind) => draw("path", { class: kind, d: along(points) });

  // Many lines of one kind.
  const paths = (lines, kind) => draw("path", { class: kind, d: lines.map(along).join("") });

  const bar = (x0, x1, y, height, kind) =>
    draw("rect", { class: kind, x: Math.min(x0, x1), y, width: Math.abs(x1 - x0), height });

  const segment = (x1, y1, x2, y2, kind) => draw("line", { class: kind, x1, y1, x2, y2 });

  // Numbers.

  const short = (value) => Math.round(value * 100) / 100;

  // A number as text with a true minus sign; zero has none, and what is unknown is a dash.
  function number(value, digits = 4) {
    if (!Number.isFinite(value)) return "–";
    const text = value.toFixed(digits);
    return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
  }

  const clamp = (value, [low, high]) => Math.min(high, Math.max(low, value));

  // `count` evenly spaced values from one end to the other, both included.
  const spaced = ([from, to], count) =>
    Array.from({ length: count }, (_, i) => from + ((to - from) * i) / Math.max(1, count - 1));

  // The least of 1, 2, 5, 10, 20, 50 ... and their tenths that is not below a value.
  function roundUp(value) {
    const power = 10 ** Math.floor(Math.log10(value));
    return power * [1, 2, 5, 10].find((times) => times * power >= value * (1 - 1e-9));
  }

  // Noise: mulberry32 for uniform numbers, Box and Muller's transform for normal ones. Short enough
  // to be written again in Python, so that a test can compare the draws.

  function uniform(seed) {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  function normal(seed) {
    const next = uniform(seed);
    return () => {
      const radius = Math.sqrt(-2 * Math.log(1 - next()));
      return radius * Math.cos(2 * Math.PI * next());
    };
  }

  // A title as one says it: catalogues of films put the article last.
  const ARTICLE = /^(.*), (The|A|An|Il|La|Le|Das) (\(\d+\))$/;
  const titled = (title) => title.replace(ARTICLE, "$2 $1 $3");

  // Scales and axes.

  function scale([from, to], [start, end]) {
    const at = (value) => start + ((value - from) / (to - from)) * (end - start);
    at.invert = (place) => from + ((place - start) / (end - start)) * (to - from);
    at.domain = [from, to];
    return at;
  }

  function ticks([from, to], count) {
    const step = roundUp((to - from) / count);
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    const first = Math.ceil(from / step - 1e-9);
    const last = Math.floor(to / step + 1e-9);
    return spaced([first, last], last - first + 1).map((i) => [i * step, number(i * step, digits)]);
  }

  // The same in decades, for numbers above zero.
  function logScale(domain, range) {
    const at = scale(domain.map(Math.log10), range);
    return Object.assign((value) => at(Math.log10(value)), { domain });
  }

  function logTicks([from, to]) {
    const decades = Array.from({ length: 12 }, (_, i) => 10 ** (i - 6));
    const values = decades.flatMap((decade) => [decade, 3 * decade]);
    return values.filter((value) => value >= from && value <= to).map((v) => [v, `${short(v)}`]);
  }

  // Axes in a box of pixels: the name of y stands above it, and that of x below its right end.
  function axes(box, x, y) {
    const across = (x.log ? logScale : scale)(x.domain, [box.left, box.right]);
    const up = (y.log ? logScale : scale)(y.domain, [box.bottom, box.top]);
    const group = draw("g", { class: "axes" });
    for (const [value, words] of y.ticks ?? (y.log ? logTicks : ticks)(y.domain, 5)) {
      group.append(segment(box.left, up(value), box.right, up(value), "grid"));
      group.append(write(box.left - 6, up(value) + 4, words, { "text-anchor": "end" }));
    }
    for (const [value, words] of x.ticks ?? ticks(x.domain, (box.right - box.left) / 40)) {
      group.append(segment(across(value), box.bottom, across(value), box.bottom + 5, "tick"));
      group.append(write(across(value), box.bottom + 18, words, { "text-anchor": "middle" }));
    }
    group.append(segment(box.left, box.bottom, box.right, box.bottom, "tick"));
    const end = { class: "name", "text-anchor": "end" };
    if (x.name) group.append(write(box.right, box.bottom + 35, x.name, end));
    if (y.name) group.append(write(y.nameAt ?? box.left, box.top - 13, y.name, { class: "name" }));
    return { x: across, y: up, group };
  }

  // Keeps what is drawn in it inside a box.
  function clipped(box, name, ...children) {
    const { left, top } = box;
    const size = { width: box.right - left, height: box.bottom - top };
    const clip = draw("clipPath", { id: name }, draw("rect", { x: left, y: top, ...size }));
    return draw("g", { "clip-path": `url(#${name})` }, clip, ...children);
  }

  // Pictures: drawn in the pixels of the page, so that text keeps its size on a narrow screen.

  function picture(words, paint) {
    const svg = draw("svg", { role: "img", "aria-label": words });
    const element = make("div", { class: "picture" }, svg);
    let width = 0;
    const redraw = () => width && svg.setAttribute("viewBox", `0 0 ${width} ${paint(svg, width)}`);
    new ResizeObserver(([entry]) => {
      const now = Math.round(entry.contentRect.width);
      if (now === width) return;
      width = now;
      requestAnimationFrame(redraw);
    }).observe(element);
    return { element, svg, redraw };
  }

  // Lets a pointer drag the marked elements of a picture; `move` gets places in its pixels.
  function draggable(svg, mark, move) {
    const place = (event) => {
      const box = svg.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    const isOurs = (event) => event.target.closest(mark);
    const stay = (event) => isOurs(event) && event.preventDefault(); // or a finger scrolls the page
    svg.addEventListener("touchstart", stay, { passive: false });
    svg.addEventListener("pointerdown", (event) => {
      if (isOurs(event)) svg.setPointerCapture(event.pointerId);
    });
    svg.addEventListener("pointermove", (event) => {
      if (svg.hasPointerCapture(event.pointerId)) move(...place(event));
    });
  }

  // How the beliefs about z are drawn and called, alike in all parts.
  const beliefKinds = {
    prior: "curve tone-prior dashed",
    posterior: "curve tone-posterior dotted",
    q: "curve tone-q",
  };
  const beliefNames = { prior: "prior p(z)", posterior: "posterior p(z | x)", q: "q(z)" };

  // The density of a normal distribution at z.
  const density = (z, { mu, sigma }) =>
    Math.exp(-(((z - mu) / sigma) ** 2) / 2) / (sigma * Math.sqrt(2 * Math.PI));

  // A handle on the peak of q = N(mu, sigma^2), above a layer of a picture: where it is dragged to
  // says both. `put` gets the panel that the axes of z and of the density make, and q.
  function peakHandle(svg, layer, move) {
    const circle = (name, r) => draw("circle", { class: name, r });
    const hint = write(0, -18, "drag", { "text-anchor": "middle", class: "name" });
    const shapes = [circle("reach", 24), circle("knob", 9), hint];
    const handle = draw("g", { class: "handle tone-q" }, ...shapes);
    let panel;
    svg.append(layer, handle);
    draggable(svg, ".handle", (x, y) => {
      hint.remove();
      const height = Math.max(panel.y.invert(y), 0.01);
      move({ mu: panel.x.invert(x), sigma: 1 / (height * Math.sqrt(2 * Math.PI)) });
    });
    return (drawn, q) => {
      panel = drawn;
      const peak = [panel.x(q.mu), panel.y(density(q.mu, q))];
      handle.setAttribute("transform", `translate(${peak.join(" ")})`);
    };
  }

  // A key to what is drawn: pairs of a sample, made by one of these two or by hand, and its name.
  const lineSample = (kind) => segment(1, 8, 29, 8, kind);
  const areaSample = (kind) => draw("rect", { class: kind, x: 1, y: 3, width: 28, height: 10 });

  function legend(entries) {
    const box = { viewBox: "0 0 30 16", "aria-hidden": "true" };
    const entry = ([sample, words]) => make("li", {}, draw("svg", box, sample), words);
    return make("ul", { class: "legend" }, ...entries.map(entry));
  }

  // Controls.

  function slider({ name, range: [min, max], step, show, change }) {
    const bounds = { min, max, step, autocomplete: "off", "aria-label": name };
    const input = make("input", { type: "range", ...bounds });
    const output = make("output");
    const element = make("label", { class: "slider" }, make("span", {}, name), output, input);
    input.addEventListener("input", () => change(Number(input.value)));
    const set = (value) => {
      input.value = value;
      output.textContent = show(value);
      input.setAttribute("aria-valuetext", show(value));
    };
    return { element, set };
  }

  // The sliders of q(z) = N(mu, sigma^2); `change` gets an object with the one that moved.
  function normalSliders(range, show, change) {
    const names = { mu: "μ, mean of q", sigma: "σ, width of q" };
    const made = Object.entries(names).map(([key, name]) => {
      const moved = (value) => change({ [key]: value });
      return [key, slider({ name, range: range[key], step: 0.01, show, change: moved })];
    });
    const set = (q) => made.forEach(([key, one]) => one.set(q[key]));
    return { elements: made.map(([, one]) => one.element), set };
  }

  function button(words, press) {
    const element = make("button", { type: "button" }, words);
    element.addEventListener("click", press);
    return element;
  }

  const controls = (kind, sliders, buttons) =>
    make("div", { class: kind }, ...sliders, make("div", { class: "buttons" }, ...buttons));

  // What a small screen shows on demand, and a large one at once.
  function folded(kind, words, ...children) {
    const element = make("details", { class: kind }, make("summary", {}, words), ...children);
    element.open = matchMedia("(min-width: 600px)").matches;
    addEventListener("beforeprint", () => (element.open = true));
    return element;
  }

  function table(columns, bodies) {
    const head = columns.map((words) => make("th", { scope: "col" }, words));
    return make("table", {}, make("thead", {}, make("tr", {}, ...head)), ...bodies);
  }

  // A row of a table: its name, and a list of what stands in each cell.
  function row(name, ...cells) {
    const rest = cells.map((cell) => make("td", {}, ...cell));
    return make("tr", {}, make("th", { scope: "row" }, name), ...rest);
  }

  // A place for a number that a table or a sentence shows.
  const place = (name) => make("span", { "data-number": name });

  function fill(root, numbers) {
    for (const [name, words] of Object.entries(numbers)) {
      root.querySelector(`[data-number="${name}"]`).textContent = words;
    }
  }

  // The same where sentences of the chapter follow the part.
  function tell(name, numbers) {
    for (const words of document.querySelectorAll(`[data-live^="${name}:"]`)) {
      words.dataset.value = numbers[words.dataset.live.slice(name.length + 1)] ?? "";
    }
  }

  // The numbers for those who hear the page: one sentence, once they have come to rest.
  function announcer() {
    const element = make("p", { class: "heard", role: "status" });
    let waiting = 0;
    const say = (words) => {
      clearTimeout(waiting);
      waiting = setTimeout(() => (element.textContent = words), 500);
    };
    return { element, say };
  }

  // Go from one setting to another in a moment, or at once for readers who prefer no motion. What
  // is returned stops the way.
  function glide(from, to, show) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const start = performance.now();
    let stopped = false;
    const frame = (now) => {
      if (stopped) return;
      const t = calm ? 1 : clamp((now - start) / 400, [0, 1]);
      const between = (name) => [name, t < 1 ? from[name] + (to[name] - from[name]) * t : to[name]];
      show(Object.fromEntries(Object.keys(to).map(between)));
      if (t < 1) requestAnimationFrame(frame);
    };
    frame(start);
    return () => (stopped = true);
  }

  // A file that is fetched when it is wanted. It has to be a script: browsers let a page that was
  // opened from disk read nothing else.
  const folder = document.currentScript.src.replace(/[^/]*$/, "");

  function fetchScript(place) {
    const script = make("script", { src: folder + place });
    const fetched = new Promise((done, failed) => {
      script.addEventListener("load", done);
      script.addEventListener("error", () => failed(new Error(`${place} is not there`)));
    });
    document.head.append(script);
    return fetched;
  }

  // Put a part wherever the page asks for it, in place of what stands there; a part that has
  // nothing to show leaves that. `build` gets the part's data, and the view that is asked for.
  function part(name, build) {
    for (const figure of document.querySelectorAll(`[data-interactive="${name}"]`)) {
      const data = figure.querySelector("script[type='application/json']");
      const elements = build(data && JSON.parse(data.textContent), figure.dataset.view);
      if (elements) figure.querySelector(".interactive-stage").replaceChildren(...elements);
      figure.dataset.ready = "";
    }
  }

  return {
    announcer, areaSample, axes, bar, beliefKinds, beliefNames, button, clamp, clipped, controls,
    density, draggable, draw, fetchScript, fill, folded, glide, legend, lineSample, make, normal,
    normalSliders, number, part, path, paths, peakHandle, picture, place, roundUp, row, scale,
    segment, slider, spaced, table, tell, titled, write,
  };
})();
