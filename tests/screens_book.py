"""What a browser is asked about a page: what is cut, where the keyboard stops, what axe finds."""

from pathlib import Path
from typing import Final

import pytest
from book_support import HTML, ROOT, need_the_book
from playwright.sync_api import Page

AXE: Final = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS: Final = (1280, 768, 390, 360)
PHONE: Final = 600  # below it numbers of equations have lines of their own
SHEET: Final = 680  # pixels between the margins of a sheet of A4 paper


def page_files() -> list[str]:
    """Return every page of the built book, the index and the search among them."""
    found = sorted(HTML.rglob("*.html"))
    names = [str(path.relative_to(HTML)) for path in found if "_static" not in path.parts]
    return [name for name in names if name != "index.html"]  # which leads on to the first page


def axe_script() -> str:
    """Return the script of axe-core, or fail saying what to do."""
    need_the_book()
    if not AXE.is_file():
        pytest.fail("There is no node_modules/axe-core: run `make env`.")
    return AXE.read_text(encoding="utf-8")


# Everything that a box cuts, with what is wrong about the way it does so.
#
# Whatever sticks out of the page makes the page scroll, which is asked for by itself. The others
# stick out of a box that hides it or scrolls. One that scrolls needs a sign, a shade at its edges
# that stays while the contents move, and the keyboard.
CUT: Final = """() => {
  const unseen = "mjx-assistive-mml, .visually-hidden, .sr-only, [aria-hidden=true]";
  const asked = "a[href], button, input, select, textarea, [tabindex='0']";
  const wrong = [];
  for (const box of document.querySelectorAll("main *")) {
    if (box.clientWidth < 2 || box.scrollWidth <= box.clientWidth + 1) continue;
    const style = getComputedStyle(box);
    if (style.overflowX === "visible" || box.closest(unseen) || box.closest("svg")) continue;
    if (!box.checkVisibility({ visibilityProperty: true })) continue;
    const name = `${box.tagName}.${box.className} ${box.textContent.trim().slice(0, 40)}`;
    if (!["auto", "scroll"].includes(style.overflowX)) wrong.push(`cut: ${name}`);
    else if (!/gradient/.test(style.backgroundImage) || !/local/.test(style.backgroundAttachment))
      wrong.push(`no sign: ${name}`);
    else if (box.tabIndex < 0 && !box.querySelector(asked)) wrong.push(`no keyboard: ${name}`);
  }
  return wrong;
}"""

# Numbers of equations that are not where they belong, links to other pages outside the screen.
PLACES: Final = """phone => {
  const wrong = [];
  const inside = box => box.left >= 0 && box.right <= document.documentElement.clientWidth + 0.5;
  for (const number of document.querySelectorAll("main div.math > .eqno")) {
    if (!number.checkVisibility({ visibilityProperty: true })) continue;  // or folded
    const [mine, maths] = [number, number.parentElement.querySelector("mjx-container, svg, math")]
      .map(element => element.getBoundingClientRect());
    const beside = mine.bottom > maths.top + 1 && mine.top < maths.bottom - 1;
    if (!inside(mine) || beside === phone) wrong.push(`number ${number.textContent}`);
  }
  for (const drawn of document.querySelectorAll("main .math svg[aria-label]")) {
    if (!drawn.checkVisibility()) continue;
    const [shown, own] = [drawn.getBoundingClientRect().width, drawn.width.baseVal.value];
    if (shown < 0.8 * own) wrong.push(`shrunk ${drawn.getAttribute("aria-label")}`);
  }
  const links = [...document.querySelectorAll(".prev-next-area a")];
  const boxes = links.map(link => link.getBoundingClientRect());
  for (const [i, link] of links.entries()) {
    const clear = [...link.querySelectorAll("p")].every(p => inside(p.getBoundingClientRect()));
    if (!inside(boxes[i]) || !clear) wrong.push(`link ${link.textContent.trim()}`);
  }
  if (phone && boxes.length === 2 && boxes[1].top < boxes[0].bottom) wrong.push("links abreast");
  return wrong;
}"""

# Scrolling tables whose rows lose their names when they move.
LOST_ROWS: Final = """() => {
  const lost = [];
  const boxes = "main .table-scroll, main .pst-scrollable-table-container";
  for (const box of document.querySelectorAll(boxes)) {
    const name = box.querySelector("tbody tr > :first-child");
    if (!name || !name.checkVisibility() || box.scrollWidth < box.clientWidth + 20) continue;
    const before = name.getBoundingClientRect();
    box.scrollLeft = 18;
    if (Math.abs(name.getBoundingClientRect().left - before.left) > 2) lost.push(name.textContent);
    if (before.width > 0.6 * box.clientWidth) lost.push(`wide: ${name.textContent}`);
    box.scrollLeft = 0;
  }
  return lost;
}"""

