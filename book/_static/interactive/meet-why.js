// Why is this film in the list? A number for each pick, by three ways of asking.
//
// Needs: live/arrays live/ranking live/linear live/autoencoder live/models live/why
// Needs: meet/room meet/networks
(() => {
  "use strict";
  const { announcer, draw, make, number, part, table, tell } = window.Interactive;
  const { none, topK, why } = window.LiveModels;
  const room = window.Meet;

  const OFFERED = 8; // films of each list that can be asked about
  const WAYS = {
    ease: "EASE, exact",
    out: "Network, left out",
    slope: "Network, slope × input",
  };

  const answers = (film) => ({
    ease: why.contributions(room.models.get("ease"), room.picks, film),
    out: why.leaveOneOut(room.network(), room.picks, film),
    slope: why.gradientTimesInput(room.network(), room.picks, film),
  });

  // The place of the largest number.
  const top = (values) => values.indexOf(Math.max(...values));

  // A bar from the middle, to the right for what speaks for the film, and its number.
  function bar(value, largest) {
    const length = 30 * (Math.abs(value) / largest);
    const at = { x: value < 0 ? 30 - length : 30, y: 3, width: length, height: 10 };
    const kind = value < 0 ? "meet-against" : "meet-for";
    const box = { viewBox: "0 0 60 16", class: "meet-cell", "aria-hidden": "true" };
    const zero = draw("line", { class: "tick", x1: 30, x2: 30, y1: 0, y2: 16 });
    const drawn = draw("svg", box, draw("rect", { class: kind, ...at }), zero);
    return [drawn, make("span", {}, number(value, 3))];
  }

  function rows(found) {
    const largest = Object.fromEntries(
      Object.entries(found).map(([way, all]) => [way, Math.max(1e-9, ...all.map(Math.abs))]),
    );
    const order = [...room.picks.keys()].sort((a, b) => found.ease[b] - found.ease[a]);
    return order.map((i) => {
      const cells = Object.keys(WAYS).map((way) => bar(found[way][i], largest[way]));
      return window.Interactive.row(room.names[room.picks[i]], ...cells);
    });
  }

  // Do they name the same pick first?
  function verdict(found) {
    const named = Object.fromEntries(Object.keys(WAYS).map((way) => [way, top(found[way])]));
    const title = (way) => room.names[room.picks[named[way]]];
    const both = named.out === named.slope
      ? `Both ways of asking the network name ${title("out")} first`
      : `The two ways of asking the network disagree: ${title("out")} or ${title("slope")} first`;
    const ease = named.ease === named.out && named.out === named.slope
      ? "and so does EASE."
      : `and EASE names ${title("ease")}.`;
    return `${both}, ${ease}`;
  }

  part("meet-why", () => {
    if (!room) return [none()];
    const select = make("select", {});
    const body = make("div", { class: "numbers wide meet-why" });
    const said = make("p", { class: "wide verdict" });
    const heard = announcer();
    let asked = null;

    // The first films of the network and of EASE; the one that was asked about stays if it can.
    function offer() {
      const lists = [room.network(), room.models.get("ease")].map((model) =>
        topK(model.score(room.picks), OFFERED, room.picks));
      const films = [...new Set(lists.flat())];
      asked = films.includes(asked) ? asked : films[0];
      const option = (one) => make("option", { value: one }, room.names[one]);
      select.replaceChildren(...films.map(option));
      select.value = asked;
    }

    function show() {
      const found = answers(asked);
      const head = ["You picked", ...Object.values(WAYS)];
      body.replaceChildren(table(head, [make("tbody", {}, ...rows(found))]));
      said.textContent = verdict(found);
      tell("meet-why", { film: room.names[asked] });
      heard.say(said.textContent);
    }

    select.addEventListener("change", () => {
      asked = Number(select.value);
      show();
    });
    room.whenChanged(() => {
      if (!room.network() || !room.models.has("ease")) return;
      if (!room.picks.length) {
        body.replaceChildren();
        said.textContent = "Nothing is picked, so there is nothing that speaks for a film.";
        return;
      }
      offer();
      show();
    }, "soon");
    const film = make("label", { class: "meet-choice" }, make("span", {}, "Why"), select);
    const choices = make("div", { class: "meet-row wide" }, film, room.networks());
    return [choices, body, said, heard.element];
  });
})();
