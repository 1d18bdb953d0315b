// What the parts of the page share: the models, the films that somebody likes, and who is told.
//
// Each model is a file of a megabyte or two, so they come one after another, and a part shows what
// is there. `Meet` is null where the book was built without the data that models are trained on.
window.Meet = (() => {
  "use strict";
  const { fetchScript, make, titled } = window.Interactive;
  const { open } = window.LiveModels;

  const MOST = 30; // films that may be liked at a time
  const NAMES = { ease: "EASE", popularity: "Popularity" };
  const FRAMEWORKS = { pytorch: "PyTorch", gluon: "Gluon" };

  const element = document.querySelector("[data-known-models]")
    ?? document.querySelector("[data-interactive=meet] script[type='application/json']");
  const known = JSON.parse(element?.textContent ?? "null");
  if (!known) return null;

  // What is ours to begin with: a network to look into, then what it is compared with.
  const FIRST = ["mult-vae-pytorch-0.2", "ease", "popularity"];
  const rank = ({ name }) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  const inOrder = [...known.models].sort((a, b) => rank(a) - rank(b));

  const told = { now: [], soon: [] };
  const room = {
    known: known.models,
    presets: known.presets,
    models: new Map(), // those that are there, by name
    names: [], // of the films
    picks: known.presets.Horror,
    before: [], // the picks before the last change
    chosen: FIRST[0], // the network that is looked into
  };

  // Parts say what they do when something has changed, and do it once at the beginning. The lists
  // change at once; what takes longer, and may be out of sight, does so `soon` after them.
  function whenChanged(show, when = "now") {
    told[when].push(show);
    show();
  }

  // What is returned is done when all parts are.
  let settled = null;

  function change() {
    told.now.forEach((show) => show());
    settled = settled ?? new Promise((done) => {
      setTimeout(() => {
        settled = null;
        told.soon.forEach((show) => show());
        done();
      });
    });
    return settled;
  }

  function choose(picks) {
    room.before = room.picks;
    room.picks = picks.slice(-MOST);
    return change();
  }

  function look(name) {
    room.chosen = name;
    return change();
  }

  function label(name) {
    const { framework, beta } = known.models.find((model) => model.name === name);
    return framework ? `β ≤ ${beta}, ${FRAMEWORKS[framework]}` : NAMES[name];
  }

  // The network that is looked into, once it is there.
  const network = () => room.models.get(room.chosen);

  // What stands in a part until its models are there, or instead of them.
  const WAITING = "The models are being loaded.";
  const waiting = () => make("p", {}, WAITING);

  async function load() {
    for (const { name, file } of inOrder) {
      await fetchScript(file);
      const model = open(window.recotourModels[name]);
      delete window.recotourModels[name]; // the text of the weights, which nobody reads again
      if (!room.names.length) room.names = model.file.titles.map(titled);
      room.models.set(name, model);
      change();
    }
  }

  load();
  return Object.assign(room, { choose, label, look, network, waiting, whenChanged });
})();

// The sentence of a part that has no models.
window.LiveModels.none = () =>
  window.Interactive.make(
    "p",
    {},
    "The models of this page are trained when the book is built, on MovieLens 100K, which was not "
      + "there: fetch it with make data, and build the book again.",
  );
