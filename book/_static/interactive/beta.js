// What a cap on beta costs and gains: runs made beforehand, each cap with several seeds.
//
// The page brings the table: the caps, for each metric a summary of the seeds for each cap, and the
// list of one person. NDCG is hidden until the reader has said where it is highest.
(() => {
  "use strict";
  const {
    announcer, axes, bar, button, clamp, clipped, controls, draw, fill, folded, legend, lineSample,
    make, number, part, path, picture, place, row, slider, table, tell, write,
  } = window.Interactive;

  const METRICS = [
    { key: "ndcg100", name: "NDCG@100", digits: 4 },
    { key: "nll", name: "reconstruction, nats", digits: 2 },
    { key: "kl", name: "KL, nats", digits: 3, wide: true },
    { key: "active_units", name: "active units", digits: 2 },
  ];
  const HIDDEN = "ndcg100";

  // The interval that holds all that is drawn of a metric, with a little room.
  function extent(summaries) {
    const all = summaries.flatMap(({ values, low, high }) => [...values, low, high]);
    const known = all.filter((value) => value !== null);
    const [low, high] = [Math.min(...known), Math.max(...known)];
    const room = 0.08 * (high - low) || 1;
    return { domain: [low - room, high + room] };
  }

  // The same in decades where a metric that may be (the KL) spans more than one of them.
  function wideExtent(summaries) {
    const values = summaries.flatMap((summary) => summary.values);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    if (low <= 0 || high < 10 * low) return extent(summaries);
    return { domain: [low / 1.3, high * 1.3], log: true };
  }

  const disc = ([x, y], r, kind) => draw("circle", { class: kind, cx: x, cy: y, r });

  const diamond = ([x, y], kind) =>
    draw("path", { class: kind, d: `M${x} ${y - 7}l6 7l-6 7l-6 -7z` });

  const mark = (at, chosen) =>
    chosen ? diamond(at, "mark tone-vermillion") : disc(at, 3.5, "mark tone-blue");

  const MIDDLE = [15, 8]; // of a sample in a key
  const KEY = [
    [disc(MIDDLE, 2.5, "seed tone-blue"), "a seed"],
    [draw("g", {}, lineSample("curve tone-blue"), mark(MIDDLE, false)), "mean, 95 % interval"],
    [mark(MIDDLE, true), "chosen cap"],
  ];

  const toneOf = (chosen) => (chosen ? "tone-vermillion" : "tone-blue");

  // Four panels: a metric each, over the caps, which stand at even distances.

  const PANEL = 172;
  const MARGIN = { left: 38, right: 6 };
  const PANEL_WORDS =
    "Four panels over the caps of beta: NDCG, reconstruction, KL and active units.";

  // The chosen cap, and the first and the last where there is room for them.
  function capTicks(caps, chosen, width) {
    const room = (i) => (Math.abs(i - chosen) * width) / caps.length > 26;
    const ends = [0, caps.length - 1].filter(room);
    return [chosen, ...ends].map((i) => [i, String(caps[i])]);
  }

  function seeds({ values, low, mean, high }, i, panel, chosen) {
    const at = (value) => [panel.x(i) + 2, panel.y(value)];
    const beside = (value) => [panel.x(i) - 3, panel.y(value)];
    const dots = values.map((value) => disc(beside(value), 2.5, `seed ${toneOf(chosen)}`));
    if (low === null) return [...dots, mark(at(mean), chosen)];
    const ends = [low, high].map((end) => at(Math.max(end, panel.y.domain[0])));
    return [...dots, path(ends, `curve ${toneOf(chosen)}`), mark(at(mean), chosen)];
  }

  function panelAxes(data, { key, name, wide }, chosen, { left, right, ...box }) {
    const inner = { ...box, left: left + MARGIN.left, right: right - MARGIN.right };
    const ticks = capTicks(data.caps, chosen, inner.right - inner.left);
    const y = { name, nameAt: left + 2, ...(wide ? wideExtent : extent)(data[key]) };
    if (y.log) y.name += " (log)";
    return axes(inner, { domain: [-0.6, data.caps.length - 0.4], ticks }, y);
  }

  // What stands in a panel that is not to be seen yet.
  function veil({ name }, { left, right, top, bottom }) {
    const middle = { class: "strong", "text-anchor": "middle" };
    const words = [
      write(left + 2, top - 13, name, { class: "name" }),
      write((left + right) / 2, (top + bottom) / 2, "where is it highest?", middle),
    ];
    return [bar(left, right, top, bottom - top, "band"), ...words];
  }

  function multiple(data, metric, { chosen, revealed }, box) {
    if (metric.key === HIDDEN && !revealed) return veil(metric, box);
    const panel = panelAxes(data, metric, chosen, box);
    const middle = panel.x(chosen);
    const band = bar(middle - 8, middle + 8, box.top, box.bottom - box.top, "band");
    const cells = data[metric.key].flatMap((it, i) => seeds(it, i, panel, i === chosen));
    return [band, panel.group, ...cells];
  }

  // The cap nearest to a place in the panels.
  function capAt(data, width, x) {
    const half = width / 2;
    const share = ((x % half) - MARGIN.left) / (half - MARGIN.left - MARGIN.right);
    return Math.round(share * (data.caps.length + 0.2) - 0.6);
  }

  const multiples = (data, state) =>
    picture(PANEL_WORDS, (svg, width) => {
      const panels = METRICS.flatMap((metric, i) => {
        const [left, top] = [((i % 2) * width) / 2, Math.floor(i / 2) * PANEL];
        const box = { left, right: left + width / 2, top: top + 32, bottom: top + PANEL - 36 };
        return multiple(data, metric, state, box);
      });
      const under = { class: "name", "text-anchor": "end" };
      svg.replaceChildren(...panels, write(width - 6, 2 * PANEL, "cap of β", under));
      return 2 * PANEL + 4;
    });

  // The rate-distortion plane: what the code costs, and what is lost with it. It shows the caps
  // that put a price on the rate; a cap of zero may lie far outside, and is then only told of.

  const PLANE_WORDS =
    "The rate-distortion plane: KL across, reconstruction up, a point for each cap.";
  const LEVEL = "curve tone-vermillion dashed";
  const PLANE_KEY = [
    [mark(MIDDLE, false), "mean of a cap"],
    [lineSample(LEVEL), "line of equal loss, slope −β"],
  ];

  function planeAxes(data, width) {
    const box = { left: 42, right: width - 8, top: 32, bottom: 2 * PANEL - 44 };
    const priced = data.kl.filter((_, i) => data.caps[i] > 0);
    const x = { ...extent(priced.length ? priced : data.kl), name: "rate: KL, nats" };
    const y = { ...extent(data.nll), name: "distortion: reconstruction, nats", nameAt: 2 };
    return { box, ...axes(box, x, y) };
  }

  // Where reconstruction + beta KL is what it is at the chosen point.
  function level(data, chosen, { x, y }) {
    const [kl, nll] = [data.kl[chosen].mean, data.nll[chosen].mean];
    const at = (rate) => [x(rate), y(nll - data.caps[chosen] * (rate - kl))];
    return path(x.domain.map(at), LEVEL);
  }

  // The caps beside their points, the chosen one first, less those that would cover another.
  function labels(caps, means, chosen, { box }) {
    const taken = [];
    const apart = ([x, y]) => ([a, b]) => Math.abs(a - x) > 30 || Math.abs(b - y) > 14;
    const free = (mean) => mean[0] <= box.right && taken.every(apart(mean));
    const order = [chosen, ...caps.keys()].filter((i) => free(means[i]) && taken.push(means[i]));
    return order.map((i) => {
      const [x, y] = means[i];
      const kind = { class: i === chosen ? "strong" : "name" };
      if (x < box.right - 36) return write(x + 9, y - 6, String(caps[i]), kind);
      return write(x, y - 10, String(caps[i]), { ...kind, "text-anchor": "end" });
    });
  }

  // What lies to the right of the plane, told in its empty corner.
  function outside(data, means, chosen, { box }) {
    const told = (i) => `cap ${data.caps[i]}: at rate ${number(data.kl[i].mean, 1)} →`;
    const kind = (i) => ({ class: i === chosen ? "strong" : "name", "text-anchor": "end" });
    const far = [...means.keys()].filter((i) => means[i][0] > box.right);
    return far.map((i, line) => write(box.right, box.top + 14 + 16 * line, told(i), kind(i)));
  }

  function plane(data, chosen, width) {
    const panel = planeAxes(data, width);
    const at = (kl, nll) => [panel.x(kl), panel.y(nll)];
    const means = data.caps.map((_, i) => at(data.kl[i].mean, data.nll[i].mean));
    const runs = data.caps.flatMap((_, i) => {
      const tone = toneOf(i === chosen);
      const place = (kl, j) => at(kl, data.nll[i].values[j]);
      return data.kl[i].values.map((kl, j) => disc(place(kl, j), 2.5, `seed ${tone}`));
    });
    const lines = [level(data, chosen, panel), path(means, "curve thin tone-grey")];
    const marks = means.map((mean, i) => mark(mean, i === chosen));
    const names = labels(data.caps, means, chosen, panel);
    const inside = clipped(panel.box, "clip-plane", ...lines, ...runs, ...marks, ...names);
    return [panel.group, inside, ...outside(data, means, chosen, panel)];
  }

  const planePicture = (data, state) =>
    picture(PLANE_WORDS, (svg, width) => {
      svg.replaceChildren(...plane(data, state.chosen, width));
      return 2 * PANEL;
    });

  // The numbers.

  function metricRow({ key, name }) {
    const interval = [place(`${key}-low`), " to ", place(`${key}-high`)];
    return row(name, [place(`${key}-mean`)], interval);
  }

  function readings(data, { chosen, revealed }) {
    const hidden = (key) => key === HIDDEN && !revealed;
    const seen = (key, what) => (hidden(key) ? NaN : data[key][chosen][what] ?? NaN);
    const of = ({ key, digits }) => ["mean", "low", "high"].map((what) =>
      [`${key}-${what}`, number(seen(key, what), digits)]);
    return Object.fromEntries(METRICS.flatMap(of));
  }

  function best({ ndcg100 }) {
    const means = ndcg100.map(({ mean }) => mean);
    return means.indexOf(Math.max(...means));
  }

  const QUESTION =
    "Before you look: at which cap is NDCG@100 highest? Put the slider there, and say so.";

  // The list of one person at the chosen cap; a hit had been hidden from the model.

  function listOf({ films, hits }, before) {
    const item = (title, i) => {
      const words = hits[i] ? [title, make("span", { class: "hit" }, " ✓ hit")] : [title];
      return make("li", before.includes(title) ? {} : { class: "new" }, ...words);
    };
    return films.map(item);
  }

  // What is said when the curtain has gone up.
  function verdict(data, guess) {
    const of = (i) => `${number(data[HIDDEN][i].mean)} at ${data.caps[i]}`;
    const top = best(data);
    const chosen = `You chose ${data.caps[guess]}, with ${number(data[HIDDEN][guess].mean)}. `;
    const said = guess === top ? "Right: " : chosen;
    const last = data.caps.length - 1;
    return `${said}NDCG@100 goes from ${of(0)} up to ${of(top)}, and down to ${of(last)}.`;
  }

  // The part.

  part("beta", (data) => {
    const last = data.caps.length - 1;
    const state = { chosen: last, revealed: false };
    const heard = announcer();
    const pictures = [multiples(data, state), planePicture(data, state)];
    const body = make("tbody", {}, ...METRICS.map(metricRow));
    const metrics = table(["validation users", "mean", "95 % interval"], [body]);
    const numbers = make("div", { class: "right numbers" }, metrics);
    const show = (i) => String(data.caps[i]);
    const control = slider({ name: "cap of β", range: [0, last], step: 1, show, change: choose });
    const told = make("p", { class: "wide verdict" });
    const films = make("ol", {});
    const whose = make("p", {}, "Shown to the horror fan of the first chapter");
    const list = make("div", { class: "left films" }, whose, films);

    function choose(i) {
      const before = data.lists[state.chosen].films;
      state.chosen = clamp(i, [0, last]);
      control.set(state.chosen);
      for (const shown of pictures) shown.redraw();
      const shown = readings(data, state);
      fill(numbers, shown);
      tell("beta", { ...shown, cap: show(state.chosen) });
      films.replaceChildren(...listOf(data.lists[state.chosen], before));
      const words = METRICS.map(({ key, name }) => `${name} ${shown[`${key}-mean`]}`);
      heard.say(`Cap ${show(state.chosen)}: ${words.join("; ")}`);
    }

    // Hide or show the answer, and say which.
    function curtain(revealed, words) {
      state.revealed = revealed;
      told.textContent = words;
      guess.disabled = revealed;
    }

    function begin() {
      curtain(false, QUESTION);
      choose(last);
    }

    function reveal() {
      curtain(true, verdict(data, state.chosen));
      choose(state.chosen);
    }

    function toBest() {
      if (!state.revealed) reveal();
      choose(best(data));
    }

    pictures[0].svg.addEventListener("click", (event) => {
      const box = pictures[0].svg.getBoundingClientRect();
      choose(capAt(data, box.width, event.clientX - box.left));
    });
    const guess = button("I say this one", reveal);
    const buttons = [guess, button("Highest NDCG@100", toBest), button("Start again", begin)];
    begin();
    return [
      told,
      controls("controls one", [control.element], buttons),
      list,
      numbers,
      make("div", { class: "left" }, legend(KEY), pictures[0].element),
      folded("right", "Rate and distortion", legend(PLANE_KEY), pictures[1].element),
      heard.element,
    ];
  });
})();
