// Where the keyboard is stays where it was: the theme takes the focus from its buttons when they
// are pressed, and copying takes it too, which puts a person without a mouse back at the top.
(() => {
  const BUTTONS =
    ".theme-switch-button, .search-button, .primary-toggle, .secondary-toggle, .copybtn";
  const DRAWERS = {
    "pst-primary-sidebar-modal": ".primary-toggle",
    "pst-secondary-sidebar-modal": ".secondary-toggle",
  };

  const keep = event => {
    const button = event.target.closest?.(BUTTONS);
    const byKey = event.detail === 0;
    if (button && byKey && document.activeElement === document.body) button.focus();
  };

  // The title of a folded box is the name of the button that opens it.
  const name = button => {
    const title = button.closest(".admonition-title");
    if (title) button.setAttribute("aria-label", title.textContent.trim().replace(/\s+/g, " "));
  };

  const start = () => {
    document.addEventListener("click", keep);
    document.querySelectorAll(".toggle-button").forEach(name);
    for (const [id, opener] of Object.entries(DRAWERS)) {
      const drawer = document.getElementById(id);
      drawer?.addEventListener("close", () => document.querySelector(opener)?.focus());
    }
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
