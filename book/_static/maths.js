// Copying a formula gives its TeX, between dollars as one writes it in Markdown.
(() => {
  "use strict";

  const dollars = (formula) => {
    const mark = formula.hasAttribute("display") ? "$$" : "$";
    return mark + formula.dataset.tex + mark;
  };

  document.addEventListener("copy", (event) => {
    const selection = getSelection();
    if (!selection.rangeCount || !event.clipboardData) return;
    const copied = document.createElement("div");
    copied.append(selection.getRangeAt(0).cloneContents());
    const formulas = copied.querySelectorAll("mjx-container[data-tex]");
    if (!formulas.length) return;
    for (const formula of formulas) formula.replaceWith(dollars(formula));
    event.clipboardData.setData("text/plain", copied.textContent.trim());
    event.preventDefault();
  });
})();
