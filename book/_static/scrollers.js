// What really scrolls can be reached with the keyboard; what does not is no stop.
//
// The theme does so for code and tables, each time that the window changes; formulas are ours. A
// formula in a line is a box that scrolls only where it is wider than the line it stands in.
(() => {
  const BOXES =
    "div.highlight > pre, .cell_output > .output, .pst-scrollable-table-container, .table-scroll, " +
    "div.math mjx-container, .scroller";
  const SLACK = 1; // pixels that browsers lose in rounding

  const wider = box => box.scrollWidth > box.clientWidth + SLACK;
  const scrolls = box => wider(box) || (box.scrollHeight > box.clientHeight + SLACK
    && getComputedStyle(box).overflowY !== "hidden");

  const stop = (box, yes) => {
    if (yes) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  };

  // Measured first and changed then, so that the page is laid out once.
  const look = () => {
    const formulas = [...document.querySelectorAll("main span.math")].map(formula => {
      const line = formula.closest("p, li, td, th, dd, dt, figcaption, caption, div");
      const drawn = formula.querySelector("svg") ?? formula;
      const around = formula.closest(".math-line"); // with its comma, which may be what is too much
      const marks = around ? around.textContent.length - formula.textContent.length : 0;
      const wide = drawn.getBoundingClientRect().width + 10 * marks;
      return [formula, line && wide > line.clientWidth + SLACK];
    });
    for (const [formula, wide] of formulas) {
      if (!wide && !formula.classList.contains("scrolls")) continue;
      formula.classList.toggle("scrolls", wide);
      stop(formula, wide);
    }
    const boxes = [...document.querySelectorAll(BOXES)].map(box => [box, scrolls(box)]);
    for (const [box, yes] of boxes) if (yes || box.tabIndex >= 0) stop(box, yes);
    document.documentElement.dataset.looked = innerWidth; // tests wait for it
  };

  // The theme looks 300 ms after the last change, and would take what it finds out of the order.
  let waiting = 0;
  const later = () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, 350);
  };

  const start = () => {
    look();
    const main = document.querySelector("main");
    if (main) new MutationObserver(later).observe(main, { childList: true, subtree: true });
    main?.addEventListener("toggle", later, true); // what is unfolded has a width only now
    main?.addEventListener("click", later);
    addEventListener("resize", later);
    addEventListener("load", later);
    document.fonts?.ready.then(later);
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
