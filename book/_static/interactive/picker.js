// A film picker: two lists for the films that a reader likes, by popularity and by EASE.
//
// The page brings titles, clicks, and the upper half of EASE's partial correlations r as signed
// bytes; a weight is B_ij = r_ij sqrt(P_ii / P_jj), and a film's score the sum over what was liked.
// Who asks for the network of the book gets a third list; it is a megabyte or two, so not before.
(() => {
  "use strict";
  const { announcer, button, fetchScript, make, part, tell, titled } = window.Interactive;

  const LENGTH = 5;
  const MOST = 8; // films that may be liked at a time
  const HEADS = {
    popular: "What everybody clicks",
    ease: "What a small model finds",
    network: "What Mult-VAE finds",
  };
  const LIVE = ["arrays", "ranking", "linear", "autoencoder", "models"];

  // The weight of film i for film j, from the bytes above the diagonal.
  function weigher({ titles, pairs, largest, roots }) {
    const bytes = Int8Array.from(atob(pairs), (letter) => letter.charCodeAt(0));
    const n = titles.length;
    const place = (i, j) => i * n - (i * (i + 1)) / 2 + (j - i - 1);
    return (i, j) => {
      if (i === j) return 0;
      const level = bytes[i < j ? place(i, j) : place(j, i)] / 127;
      return Math.sign(level) * level ** 2 * largest * (roots[i] / roots[j]);
    };
  }

  // The places of the highest scores outside of the picks; equals stay in their order.
  function first(scores, picks) {
    const free = [...scores.keys()].filter((film) => !picks.includes(film));
    return free.sort((a, b) => scores[b] - scores[a] || a - b).slice(0, LENGTH);
  }

  // The network, and the titles that it recommends to who likes some.
  async function fetchNetwork({ name, file }) {
    for (const script of LIVE) await fetchScript(`live/${script}.js`);
    await fetchScript(file);
    const model = window.LiveModels.open(window.recotourModels[name]);
    const { titles } = model.file;
    return (liked) => {
      const picks = liked.map((title) => titles.indexOf(title));
      const best = window.LiveModels.topK(model.score(picks), LENGTH, picks);
      return best.map((film) => titled(titles[film]));
    };
  }

  function listOf(kind) {
    const items = make("ol");
    const head = make("p", { class: "picker-head" }, HEADS[kind]);
    return { items, element: make("div", { class: `picker-list ${kind}` }, head, items) };
  }

  part("picker", (data) => {
    if (!data) return null;
    const weight = weigher(data);
    const names = data.titles.map(titled);
    const state = { picks: data.presets.Horror, network: null };
    const chips = make("ul", { class: "picker-chips", "aria-label": "Films you like" });
    const lists = Object.fromEntries(Object.keys(HEADS).map((kind) => [kind, listOf(kind)]));
    const shown = make("div", { class: "picker-lists wide" });
    shown.append(lists.popular.element, lists.ease.element);
    const heard = announcer();
    const options = make("datalist", { id: "picker-films" });
    options.append(...names.map((name) => make("option", { value: name })));
    const box = { type: "text", list: "picker-films", autocomplete: "off" };
    const words = { placeholder: "Add a film", "aria-label": "Add a film that you like" };
    const field = make("input", { ...box, ...words });

    function chip(film) {
      const remove = button("×", () => drop(film));
      remove.setAttribute("aria-label", `Remove ${names[film]}`);
      return make("li", {}, names[film], remove);
    }

    function show() {
      const { picks } = state;
      const scores = names.map((_, j) => picks.reduce((sum, i) => sum + weight(i, j), 0));
      const ease = picks.length ? first(scores, picks) : [];
      const found = { popular: first(data.clicks, picks), ease };
      chips.replaceChildren(...picks.map(chip));
      for (const [kind, films] of Object.entries(found)) {
        lists[kind].items.replaceChildren(...films.map((film) => make("li", {}, names[film])));
      }
      if (state.network) {
        const theirs = state.network(picks.map((film) => data.titles[film]));
        lists.network.items.replaceChildren(...theirs.map((name) => make("li", {}, name)));
      }
      const best = found.ease.map((film) => names[film]);
      tell("picker", { first: best[0] });
      heard.say(`The model finds: ${best.join("; ")}`);
    }

    function choose(picks) {
      state.picks = picks.slice(-MOST);
      show();
    }

    function drop(film) {
      const at = state.picks.indexOf(film);
      choose(state.picks.filter((other) => other !== film));
      const rest = chips.querySelectorAll("button");
      (rest[Math.min(at, rest.length - 1)] ?? field).focus();
    }

    // What was typed or chosen, once it is the name of a film.
    function add() {
      const typed = field.value.trim().toLowerCase();
      const film = names.findIndex((name) => name.toLowerCase() === typed);
      if (film < 0) return;
      field.value = "";
      if (!state.picks.includes(film)) choose([...state.picks, film]);
    }

    field.addEventListener("input", add);
    field.addEventListener("change", add);
    // Once it is there, the way to the page where it can be opened takes the place of the button.
    const meet = make("a", { href: "practice/meet.html" }, "Open it, and meet the others");
    const ask = button("And the model of this book?", async () => {
      ask.disabled = true;
      state.network = await fetchNetwork(data.network);
      shown.append(lists.network.element);
      ask.replaceWith(meet);
      show();
      meet.focus();
    });
    const preset = ([name, films]) => button(name, () => choose(films));
    const presets = Object.entries(data.presets).map(preset);
    show();
    const like = make("span", { class: "picker-like" }, "You like");
    return [
      make("div", { class: "picker-row wide" }, like, chips, field, options),
      shown,
      make("div", { class: "buttons picker-presets wide" }, make("span", {}, "Or try"), ...presets),
      make("div", { class: "buttons picker-presets wide" }, ask),
      heard.element,
    ];
  });
})();
