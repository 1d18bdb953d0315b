// One stop of the keyboard for a whole list: the buttons that copy code, the types of the library's
// parameters, the names in the index, the pages of the book, the sections of a page. Tab reaches the
// one that matters now; the arrow keys go from there to its neighbours, Home and End to the first and
// the last. (Screen readers list all of them as before.)
//
// What matters is the first button or type in view, and the link of the current page or section.
// A button shows while it has the focus; the style says "↑ ↓" above a list of links that has it.
(() => {
  const LISTS = [
    "button.copybtn",
    "button.sort",
    "dl.py :is(dt.sig, dl.field-list) a.reference",
    "table.indextable a",
    "nav.bd-docs-nav :is(a, summary)",
    "nav.page-toc a",
  ];
  const STEPS = {
    ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, Home: -Infinity, End: Infinity,
  };

  // What is far from the window is not laid out (page-weight.css, which has the same list), and would
  // be to be looked at: its part is enough.
  const PART = ".bd-article section > :is(p, ul, ol, dl, div.cell, div.math, div.admonition, " +
    "div.sd-tab-set)";
  const seen = one => one.checkVisibility({ visibilityProperty: true });
  const members = list => [...document.querySelectorAll(list)];
  const block = one => one.closest("div.highlight, li, p, dt") ?? one;

  const shows = place => {
    const { top, bottom } = place.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  };
  const inView = one => {
    const part = one.closest(PART);
    return (!part || shows(part)) && shows(block(one)) && seen(one);
  };

  const give = (list, chosen) => {
    for (const one of document.querySelectorAll(list)) one.tabIndex = one === chosen ? 0 : -1;
  };

  // The link of the page itself is there twice at times: as its part's and as its own.
  const HERE = ".current, .active, [aria-current=page], .active > a";
  const matters = (list, all) =>
    list.startsWith("nav") ? all.findLast(one => one.matches(HERE) && seen(one)) : all.find(inView);

  const follow = list => {
    const all = members(list);
    if (all.length && !all.includes(document.activeElement)) {
      give(list, matters(list, all) ?? all.find(seen));
    }
  };
  const followAll = () => LISTS.forEach(follow);

  // Not where it is Tab that scrolls: the stop would run ahead of the reader.
  const onScroll = () => {
    const at = document.activeElement;
    if (at === document.body || !inView(at)) followAll();
  };

  const onKey = event => {
    const plain = !(event.altKey || event.ctrlKey || event.metaKey || event.shiftKey);
    const list = LISTS.find(each => event.target.matches?.(each));
    if (!list || !plain || !(event.key in STEPS)) return;
    const all = members(list).filter(seen);
    const wanted = all.indexOf(event.target) + STEPS[event.key];
    const next = all[Math.min(Math.max(wanted, 0), all.length - 1)];
    event.preventDefault();
    give(list, next);
    next.focus();
  };

  const name = button => {
    button.type = "button";
    button.setAttribute("aria-label", "Copy this code (arrow keys: other code)");
  };

  // The buttons come when the script that they wait for has come; what an interactive part draws
  // is none of our business.
  const known = new WeakSet();
  const look = () => {
    for (const list of LISTS.filter(each => each.startsWith("button"))) {
      const fresh = members(list).filter(one => !known.has(one));
      fresh.forEach(one => known.add(one));
      if (list === LISTS[0]) fresh.forEach(name);
      if (fresh.length) follow(list);
    }
  };

  const start = () => {
    setTimeout(() => { // in a turn of its own: opening a page is long enough
      look();
      followAll();
    });
    const main = document.querySelector("main");
    if (main) new MutationObserver(look).observe(main, { childList: true, subtree: true });
    document.addEventListener("keydown", onKey);
    document.addEventListener("scrollend", onScroll);
    document.addEventListener("click", () => setTimeout(followAll)); // drawers and folded boxes
    addEventListener("resize", followAll);
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
