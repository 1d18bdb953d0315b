// The network at work: every stage from the picks to the probabilities, and its noise.
//
// Needs: live/arrays live/ranking live/linear live/autoencoder live/models live/wobble
// Needs: meet/room meet/networks meet/stages
(() => {
  "use strict";
  const {
    announcer, button, draw, make, normal, number, part, paths, picture, segment, tell, write,
  } = window.Interactive;
  const { kept, meanSigma, none, topK } = window.LiveModels;
  const room = window.Meet;

  const SEED = 2026;
  const [HEIGHT, EDGE] = [64, 46]; // of a picture, and of the numbers at its left
  const [SHOWN, DRAWS] = [6, 100]; // films of a list, and lists that are compared

  // Bars up and down from a line, as one shape; the largest number stands at the left.
  function bars(svg, values, tone, width) {
    const largest = Math.max(1e-9, ...values.map(Math.abs));
    const [middle, reach] = values.some((value) => value < 0)
      ? [HEIGHT / 2, HEIGHT / 2 - 4]
      : [HEIGHT - 4, HEIGHT - 10];
    const step = (width - EDGE) / values.length;
    const at = (i) => EDGE + (i + 0.5) * step;
    const end = (value) => middle - (value / largest) * reach;
    const lines = [...values].map((value, i) => [[at(i), middle], [at(i), end(value)]]);
    const seen = lines.filter(([, [, y]]) => Math.abs(y - middle) > 0.2);
    const drawn = paths(seen, `meet-bars ${tone}`);
    drawn.setAttribute("stroke-width", Math.max(1, Math.min(6, step * 0.7)));
    const words = write(EDGE - 6, 12, number(largest, 2), { class: "name", "text-anchor": "end" });
    svg.replaceChildren(segment(EDGE, middle, width, middle, "tick"), drawn, words);
    return HEIGHT;
  }

  // The films that are most probable, with their share.
  function best(svg, { pi }, width) {
    const films = topK(pi, SHOWN, room.picks);
    const largest = pi[films[0]];
    const rows = films.flatMap((film, i) => {
      const length = (pi[film] / largest) * (width - EDGE);
      const share = `${number(100 * pi[film], 1)} %`;
      const bar = { class: "meet-share", x: EDGE, y: 4 + 26 * i, width: length, height: 22 };
      return [
        draw("rect", bar),
        write(EDGE - 6, 19 + 26 * i, share, { class: "name", "text-anchor": "end" }),
        write(EDGE + 6, 19 + 26 * i, room.names[film]),
      ];
    });
    svg.replaceChildren(...rows);
    return 8 + 26 * SHOWN;
  }

  function stageOf(stage, now) {
    const words = `${stage.name}, ${stage.equation}, as bars`;
    const drawn = picture(words, (svg, width) => {
      const stages = now();
      if (!stages) return HEIGHT;
      if (stage.key === "pi") return best(svg, stages, width);
      const values = stages[stage.key] ?? new Float64Array(stages.z.length);
      return bars(svg, values, stage.tone ?? "tone-evidence", width);
    });
    const equation = make("a", { href: stage.link, class: "meet-equation" }, stage.equation);
    const shape = make("span", { class: "meet-shape" });
    const code = make("code", {});
    const folded = make("details", {}, make("summary", {}, "In code"), make("pre", {}, code));
    const head = make("p", {}, make("strong", {}, stage.name), " ", equation, " ", shape);
    const element = make("div", { class: "meet-stage wide" }, head, drawn.element, folded);
    function show(stages, framework) {
      shape.textContent = stage.shape(stages);
      code.textContent = stage[framework];
      drawn.redraw();
    }
    return { element, show };
  }

  // How unsure, and what of the list stays under noise: for the first pick alone, and for all.
  function wobbles(noise) {
    const table = make("div", { class: "numbers wide" });
    const heads = ["", "σ, one pick", "films that stay", "σ, all picks", "films that stay"];
    function fill() {
      const { framework } = room.network().file;
      const ours = room.known.filter((one) => one.framework === framework);
      const rows = ours.filter(({ name }) => room.models.has(name)).map(({ name }) => {
        const model = room.models.get(name);
        const cells = [room.picks.slice(0, 1), room.picks].flatMap((picks) => [
          number(meanSigma(model, picks), 2),
          `${number(kept(model, picks, SHOWN, DRAWS, noise), 1)} of ${SHOWN}`,
        ]);
        return window.Interactive.row(room.label(name), ...cells.map((words) => [words]));
      });
      table.replaceChildren(window.Interactive.table(heads, [make("tbody", {}, ...rows)]));
    }
    return { element: table, fill, clear: () => table.replaceChildren() };
  }

  part("meet-inside", () => {
    if (!room) return [none()];
    const noise = normal(SEED);
    const state = { epsilon: null, stages: null };
    const stages = window.MeetStages.map((stage) => stageOf(stage, () => state.stages));
    const sure = make("p", { class: "wide meet-sure" });
    const shaken = wobbles(noise);
    const heard = announcer();

    function show() {
      const model = room.network();
      if (!model) return;
      state.stages = model.stages(room.picks, state.epsilon);
      stages.forEach((stage) => stage.show(state.stages, model.file.framework));
      const [now, before] = [room.picks, room.before].map((picks) => meanSigma(model, picks));
      const words = `Mean σ with your ${room.picks.length} picks: ${number(now, 3)}`;
      const old = room.before.length ? `; before your last change it was ${number(before, 3)}` : "";
      sure.textContent = `${words}${old}.`;
      const [first] = topK(state.stages.logits, 1, room.picks);
      tell("meet-inside", { sigma: number(now, 3) });
      heard.say(`${sure.textContent} The first film is ${room.names[first]}.`);
    }

    function shake(epsilon) {
      state.epsilon = epsilon;
      show();
    }

    const fresh = () => Float64Array.from({ length: room.network().latent }, noise);
    const buttons = [
      button("Draw ε", () => room.network() && shake(fresh())),
      button("No noise", () => shake(null)),
      button(`Compare ${DRAWS} draws`, () => room.network() && shaken.fill()),
    ];
    room.whenChanged(() => {
      shaken.clear();
      show();
    }, "soon");
    const pressed = make("div", { class: "buttons" }, ...buttons);
    return [
      make("div", { class: "meet-row wide" }, room.networks(), pressed),
      ...stages.map(({ element }) => element),
      sure,
      shaken.element,
      heard.element,
    ];
  });
})();
