// A model of a loaded file, ready to be asked: `open(recotourModels["vae"]).score([3, 141])`.
(() => {
  "use strict";
  const { arrays, autoencoder, ease, popularity } = window.LiveModels;
  const FORMAT = 1;

  const KINDS = {
    "mult-vae": (found) => autoencoder(found, "mult-vae"),
    "mult-dae": (found) => autoencoder(found, "mult-dae"),
    ease,
    popularity,
  };

  // Columns come in, and a score for every column goes out; titles and the rest are in `file`.
  function open(file) {
    if (file.format !== FORMAT) throw new Error(`The model has format ${file.format}, not 1.`);
    return { file, kind: file.kind, ...KINDS[file.kind](arrays(file)) };
  }

  window.LiveModels.open = open;
})();
