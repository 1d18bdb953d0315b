// Paper is light: while a page is printed it is in the light mode, with all that is drawn for it.
(() => {
  const root = document.documentElement;
  let mode = null;

  const begin = () => {
    if (mode !== null) return;
    mode = root.dataset.theme;
    root.dataset.theme = "light";
    for (const fold of document.querySelectorAll("main details:not(.hide, [open])")) {
      fold.dataset.folded = "";
      fold.open = true;
    }
  };

  const end = () => {
    if (mode === null) return;
    root.dataset.theme = mode;
    mode = null;
    for (const fold of document.querySelectorAll("main details[data-folded]")) {
      delete fold.dataset.folded;
      fold.open = false;
    }
  };

  addEventListener("beforeprint", begin);
  addEventListener("afterprint", end);
  matchMedia("print").addEventListener("change", change => (change.matches ? begin() : end()));
})();
