// What really scrolls can be reached with the keyboard; what does not is no stop.
//
// Code, tables and formulas alike, each time that the window changes; the theme's own look at them is
// taken out of its script (`_ext/theme_scrollers.py`). A formula in a line is a box that scrolls only
// where it is wider than the line it stands in.
(() => {
  const FORMULAS = "main span.math";
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

  const tooWide = formula => {
    const line = formula.closest("p, li, td, th, dd, dt, figcaption, caption, div");
    const drawn = formula.querySelector("svg") ?? formula;
    const around = formula.closest(".math-line"); // with its comma, which may be what is too much
    const marks = around ? around.textContent.length - formula.textContent.length : 0;
    const wide = drawn.getBoundingClientRect().width + 10 * marks;
    return Boolean(line) && wide > line.clientWidth + SLACK;
  };

  const mark = (one, yes) => {
    const formula = one.matches(FORMULAS);
    const marked = formula ? one.classList.contains("scrolls") : one.tabIndex >= 0;
    if (!yes && !marked) return;
    if (formula) one.classList.toggle("scrolls", yes);
    stop(one, yes);
  };

  // Some at a time, when the browser has nothing to do: to measure what is far down, it has to lay
  // it out. Of some, all are measured first and changed then, so that they are laid out once.
  const SOME = 8;
  const AT_ONCE = 10; // milliseconds: a browser offers 50, and a slow telephone then waits for 200
  const idle = window.requestIdleCallback
    ? work => requestIdleCallback(work, { timeout: 1000 })
    : work => setTimeout(() => work({ timeRemaining: () => AT_ONCE }));

  let round = 0;
  const root = document.documentElement;
  const look = () => {
    const mine = ++round;
    delete root.dataset.looked;
    const rest = [...document.querySelectorAll(`${FORMULAS}, ${BOXES}`)];
    const go = deadline => {
      if (mine !== round) return;
      const end = performance.now() + AT_ONCE;
      do {
        const some = rest.splice(0, SOME);
        const found = some.map(one => one.matches(FORMULAS) ? tooWide(one) : scrolls(one));
        some.forEach((one, i) => mark(one, found[i]));
      } while (rest.length && deadline.timeRemaining() > 0 && performance.now() < end);
      if (rest.length) idle(go);
      else root.dataset.looked = innerWidth; // tests wait for it
    };
    idle(go);
  };

  // Once for a row of changes, such as a window that is being drawn wider.
  let waiting = 0;
  const later = () => {
    round++; // a look on its way has measured what is no more, and ends
    delete root.dataset.looked; // until it is looked at again
    clearTimeout(waiting);
    waiting = setTimeout(look, 200);
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
