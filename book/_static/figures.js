// Opens a figure large over the page; without this script its link leads to the picture itself.
(() => {
  "use strict";

  const shown = (link) => [...link.querySelectorAll("img")].find((img) => img.offsetParent);

  function open(img) {
    const dialog = document.createElement("dialog");
    const form = document.createElement("form");
    const button = document.createElement("button");
    const large = document.createElement("img");
    dialog.className = "figure-large";
    dialog.setAttribute("aria-label", "Figure, large");
    form.method = "dialog";
    button.textContent = "Close";
    Object.assign(large, { src: img.src, alt: img.alt, className: "dark-light" }); // as it is
    form.append(button);
    dialog.append(form, large);
    document.body.append(dialog);
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    dialog.showModal();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.figure-link");
    const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (!link || !plain || !window.HTMLDialogElement) return;
    event.preventDefault();
    open(shown(link) ?? link.querySelector("img"));
  });
})();
