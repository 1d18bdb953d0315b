// What the script of sphinx-design leaves open for the tabs of a framework.
//
// It keeps the tab sets of a page in step, remembers the choice in the browser's storage, and takes
// the choice from an address that ends in ?framework=mxnet. But the page jumps when tab sets above
// the clicked one change their height; a page may have no tabs of its own; a browser may refuse
// storage, or keep one for each file (Firefox, for pages opened from disk); and a page that comes
// back from the browser's own cache shows what it showed when it was left.
(() => {
  const GROUP = "framework";
  const SCRIPT = document.querySelector("script[data-sd-tabs-storage-prefix]");
  const KEY = SCRIPT.dataset.sdTabsStoragePrefix + GROUP;

  const asked = () => new URLSearchParams(location.search).get(GROUP);

  function stored() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  }

  function store(framework) {
    try {
      localStorage.setItem(KEY, framework);
    } catch {
      // The choice then lasts as long as the page.
    }
  }

  function show(framework) {
    for (const label of document.querySelectorAll(".framework-tabs > label")) {
      if (label.dataset.syncId === framework) label.control.checked = true;
    }
  }

  // What the page shows or, where it has no tabs, what its address asks for.
  function chosen() {
    const label = document.querySelector(".framework-tabs > input:checked + label");
    return label ? label.dataset.syncId : asked();
  }

  // Before the other script, so that an anchor inside a tab has the last word. (Browsers fill in
  // again what a form held when its page was left, unless told not to.)
  function begin() {
    for (const input of document.querySelectorAll(".framework-tabs > input")) {
      input.autocomplete = "off";
    }
    if (!asked()) return;
    store(asked());
    show(asked());
  }

  // After it: what is stored leaves the address, or going back to the page would choose it again.
  function tidy() {
    if (!asked() || asked() !== stored()) return;
    const address = new URL(location.href);
    address.searchParams.delete(GROUP);
    history.replaceState(history.state, "", address);
  }

  // Let a link to another page carry the choice, unless its author has chosen.
  function carry(event) {
    const link = event.target.closest("a[href]");
    if (!link || link.protocol !== "file:" || !link.pathname.endsWith(".html")) return;
    if (link.pathname === location.pathname) return;
    link.dataset.plainAddress ??= link.href;
    const address = new URL(link.dataset.plainAddress);
    if (chosen() && !address.searchParams.has(GROUP)) address.searchParams.set(GROUP, chosen());
    link.href = address.href;
  }

  // Keep the chosen tab where it is in the window: note its place before the others switch, and
  // scroll by as much as it has moved when they have.
  let place = 0;
  const top = (event) => event.target.nextElementSibling.getBoundingClientRect().top;
  const isOurs = (event) => event.target.matches(".framework-tabs > input");
  const note = (event) => isOurs(event) && (place = top(event));
  const keep = (event) =>
    isOurs(event) && scrollBy({ top: top(event) - place, behavior: "instant" });

  window.addEventListener("DOMContentLoaded", begin, true);
  document.addEventListener("DOMContentLoaded", tidy);
  document.addEventListener("change", note, true);
  document.addEventListener("change", keep);
  window.addEventListener("pageshow", (event) => event.persisted && show(stored()));
  if (location.protocol === "file:") {
    document.addEventListener("click", carry, true);
    document.addEventListener("auxclick", carry, true);
  }
})();
