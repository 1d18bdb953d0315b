// What a link leads to is opened when it lies in a folded box.
//
// The browser does so for `details`; boxes that are folded by a class (sphinx-togglebutton) it
// scrolls to and leaves closed, so that the reader stands before a title and sees no equation.
(() => {
  const TITLE_BUTTON = ":scope > .admonition-title > .toggle-button";

  // The boxes around an element that are closed, and the element itself where it is one.
  const closedAround = element => {
    const boxes = [];
    for (let box = element; box; box = box.parentElement) {
      if (box.matches("details:not([open]), .admonition.toggle-hidden")) boxes.push(box);
    }
    return boxes;
  };

  const unfold = box => {
    if (box.matches("details")) box.open = true;
    else box.querySelector(TITLE_BUTTON)?.click();
  };

  const show = hash => {
    const target = hash && document.getElementById(decodeURIComponent(hash.slice(1)));
    const boxes = target ? closedAround(target) : [];
    boxes.forEach(unfold);
    if (boxes.length) target.scrollIntoView();
  };

  // By now the boxes are folded; a second click on the same link changes no address.
  addEventListener("load", () => show(location.hash));
  addEventListener("hashchange", () => show(location.hash));
  addEventListener("click", ({ target }) => {
    const link = target.closest?.("a[href^='#']");
    if (link && link.hash === location.hash) show(link.hash);
  });
})();
