// EASE and EDLAE among a few films: their weights as squares, and what somebody is recommended.
//
// The page brings how many people clicked each two of the films. The weights are those of the
// closed form: with P the inverse of the counts, whose diagonal has a penalty added, B is -P with
// each column divided by its own P and a diagonal of zeros.
(() => {
  "use strict";
  const {
    announcer, button, controls, draw, fill, legend, make, number, part, picture, place, row,
    slider, table, tell, write,
  } = window.Interactive;

  const DROPOUTS = [0, 0.9];
  const POWERS = [0, 3]; // of ten, for λ
  const FULL = 0.5; // the weight whose square fills its cell
  const LENGTH = 5; // of the list
  const RANKS = Array.from({ length: LENGTH }, (_, rank) => rank);

  // The numbers. A state has the dropout p, λ and the films picked.

  const penalties = ({ counts }, { dropout, l2 }) =>
    counts.map((of, i) => l2 + (dropout / (1 - dropout)) * of[i]);

  // Gauss and Jordan's elimination; the matrix is positive definite, so no row need be exchanged.
  function inverse(matrix) {
    const size = matrix.length;
    const rows = matrix.map((values, i) => [...values, ...unit(size, i)]);
    rows.forEach((pivot, i) => {
      const first = pivot[i];
      pivot.forEach((value, k) => (pivot[k] = value / first));
      rows.forEach((other, j) => {
        if (i === j) return;
        const times = other[i];
        other.forEach((value, k) => (other[k] = value - times * pivot[k]));
      });
    });
    return rows.map((values) => values.slice(size));
  }

  const unit = (size, i) => Array.from({ length: size }, (_, k) => (k === i ? 1 : 0));

  function weightsOf(data, state) {
    const added = penalties(data, state);
    const solved = inverse(data.counts.map((of, i) =>
      of.map((value, j) => (i === j ? value + added[i] : value))));
    return solved.map((of, i) => of.map((value, j) => (i === j ? 0 : -value / solved[j][j])));
  }

  const scoresOf = (data, { picks }, weights) =>
    data.films.map((_, j) => picks.reduce((sum, i) => sum + weights[i][j], 0));

  // The films that were not picked, the best first.
  function best(data, { picks }, scores) {
    const others = scores.map((_, j) => j).filter((j) => picks.length && !picks.includes(j));
    return others.sort((one, other) => scores[other] - scores[one]).slice(0, LENGTH);
  }

  const flat = (weights) => weights.flatMap((of, i) => of.filter((_, j) => i !== j));

  // The picture: a square a weight, its area the size, hollow where it is below zero.

  const WORDS =
    "A square for each pair of films: how much the row's film speaks for the column's, or against.";

  function squareOf(x, y, side, weight) {
    const edge = side * Math.sqrt(Math.min(1, Math.abs(weight) / FULL));
    const rim = weight < 0 ? Math.max(0, edge - 1.5) : edge; // a line is drawn around its middle
    const kind = weight < 0 ? "weight below tone-vermillion" : "weight tone-blue";
    const [left, top] = [x + (side - rim) / 2, y + (side - rim) / 2];
    return draw("rect", { class: kind, x: left, y: top, width: rim, height: rim });
  }

  function cellOf(x, y, side, weight, words) {
    const reach = draw("rect", { class: "reach", x, y, width: side, height: side });
    return draw("g", {}, draw("title", {}, words), reach, squareOf(x, y, side - 2, weight));
  }

  function mapPicture(data, state) {
    return picture(WORDS, (svg, width) => {
      const [left, top] = [82, 84];
      const side = Math.min(28, (width - left - 2) / data.films.length);
      const end = left + side * data.films.length;
      const at = (k) => side * (k + 0.5) + 4;
      const layer = draw("g");
      for (const i of state.picks) {
        const box = { x: 0, y: top + side * i, width: end, height: side };
        layer.append(draw("rect", { class: "band", ...box }));
      }
      data.films.forEach((film, k) => {
        const look = { "text-anchor": "end", class: state.picks.includes(k) ? "strong" : "" };
        layer.append(write(left - 6, top + at(k), film, look));
        const turned = `translate(${left + at(k)} ${top - 6}) rotate(-90)`;
        layer.append(write(0, 0, film, { transform: turned }));
      });
      state.weights.forEach((of, i) => of.forEach((weight, j) => {
        if (i === j) return;
        const words = `${data.films[i]} for ${data.films[j]}: ${number(weight, 2)}`;
        layer.append(cellOf(left + side * j, top + side * i, side, weight, words));
      }));
      svg.replaceChildren(layer);
      return top + side * data.films.length + 4;
    });
  }

  const KEY = [
    [squareOf(8, 1, 14, FULL), "speaks for it"],
    [squareOf(8, 1, 14, -FULL), "speaks against it"],
  ];

  // The list, and what is said of all weights.

  function numbersOf(data, state) {
    const scores = scoresOf(data, state, state.weights);
    const films = best(data, state, scores);
    const listed = RANKS.flatMap((rank) => [
      [`film-${rank}`, films.length ? data.titles[films[rank]] : "–"],
      [`score-${rank}`, number(scores[films[rank]], 3)],
    ]);
    const all = flat(state.weights);
    const [added] = penalties(data, state);
    return Object.fromEntries([
      ...listed,
      ["below", number(all.filter((weight) => weight < 0).length, 0)],
      ["largest", number(Math.max(...all), 3)],
      ["penalty", number(added, 1)],
    ]);
  }

  function listTable() {
    const rows = RANKS.map((rank) => {
      const made = row("", [place(`score-${rank}`)]);
      made.querySelector("th").append(place(`film-${rank}`));
      return made;
    });
    return table(["recommended", "score"], [make("tbody", {}, ...rows)]);
  }

  function factTable(data) {
    const pairs = data.films.length * (data.films.length - 1);
    const rows = [
      row(`weights below zero, of ${pairs}`, [place("below")]),
      row("largest weight", [place("largest")]),
      row(`penalty on what ${data.films[0]} says`, [place("penalty")]),
    ];
    return make("table", {}, make("tbody", {}, ...rows));
  }

  function summary(data, state, shown) {
    const picked = state.picks.map((i) => data.films[i]).join(", ") || "nothing";
    const films = RANKS.map((rank) => `${shown[`film-${rank}`]} ${shown[`score-${rank}`]}`);
    return `Clicked: ${picked}. Recommended: ${films.join(", ")}`;
  }

  // The part.

  part("weights", (data) => {
    const state = { dropout: 0, l2: 1, picks: [], weights: [] };
    const map = mapPicture(data, state);
    const change = (name, value) => (moved) => move({ [name]: value(moved) });
    const dropout = slider({
      name: "p, dropout", range: DROPOUTS, step: 0.05, show: (value) => number(value, 2),
      change: change("dropout", (value) => value),
    });
    const lambda = (power) => Number((10 ** power).toPrecision(2));
    const penalty = slider({
      name: "λ, the penalty", range: POWERS, step: 0.05, show: (power) => `${lambda(power)}`,
      change: change("l2", lambda),
    });
    const numbers = make("div", { class: "numbers" }, listTable(), factTable(data));
    const heard = announcer();
    const films = data.films.map((film, i) => button(film, () => toggle(i)));

    function toggle(film) {
      const rest = state.picks.filter((other) => other !== film);
      move({ picks: rest.length < state.picks.length ? rest : [...rest, film] });
    }

    function move(to) {
      Object.assign(state, to);
      state.weights = weightsOf(data, state);
      dropout.set(state.dropout);
      penalty.set(Math.log10(state.l2));
      films.forEach((one, i) => one.setAttribute("aria-pressed", state.picks.includes(i)));
      map.redraw();
      const shown = numbersOf(data, state);
      fill(numbers, shown);
      tell("weights", { penalty: shown.penalty, below: shown.below, first: shown["film-0"] });
      heard.say(summary(data, state, shown));
    }

    const begin = () => {
      const { dropout: p, l2, picks } = data;
      move({ dropout: p, l2, picks: picks.map((film) => data.films.indexOf(film)) });
    };

    begin();
    const who = make("span", {}, "Somebody clicked");
    const chosen = make("div", { class: "buttons films-picked wide" }, who, ...films);
    return [
      make("div", { class: "left" }, legend(KEY), map.element),
      make("div", { class: "right" }, numbers),
      controls("controls", [dropout.element, penalty.element], []),
      chosen,
      make("div", { class: "buttons wide" }, button("Start again", begin)),
      heard.element,
    ];
  });
})();
