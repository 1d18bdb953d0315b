// Fetches the script of an interactive part when the part is about to come into view.
//
// What the parts share comes first; the browser keeps the order of scripts that it is given so.
(() => {
  "use strict";
  const folder = document.currentScript.src.replace(/[^/]*$/, "");
  const asked = new Set();

  function fetchScript(name) {
    if (asked.has(name)) return;
    asked.add(name);
    const script = document.createElement("script");
    script.async = false;
    script.src = `${folder}${name}.js`;
    document.head.append(script);
  }

  const near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        ["common", target.dataset.interactive].forEach(fetchScript);
      }
    },
    { rootMargin: "600px 0px" },
  );
  document.querySelectorAll("[data-interactive]").forEach((figure) => near.observe(figure));
  // On paper everything is there.
  addEventListener("beforeprint", () => {
    for (const figure of document.querySelectorAll("[data-interactive]")) {
      ["common", figure.dataset.interactive].forEach(fetchScript);
    }
  });
})();
