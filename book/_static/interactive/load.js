// Fetches the script of an interactive part when the part is about to come into view.
//
// What all parts share comes first, then what the part needs beside it; the browser keeps the order
// of scripts that it is given so.
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

  function fetchPart({ dataset }) {
    const before = dataset.scripts ? dataset.scripts.split(" ") : [];
    ["common", ...before, dataset.interactive].forEach(fetchScript);
  }

  const near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        fetchPart(target);
      }
    },
    { rootMargin: "600px 0px" },
  );
  document.querySelectorAll("[data-interactive]").forEach((figure) => near.observe(figure));
  // On paper everything is there.
  addEventListener("beforeprint", () => {
    document.querySelectorAll("[data-interactive]").forEach(fetchPart);
  });
})();