# Where Tab stops: what can be used, a set of radio buttons once, and boxes that the browser
# makes stops because they scroll and nothing in them can be reached.
STOPS: Final = """() => {
  const asked = "a[href], area[href], button, input, select, textarea, summary, iframe, [tabindex]";
  const seen = element => element.checkVisibility({ visibilityProperty: true });
  const groups = new Set();
  const first = element => {
    if (element.type !== "radio") return true;
    const fresh = !groups.has(element.name);
    groups.add(element.name);
    return fresh;
  };
  const useful = [...document.querySelectorAll(asked)]
    .filter(e => e.tabIndex >= 0 && !e.disabled && seen(e) && first(e));
  const scrolls = (outer, inner, way) => outer > inner && ["auto", "scroll"].includes(way);
  const boxes = [...document.querySelectorAll("body *:not([tabindex])")].filter(e => {
    if (e.scrollWidth <= e.clientWidth && e.scrollHeight <= e.clientHeight) return false;
    const style = getComputedStyle(e);
    const moves = scrolls(e.scrollWidth, e.clientWidth, style.overflowX)
      || scrolls(e.scrollHeight, e.clientHeight, style.overflowY);
    return moves && seen(e) && !e.closest("svg")
      && ![...e.querySelectorAll(asked)].some(inner => inner.tabIndex >= 0 && seen(inner));
  });
  const kind = e => `${e.tagName}.${e.className?.baseVal ?? e.className}`.split(" ")[0];
  return [...useful, ...boxes].map(kind);
}"""

# What paper would cut: lines of code, and whatever reaches beyond the sheet.
PAPER: Final = """() => {
  const wrong = [];
  const edge = document.documentElement.clientWidth + 1;
  const parts = "pre, table, img, mjx-container > svg, .plotly-figure, .interactive, figure, p";
  for (const part of document.querySelectorAll(["main article", ""].join(" ") + `:is(${parts})`)) {
    if (!part.checkVisibility() || !part.clientWidth && part.tagName !== "svg") continue;
    const cut = part.tagName === "PRE" && part.scrollWidth > part.clientWidth + 1;
    if (cut || part.getBoundingClientRect().right > edge)
      wrong.push(`${part.tagName}.${part.className?.baseVal ?? part.className} `
        + part.textContent.trim().slice(0, 40));
  }
  return wrong;
}"""

# Takes out of a page what axe would look at again and again: the strokes of formulas, which have
# no words, and all but the first of each kind of token on each kind of ground.
THIN: Final = """() => {
  for (const drawn of document.querySelectorAll("mjx-container > svg")) drawn.replaceChildren();
  const known = new Map();
  for (const token of document.querySelectorAll("div.highlight pre span")) {
    const ground = token.closest(".cell_input, .cell_output, dl, article")?.className;
    const kind = `${token.className} ${ground} ${!!token.closest(".admonition")}`;
    known.set(kind, (known.get(kind) ?? 0) + 1);
    if (known.get(kind) > 2 && !token.firstElementChild) token.replaceWith(token.textContent);
  }
}"""
FINDINGS: Final = """rules => {
  const only = rules ? { runOnly: { type: "rule", values: rules } } : {};
  const nodes = one => one.nodes.slice(0, 3).map(node => node.html.slice(0, 120)).join(" | ");
  const told = one => `${one.id} (${one.impact}, ${one.nodes.length}): ${nodes(one)}`;
  return axe.run(document, { resultTypes: ["violations"], ...only })
    .then(result => result.violations.map(told));
}"""


TWO_FRAMES: Final = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def settle(page: Page) -> None:
    """Wait until the page has looked at its boxes, and nothing moves."""
    if page.viewport_size:  # a busy browser takes its time to become as wide as it was told
        page.wait_for_function(f"innerWidth == {page.viewport_size['width']}")
    page.evaluate(TWO_FRAMES)  # by then the page knows of its new width, and says it has to look
    looked = "!document.querySelector('main') || document.documentElement.dataset.looked"
    page.wait_for_function(f"{looked} == innerWidth")
    page.wait_for_function("document.getAnimations().every(one => one.playState != 'running')")


def address(name: str) -> str:
    """Return the address of a page on disk."""
    return Path(HTML / name).as_uri()


def findings_within(page: Page, parts: str) -> list[str]:
    """Say what axe finds in those parts of a page, a selector, as they are now."""
    page.evaluate(axe_script())
    found = page.evaluate("parts => axe.run(parts, {preload: false})", parts)
    ids = {it["id"]: [node["html"][:120] for node in it["nodes"]] for it in found["violations"]}
    return [f"{rule}: {nodes}" for rule, nodes in ids.items()]
