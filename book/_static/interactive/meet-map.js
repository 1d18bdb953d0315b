// Films on a map: the rows of the decoder's last layer in their first two principal components.
//
// A logit is the product of a film's row and the person's hidden units, so the person is an arrow:
// in the plane, logits rise along it.
//
// Needs: live/arrays live/ranking live/linear live/autoencoder live/models
// Needs: meet/room meet/films meet/networks
(() => {
  "use strict";
  const {
    announcer, draw, legend, make, number, part, picture, scale, segment, tell, write,
  } = window.Interactive;
  const { none, topK } = window.LiveModels;
  const room = window.Meet;

  const SHOWN = 6; // films of the list that are marked
  // What is no genre: a number of each film, cut where a third begins.
  const SPANS = {
    years: {
      words: "the year",
      cuts: [1970, 1990],
      names: ["before 1970", "1970 to 1989", "from 1990"],
    },
    clicks: {
      words: "clicks",
      cuts: [10, 50],
      names: ["under 10 clicks", "10 to 49", "50 and more"],
    },
  };
  const TONES = ["tone-vermillion", "tone-blue", "tone-grey"];

  // One path for many dots: a line without length is drawn as its round end.
  const dots = (points, kind) => {
    const d = points.map(([x, y]) => `M${x} ${y}h0`).join("");
    return draw("path", { class: `meet-dots ${kind}`, d });
  };

  const rounded = (value) => Math.round(value * 10) / 10;

  // Which films have which colour: three spans of a number, or those of a genre and the rest. What
  // is drawn last, on top, is what one looks for.
  function groups(data, by) {
    const all = data.places.map((_, film) => film);
    if (by in SPANS) {
      const { cuts, names } = SPANS[by];
      const span = (film) => cuts.filter((cut) => data[by][film] >= cut).length;
      const tones = by === "clicks" ? [...TONES].reverse() : TONES;
      const known = all.filter((film) => data[by][film] !== null);
      const made = names.map((words, i) => ({
        words,
        kind: tones[i],
        films: known.filter((film) => span(film) === i),
      }));
      return made.sort((a, b) => TONES.indexOf(b.kind) - TONES.indexOf(a.kind));
    }
    const has = (film) => data.genresOf[film].includes(Number(by));
    return [
      { words: "other films", kind: "tone-grey", films: all.filter((film) => !has(film)) },
      { words: data.genres[by], kind: "tone-vermillion", films: all.filter(has) },
    ];
  }

  // The mean distance of two of some films on the map.
  function spread(data, films) {
    let sum = 0;
    films.forEach((a, i) => {
      const [x, y] = data.places[a];
      for (const b of films.slice(i + 1)) {
        sum += Math.hypot(x - data.places[b][0], y - data.places[b][1]);
      }
    });
    return sum / ((films.length * (films.length - 1)) / 2);
  }

  part("meet-map", (data) => {
    if (!room || !data) return [none()];
    const state = { by: "0", film: null, at: [] };
    const key = make("ul", { class: "legend wide" });
    const gathered = make("p", { class: "wide", "data-number": "spread" });
    const said = make("p", { class: "wide meet-note" });
    const heard = announcer();
    const apart = spread(data, data.places.map((_, film) => film)); // of any two
    const xs = data.places.map(([x]) => x);
    const ys = data.places.map(([, y]) => y);

    // Where a hidden vector points in the plane.
    function arrow() {
      const model = room.models.get(data.model);
      if (!model) return null;
      const { back, logits } = model.decode(model.encode(room.picks).mu);
      const along = data.directions.map((one) => one.reduce((sum, v, i) => sum + v * back[i], 0));
      return { along, best: topK(logits, SHOWN, room.picks) };
    }

    function named(film, at, kind) {
      const [x, y] = at[film];
      const left = x > at.width / 2;
      const words = write(left ? x - 8 : x + 8, y + 4, room.names[film] ?? "", {
        "text-anchor": left ? "end" : "start",
        class: "strong",
      });
      return [draw("circle", { class: kind, cx: x, cy: y, r: 6 }), words];
    }

    const words = "A map of films with your picks, your list and your direction";
    const map = picture(words, (svg, width) => {
      const height = Math.round(Math.min(520, width * 0.9));
      const x = scale([Math.min(...xs), Math.max(...xs)], [14, width - 14]);
      const y = scale([Math.min(...ys), Math.max(...ys)], [height - 14, 14]);
      const at = data.places.map(([a, b]) => [rounded(x(a)), rounded(y(b))]);
      at.width = width;
      state.at = at;
      const shapes = groups(data, state.by).map(({ kind, films }) =>
        dots(films.map((film) => at[film]), kind));
      const found = arrow();
      const marks = found ? found.best.map((film) => at[film]) : [];
      const extra = marks.map(([cx, cy]) => draw("circle", { class: "meet-ring", cx, cy, r: 6 }));
      extra.push(...room.picks.map((film) => {
        const [cx, cy] = at[film];
        return draw("rect", { class: "meet-pick", x: cx - 5, y: cy - 5, width: 10, height: 10 });
      }));
      if (found) {
        const long = Math.hypot(...found.along);
        const reach = Math.min(width, height) / 3;
        const [ox, oy] = [x(0), y(0)];
        const end = [ox + (found.along[0] / long) * reach, oy - (found.along[1] / long) * reach];
        extra.push(segment(ox, oy, ...end, "meet-arrow"));
        extra.push(write(...end, "you", { class: "strong" }));
      }
      if (state.film !== null) extra.push(...named(state.film, at, "meet-found"));
      svg.replaceChildren(...shapes, ...extra);
      return height;
    });

    function about(film) {
      state.film = film;
      const kinds = data.genresOf[film].map((kind) => data.genres[kind]).join(", ");
      said.textContent = `${room.names[film]}${kinds ? `: ${kinds}` : ""}`;
      map.redraw();
    }

    // The film that is nearest to the pointer.
    map.svg.addEventListener("pointermove", ({ clientX, clientY }) => {
      const { left, top } = map.svg.getBoundingClientRect();
      const far = (film) =>
        Math.hypot(state.at[film][0] - clientX + left, state.at[film][1] - clientY + top);
      const nearest = state.at.reduce((best, _, film) => (far(film) < far(best) ? film : best), 0);
      if (room.names.length && nearest !== state.film && far(nearest) < 20) about(nearest);
    });

    // What the colours are, and whether films of a colour stand together.
    function coloured() {
      const sample = (kind) => draw("path", { class: `meet-dots ${kind}`, d: "M15 8h0" });
      const ring = draw("circle", { class: "meet-ring", cx: 15, cy: 8, r: 6 });
      const pick = draw("rect", { class: "meet-pick", x: 10, y: 3, width: 10, height: 10 });
      const found = groups(data, state.by);
      const entries = found.map(({ words: name, kind }) => [sample(kind), name]);
      const yours = [[pick, "your picks"], [ring, "your list"]];
      key.replaceChildren(...legend([...entries, ...yours]).children);
      const ours = found.filter(({ kind }) => state.by in SPANS || kind !== "tone-grey");
      const each = ours.map(({ words: name, films }) =>
        `${name} ${number(spread(data, films) / apart, 2)}`);
      gathered.textContent = `Distance of two films, where any two have 1: ${each.join("; ")}.`;
      map.redraw();
    }

    const by = make("select", {});
    by.append(...data.genres.map((name, i) => make("option", { value: i }, name)));
    const spans = Object.entries(SPANS);
    by.append(...spans.map(([name, span]) => make("option", { value: name }, span.words)));
    by.addEventListener("change", () => {
      state.by = by.value;
      coloured();
    });
    const kinds = make("label", { class: "meet-choice" }, make("span", {}, "Colour by"), by);
    const find = room.search("meet-map-films", "Find a film on the map", about);
    const held = number(100 * (data.shares[0] + data.shares[1]), 0);
    const note = make("p", { class: "wide meet-note" },
      `The two directions hold ${held} % of how the rows differ, and the one from left to right is `
        + `mostly how often a film was clicked (correlation ${number(data.popularity, 2)} with the `
        + `logarithm). Of the ${data.nearest} films nearest to one here, ${number(data.kept, 1)} `
        + "on average are among its nearest in all dimensions: neighbours here may be far apart.");
    const horror = data.genres.indexOf("Horror");
    state.by = horror < 0 ? "years" : String(horror);
    by.value = state.by;
    coloured();
    room.whenChanged(() => {
      map.redraw();
      const found = arrow();
      if (!found || !room.names.length) return;
      const best = found.best.map((film) => room.names[film]);
      tell("meet-map", { first: best[0] });
      heard.say(`Ringed on the map: ${best.join("; ")}`);
    }, "soon");
    return [
      make("div", { class: "meet-row wide" }, kinds, find, room.titlesFor("meet-map-films")),
      key,
      make("div", { class: "wide" }, map.element),
      said,
      gathered,
      note,
      heard.element,
    ];
  });
})();
