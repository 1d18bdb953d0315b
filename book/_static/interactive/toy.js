// Four films and one taste z: what clicks say of z, and of the next film, and how well q says it.
//
// z ~ N(0, 1), and each click is a draw from softmax f(z) with f_i(z) = w_i z + b_i; log p(x | z)
// is the sum over clicks, without the multinomial coefficient. Evidence and posterior are sums
// over a fine grid of z, means under q = N(mu, sigma^2) sums over a grid of its noise. The view
// `posterior` leaves q out, and shows the decoder.
(() => {
  "use strict";
  const {
    announcer, areaSample, axes, bar, button, clamp, clipped, controls, density, draw, fill, glide,
    legend, lineSample, make, normalSliders, number, part, path, peakHandle, picture, place,
    roundUp, scale, segment, spaced, tell, write,
    beliefKinds: KIND, beliefNames: NAMES,
  } = window.Interactive;

  const PRIOR = { mu: 0, sigma: 1 };
  const RANGE = { mu: [-3, 3], sigma: [0.2, 1.5] };
  const PLACES = [-3, 3]; // of z that are drawn

  // The numbers.

  const sum = (values) => values.reduce((total, value) => total + value, 0);

  const dot = (a, b) => sum(a.map((value, i) => value * b[i]));

  function logPi({ weights, biases }, z) {
    const logits = weights.map((weight, i) => weight * z + biases[i]);
    const highest = Math.max(...logits);
    const total = highest + Math.log(sum(logits.map((value) => Math.exp(value - highest))));
    return logits.map((value) => value - total);
  }

  const STEP = 0.02;
  const GRID = spaced([-8, 8], 16 / STEP + 1);
  const LOG_ROOT = Math.log(2 * Math.PI) / 2;

  // The mean of the films' probabilities, with a share for each z.
  const following = (data, places, shares) =>
    places.reduce((found, z, k) => {
      logPi(data, z).forEach((log, i) => (found[i] += shares[k] * Math.exp(log)));
      return found;
    }, data.films.map(() => 0));

  // What is known of z and of the next film once these clicks were seen.
  function modelOf(data, clicks) {
    const logJoint = (z) => dot(clicks, logPi(data, z)) - (z * z) / 2 - LOG_ROOT;
    const logs = GRID.map(logJoint);
    const highest = Math.max(...logs);
    const evidence = highest + Math.log(sum(logs.map((log) => Math.exp(log - highest))) * STEP);
    const shares = logs.map((log) => Math.exp(log - evidence) * STEP);
    const mean = dot(shares, GRID);
    const spread = Math.sqrt(dot(shares, GRID.map((z) => (z - mean) ** 2)));
    const posterior = (z) => Math.exp(logJoint(z) - evidence);
    return { clicks, evidence, mean, spread, posterior, next: following(data, GRID, shares) };
  }

  // Noise of q, and its shares.
  const NOISE = spaced([-6, 6], 121);
  const HEIGHTS = NOISE.map((noise) => Math.exp(-(noise ** 2) / 2));
  const SHARES = HEIGHTS.map((height) => height / sum(HEIGHTS));

  const drawsOf = ({ mu, sigma }) => NOISE.map((noise) => mu + sigma * noise);

  // ELBO and gap, each by its definition.
  function boundOf(data, model, q) {
    const places = drawsOf(q);
    const logs = places.map((z) => dot(model.clicks, logPi(data, z)));
    const rate = (q.mu ** 2 + q.sigma ** 2 - 1) / 2 - Math.log(q.sigma);
    const ratios = places.map((z) => Math.log(density(z, q) / model.posterior(z)));
    const next = following(data, places, SHARES);
    const elbo = dot(SHARES, logs) - rate;
    return { evidence: model.evidence, gap: dot(SHARES, ratios), elbo, next };
  }

  // The normal q of the highest ELBO. There the slope of log p(x, z) is zero in the mean over q,
  // and its curvature is -1 / sigma^2; the ELBO has one top, as every log pi_i is concave.
  function bestOf(data, { clicks }) {
    const total = sum(clicks);
    let [q, moved] = [PRIOR, 1];
    while (moved > 1e-7) {
      const found = drawsOf(q).map((z) => {
        const pi = logPi(data, z).map(Math.exp);
        const middle = dot(pi, data.weights);
        const spread = dot(pi, data.weights.map((weight) => (weight - middle) ** 2));
        return [dot(clicks, data.weights) - total * middle - z, 1 + total * spread];
      });
      const [slope, bend] = [0, 1].map((k) => dot(SHARES, found.map((pair) => pair[k])));
      const next = { mu: q.mu + slope / bend, sigma: 1 / Math.sqrt(bend) };
      moved = Math.abs(next.mu - q.mu) + Math.abs(next.sigma - q.sigma);
      q = next;
    }
    return q;
  }

  // Densities over z, and below them the decoder.

  const TASTE = "z: love on the left, space on the right";
  const POINTS = spaced(PLACES, 181);
  const HEIGHT = 210;
  const boxOf = (width, height) => ({ left: 34, right: width - 8, top: 30, bottom: height - 40 });

  function densities(state, width) {
    const box = boxOf(width, HEIGHT);
    const across = { domain: PLACES, name: TASTE };
    const panel = axes(box, across, { domain: [0, 2], name: "density" });
    const at = (f) => POINTS.map((z) => [panel.x(z), panel.y(f(z))]);
    const floor = [...PLACES].reverse().map((z) => [panel.x(z), panel.y(0)]);
    const [exact, q] = [state.model.posterior, (z) => density(z, state)].map(at);
    const main = state.hasQ ? q : exact;
    const curves = [
      path([...main, ...floor], state.hasQ ? "area tone-q" : "area tone-posterior"),
      path(at((z) => density(z, PRIOR)), KIND.prior),
      path(exact, KIND.posterior),
      ...(state.hasQ ? [path(q, KIND.q)] : []),
    ];
    const name = state.hasQ ? "clip-toy-q" : "clip-toy"; // both may stand on one page
    return { panel, elements: [panel.group, clipped(box, name, ...curves)] };
  }

  function densityPicture(state, move) {
    const shows = Object.keys(KIND).filter((name) => name !== "q" || state.hasQ);
    const words = `Densities over the taste z: ${shows.map((name) => NAMES[name]).join(", ")}.`;
    const layer = draw("g");
    const shown = picture(words, (svg, width) => {
      const drawn = densities(state, width);
      layer.replaceChildren(...drawn.elements);
      put(drawn.panel, state);
      return HEIGHT;
    });
    const put = state.hasQ ? peakHandle(shown.svg, layer, move) : () => shown.svg.append(layer);
    const key = legend(shows.map((name) => [lineSample(KIND[name]), NAMES[name]]));
    return { ...shown, key };
  }

  const DECODER = "The decoder: the probability of each film, at each taste z.";
  const DECODER_HEIGHT = 200;
  // Where on its curve the name of a film stands: z, the side, and pixels to go.
  const NAMED = [[1.9, "end", -7, 2], [0.8, "middle", 0, -9],
    [-0.8, "middle", 0, -9], [-1.9, "start", 7, 2]];

  const decoderPicture = (data, state) =>
    picture(DECODER, (svg, width) => {
      const box = boxOf(width, DECODER_HEIGHT);
      const up = { domain: [0, 1], name: "probability of a film, given z" };
      const { x, y, group } = axes(box, { domain: PLACES, name: TASTE }, up);
      const values = POINTS.map((z) => logPi(data, z).map(Math.exp));
      const curves = data.films.map((_, i) => {
        const kind = state.clicks[i] ? "curve tone-reconstruction" : "curve thin tone-grey";
        return path(POINTS.map((z, k) => [x(z), y(values[k][i])]), kind);
      });
      const names = data.films.map((film, i) => {
        const [z, side, across, down] = NAMED[i];
        const height = y(Math.exp(logPi(data, z)[i])) + down;
        const look = { "text-anchor": side, class: state.clicks[i] ? "strong" : "" };
        return write(x(z) + across, height, film, look);
      });
      svg.replaceChildren(group, ...curves, ...names);
      return DECODER_HEIGHT;
    });

  // Two bars for each film: exact, and beside it what was believed before, or what q says.

  const NEXT = "Bars: the probability of each film to be clicked next, two for each film.";
  const ROW = 42;
  const other = ({ hasQ }) => (hasQ ? "tone-q" : "tone-prior");

  const nextPicture = (data, state) =>
    picture(NEXT, (svg, width) => {
      const x = scale([0, 0.8], [66, width - 50]);
      const rows = data.films.flatMap((film, i) => {
        const pair = [
          ["exact", state.model.next[i], "bar tone-posterior"],
          ["other", (state.hasQ ? state.value : state.before).next[i], `bar rim ${other(state)}`],
        ];
        const bars = pair.flatMap(([name, value, kind], k) => {
          const y = i * ROW + 17 * k;
          const marked = { "data-number": `${name}-${i}`, class: "figure" };
          const figure = write(width - 2, y + 14, number(value, 3), marked);
          return [bar(x(0), x(value), y + 4, 11, kind), figure];
        });
        return [write(2, i * ROW + 22, film), ...bars];
      });
      svg.replaceChildren(...rows);
      return data.films.length * ROW;
    });

  const nextKey = (state) => legend([
    [areaSample("bar tone-posterior"), "next film, by the posterior"],
    [areaSample(`bar rim ${other(state)}`), state.hasQ ? "by q" : "before any click"],
  ]);

  // The bars of the bound, from zero at the right: ELBO and gap meet where log p(x) ends.

  const BOUND = "Bars: the ELBO and the gap add up to log p(x), whatever q is.";
  const ROWS = [
    ["evidence", "log p(x)", "tone-evidence"],
    ["gap", "gap: KL(q ‖ posterior)", "tone-gap rim"],
    ["elbo", "ELBO", "tone-elbo"],
  ];
  const LINE = 44;

  const boundPicture = (state) =>
    picture(BOUND, (svg, width) => {
      const { evidence, elbo } = state.value;
      const x = scale([Math.min(-4, -roundUp(-elbo)), 0], [4, width - 4]);
      const ends = { evidence: [evidence, 0], gap: [elbo, evidence], elbo: [elbo, 0] };
      const rows = ROWS.flatMap(([key, words, tone], i) => {
        const marked = { "data-number": key, class: "figure" };
        const [from, to] = ends[key].map(x);
        const name = width < 268 ? words.split(":")[0] : words;
        const figure = write(width - 4, i * LINE + 16, number(state.value[key]), marked);
        const shape = bar(from, to, i * LINE + 23, 14, `bar ${tone}`);
        return [shape, write(4, i * LINE + 16, name), figure];
      });
      const bottom = ROWS.length * LINE + 4;
      const box = { left: 4, right: width - 4, top: bottom, bottom };
      const ruler = axes(box, { domain: x.domain, name: "nats" }, { domain: [0, 1], ticks: [] });
      const guides = [x(evidence), x(elbo)].map((end, i) =>
        segment(end, i * LINE + 37, end, i * LINE + LINE + 3, "guide"));
      svg.replaceChildren(...guides, ...rows, ruler.group);
      return bottom + 40;
    });

  // What one sees, in a line.

  const counted = (count) => (count === 1 ? "1 click" : `${count} clicks`);

  function verdictOf(data, { clicks, model, hasQ, value, least }) {
    const highest = Math.max(...model.next) - 1e-6; // two may be as probable
    const first = data.films.filter((_, i) => model.next[i] > highest).join(" or ");
    if (!hasQ && !sum(clicks)) return "No click yet: the posterior is the prior.";
    if (!hasQ) {
      const taste = `z is ${number(model.mean, 2)}, give or take ${number(model.spread, 2)}`;
      return `After ${counted(sum(clicks))} ${taste}; most probable next: ${first}.`;
    }
    const gap = number(value.gap);
    if (value.gap < 5e-5) return "The gap is closed: q is the posterior.";
    if (value.gap - least < 5e-5) return `No normal q does better: ${gap} nats are left.`;
    return `This q loses ${gap} nats; the best normal q would lose ${number(least)}.`;
  }

  function sumLine(hasQ) {
    const terms = ["ELBO + gap = ", place("left"), " + ", place("right"), " "];
    const total = make("span", {}, "= ", place("total"), " = log p(x)");
    if (hasQ) return make("p", { class: "sum" }, make("span", {}, ...terms), total);
    return make("p", { class: "sum" }, "log p(x) = ", place("evidence"));
  }

  function sums({ hasQ, model, value }) {
    if (!hasQ) return { evidence: number(model.evidence) };
    const total = number(value.elbo + value.gap);
    return { left: number(value.elbo), right: number(value.gap), total };
  }

  // The part.

  part("toy", (data, view) => {
    const hasQ = view !== "posterior";
    const before = modelOf(data, data.films.map(() => 0));
    const state = { ...data.start, hasQ, before };
    let stop = () => {};
    const belief = densityPicture(state, move);
    const next = nextPicture(data, state);
    const others = hasQ ? boundPicture(state) : decoderPicture(data, state);
    const sliders = normalSliders(RANGE, number, move);
    const films = data.films.map((film, i) => button(film, () => click(i)));
    const named = data.films.flatMap((film, i) => [` ${film} × `, place(`clicks-${i}`)]);
    const printed = make("div", { class: "toy-printed wide" }, "Clicks:", ...named);
    const group = { class: "buttons toy-films wide", role: "group", "aria-label": "Clicks" };
    const chosen = make("div", group, make("span", {}, "Clicks:"), ...films);
    const verdict = make("p", { class: "verdict toy-verdict" });
    const [added, heard] = [sumLine(hasQ), announcer()];

    // What the clicks alone decide.
    function see(clicks) {
      const model = modelOf(data, clicks);
      const best = hasQ ? bestOf(data, model) : PRIOR;
      Object.assign(state, { clicks, model, best, least: boundOf(data, model, best).gap });
    }

    function show(change) {
      for (const key in RANGE) state[key] = clamp(change[key] ?? state[key], RANGE[key]);
      state.value = boundOf(data, state.model, state);
      sliders.set(state);
      for (const shown of [belief, next, others]) shown.redraw();
      state.clicks.forEach((count, i) => {
        fill(printed, { [`clicks-${i}`]: count });
        films[i].textContent = `${data.films[i]} × ${count}`;
        films[i].classList.toggle("picked", count > 0);
      });
      fill(added, sums(state));
      verdict.textContent = verdictOf(data, state);
      tell("toy", { evidence: number(state.model.evidence, 2), gap: number(state.value.gap, 2) });
      heard.say(summary());
    }

    function summary() {
      const seen = data.films.map((film, i) => `${film} ${state.clicks[i]}`).join(", ");
      const chances = state.model.next.map((chance) => number(chance, 3));
      const forecast = data.films.map((film, i) => `${film} ${chances[i]}`).join(", ");
      return `Clicks: ${seen}. ${added.textContent}. ${verdict.textContent} Next: ${forecast}`;
    }

    function move(change) {
      stop();
      show(change);
    }

    function click(film) {
      see(state.clicks.map((count, i) => (i === film ? (count + 1) % (data.most + 1) : count)));
      move({});
    }

    function begin() {
      see(data.start.clicks);
      move({ mu: data.start.mu, sigma: data.start.sigma });
    }

    function clear() {
      see(data.films.map(() => 0));
      move({});
    }

    function climb() {
      stop();
      stop = glide({ mu: state.mu, sigma: state.sigma }, state.best, show);
    }

    const buttons = [button("No clicks", clear), button("Start again", begin)];
    if (hasQ) buttons.unshift(button("Best q", climb));
    begin();
    const room = (kind, ...children) => make("div", { class: kind }, ...children);
    const left = room("left", belief.key, belief.element);
    const forecast = [nextKey(state), next.element];
    const moved = controls("controls", hasQ ? sliders.elements : [], buttons);
    const rest = hasQ
      ? [moved, room("right", others.element, added), room("left", ...forecast)]
      : [room("right", ...forecast, added), room("left", others.element), moved];
    return [chosen, printed, verdict, left, ...rest, heard.element];
  });
})();
