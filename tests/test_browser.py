"""The built book in headless Chromium: from disk and from a server, in every size and mode.

A page is loaded once from each origin, then looked at wide and narrow, light and dark. What it asks
of another host is noted.
"""

from collections.abc import Iterator

import framework_book
import pytest
from browser_support import (
    CONTRAST,
    NARROW,
    PAGES,
    WIDE,
    Watch,
    brightness,
    come_to_rest,
    first_page_with,
    serve,
    visit,
)
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

# The words of the page as a reader sees them, without code and without mathematics.
PROSE = """() => {
  const main = document.querySelector("main").cloneNode(true);
  main.querySelectorAll("pre, code, script, style, mjx-container").forEach(e => e.remove());
  return main.textContent;
}"""


@pytest.mark.parametrize("origin", ["disk", "server"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_sound_in_every_size_and_mode(page, watch, origins, origin, name):
    visit(page, f"{origins[origin]}/{name}.html")
    for viewport in (WIDE, NARROW):
        page.set_viewport_size(viewport)
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    page.emulate_media(color_scheme="light")
    assert brightness(page) > 200
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("document.documentElement.dataset.theme == 'dark'")
    assert brightness(page) < 80
    formulas = page.locator(".math").count()
    assert page.locator(".math mjx-container > svg").count() == formulas
    lost = (
        "[...document.querySelectorAll('use')].filter(u => !document.querySelector(u.href.baseVal))"
    )
    assert page.evaluate(f"{lost}.length") == 0, "each glyph is in the page"
    assert [mark for mark in ("$$", "\\begin", "\\(", "\\[") if mark in page.evaluate(PROSE)] == []
    broken = "[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)"
    assert page.evaluate(broken) == []
    assert watch == Watch()


@pytest.mark.parametrize("origin", ["disk", "server"])
def test_search_finds_a_word(page, watch, origins, origin):
    visit(page, f"{origins[origin]}/{PAGES[0]}.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("reparameterization")
    page.keyboard.press("Enter")
    # said once all results stand there, which come one by one
    expect(page.locator("#search-results .search-summary")).to_contain_text("found")
    page.wait_for_load_state("networkidle")
    page.locator("#search-results li a").first.click()
    page.wait_for_load_state("load")
    assert "reparameterization" in page.locator("main").inner_text().lower()
    assert watch == Watch()


def test_a_solution_opens_when_it_is_clicked(page, watch, origins):
    visit(page, f"{origins['disk']}/{first_page_with('.solution.dropdown')}")
    solution = page.locator(".solution.dropdown").first
    body = solution.locator(".section, .solution-content, p:not(.admonition-title)").first
    assert not body.is_visible()
    solution.locator(".admonition-title").first.click()
    body.wait_for(state="visible")
    assert watch == Watch()


def test_the_switch_changes_the_mode_and_the_book_remembers_it(page, watch, origins):
    visit(page, f"{origins['disk']}/{PAGES[0]}.html")
    mode = "document.documentElement.dataset.mode"
    seen = [page.evaluate(mode)]
    for _ in range(2):
        page.locator("button.theme-switch-button:visible").click()
        seen.append(page.evaluate(mode))
    assert set(seen) == {"auto", "light", "dark"}
    visit(page, f"{origins['disk']}/{PAGES[1]}.html")
    assert page.evaluate(mode) == seen[-1]
    assert watch == Watch()


def test_code_can_be_copied(page, watch, origins):
    visit(page, f"{origins['disk']}/{first_page_with('.cell_input pre')}")
    cell = page.locator(".cell_input").first
    cell.hover()
    cell.locator("button.copybtn").click()
    page.wait_for_selector(".cell_input button.copybtn.success")
    page.evaluate("document.body.insertAdjacentHTML('afterbegin', '<textarea id=paste>')")
    page.locator("#paste").focus()
    page.keyboard.press("Control+v")
    assert page.locator("#paste").input_value() == cell.locator("pre").inner_text().rstrip("\n")
    assert watch == Watch()


def test_the_keyboard_reaches_the_links_and_shows_where_it_is(page, watch, origins):
    visit(page, f"{origins['disk']}/{PAGES[0]}.html")
    reached = []
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.outerHTML.slice(0, 120)"))
        style = "getComputedStyle(document.activeElement)"
        assert page.evaluate(
            f"{style}.outlineStyle != 'none' && parseFloat({style}.outlineWidth) >= 2"
        )
    assert "#main-content" in reached[0], "the first stop skips to the content"
    assert len(set(reached)) == len(reached)
    assert watch == Watch()


def test_another_host_and_a_missing_file_are_noticed(page, watch, origins):
    visit(page, f"{origins['server']}/{PAGES[0]}.html")
    page.evaluate("fetch('http://host.invalid/x.js').catch(() => 0)")
    page.evaluate("fetch('no-such-file').catch(() => 0)")
    assert watch.outside == ["http://host.invalid/x.js"]
    assert any("404" in error for error in watch.errors)


# Tabs of frameworks: in a small book that holds every case, then in the real one.


@pytest.fixture(scope="module")
def small_book(tmp_path_factory) -> Iterator[dict[str, str]]:
    with serve(framework_book.build(tmp_path_factory.mktemp("small_book"))) as found:
        yield found


@pytest.fixture(params=["disk", "server"])
def tabs(request, small_book) -> str:
    """The address of the small book, first from disk, then from the server."""
    return small_book[request.param]


TORCH, GLUON = "pytorch", "mxnet"
# Makes the browser refuse what the tabs want to store, as one does that blocks site data.
REFUSE = """for (const method of ["getItem", "setItem"]) {
  const original = Storage.prototype[method];
  Storage.prototype[method] = function (key, ...rest) {
    if (key.startsWith("recotour")) throw new DOMException("refused", "SecurityError");
    return original.call(this, key, ...rest);
  };
}"""
# The contrast of an element's text with the ground behind it, as WCAG 2 defines it.


def shown(page: Page) -> list[str]:
    """Return the framework of every tab whose contents can be seen, from top to bottom."""
    contents = page.locator(".framework-tabs > .sd-tab-content:visible").all()
    label = "content => content.previousElementSibling.dataset.syncId"
    return [content.evaluate(label) for content in contents]


def choose(page: Page, framework: str, number: int = 0) -> None:
    """Click on a framework in the tab set of this number."""
    page.locator(f".framework-tabs > label[data-sync-id={framework}]").nth(number).click()


def test_pytorch_comes_first_and_one_click_switches_every_tab_set(page, watch, tabs):
    visit(page, f"{tabs}/first.html")
    assert shown(page) == [TORCH] * 2
    assert page.get_by_text("torch says hello").is_visible()
    assert not page.get_by_text("gluon says hello").is_visible()
    choose(page, GLUON)
    assert shown(page) == [GLUON] * 2
    assert page.get_by_text("gluon says hello").is_visible()
    assert page.get_by_text("neither framework").is_visible()
    choose(page, TORCH, 1)
    assert shown(page) == [TORCH] * 2
    assert watch == Watch()


def test_the_choice_of_framework_is_remembered(page, context, watch, tabs):
    visit(page, f"{tabs}/first.html")
    choose(page, GLUON)
    page.locator("main a", has_text="The second chapter").first.click()
    page.wait_for_url("**/second.html*")
    assert shown(page) == [GLUON] * 3
    page.reload()
    assert shown(page) == [GLUON] * 3
    page.close()
    later = context.new_page()
    watch.on(later)
    visit(later, f"{tabs}/first.html")
    assert shown(later) == [GLUON] * 2
    assert watch == Watch()


def test_a_link_chooses_the_framework_until_the_reader_does(page, watch, tabs):
    visit(page, f"{tabs}/intro.html")
    page.locator("a.with-gluon").click()
    page.wait_for_url("**/first.html")  # what is remembered need not stay in the address
    assert shown(page) == [GLUON] * 2
    visit(page, f"{tabs}/second.html")
    assert shown(page) == [GLUON] * 3
    choose(page, TORCH, 2)
    page.go_back()
    page.wait_for_url("**/first.html")
    assert shown(page) == [TORCH] * 2
    assert watch == Watch()


def test_a_link_to_a_page_without_tabs_chooses_too(page, watch, tabs):
    visit(page, f"{tabs}/intro.html?framework=mxnet")
    visit(page, f"{tabs}/second.html")
    assert shown(page) == [GLUON] * 3
    assert watch == Watch()


def test_a_link_chooses_even_where_nothing_can_be_stored(page, watch, tabs):
    page.add_init_script(REFUSE)
    visit(page, f"{tabs}/second.html?framework=mxnet")
    assert shown(page) == [GLUON] * 3
    choose(page, TORCH)
    assert shown(page) == [TORCH] * 3
    assert watch == Watch()


def test_from_disk_links_carry_the_choice_where_nothing_can_be_stored(
    page, context, watch, small_book
):
    context.add_init_script(REFUSE)
    visit(page, f"{small_book['disk']}/first.html")
    choose(page, GLUON)
    for words, name in (("A book without", "intro"), ("The second", "second")):
        page.locator("nav a", has_text=words).first.click()
        page.wait_for_url(f"**/{name}.html?framework=mxnet")
    assert shown(page) == [GLUON] * 3
    choose(page, TORCH)
    page.locator("nav a", has_text="The first").first.click()
    page.wait_for_url("**/first.html?framework=pytorch")
    assert shown(page) == [TORCH] * 2
    for framework in (GLUON, TORCH):  # the same link, opened beside the page
        choose(page, framework)
        with context.expect_page() as opened:
            page.locator("nav a", has_text="The second").first.click(button="middle")
        # Its storage may be refused too late to keep the choice in the address: see what it shows.
        opened.value.wait_for_load_state("load")
        assert shown(opened.value) == [framework] * 3
    visit(page, f"{small_book['disk']}/intro.html?framework=pytorch")
    page.locator("a.with-gluon").click()
    page.wait_for_url("**/first.html?framework=mxnet")
    assert watch == Watch()


def test_a_page_that_comes_back_shows_the_choice_made_since(page, context, watch, tabs):
    visit(page, f"{tabs}/first.html")
    other = context.new_page()
    visit(other, f"{tabs}/second.html")
    choose(other, GLUON)
    # Playwright turns off the cache in which browsers keep the page that one comes back to.
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    assert shown(page) == [GLUON] * 2
    assert watch == Watch()


def test_a_link_to_a_figure_opens_its_tab(page, watch, tabs):
    visit(page, f"{tabs}/second.html")
    page.locator("main a", has_text="Fig. 2").click()
    page.wait_for_url("**/first.html*#fig-gluon")
    expect(page.locator("#fig-gluon img.only-light")).to_be_visible()
    assert shown(page) == [TORCH, GLUON], "it is the figure that was asked for, not the framework"
    assert watch == Watch()


def test_the_tab_that_is_clicked_stays_where_it_is(page, watch, tabs):
    visit(page, f"{tabs}/second.html")
    page.add_style_tag(content="* { content-visibility: visible !important }")  # else heights wait
    label = page.locator(".framework-tabs > label[data-sync-id=mxnet]").nth(2)
    for scrolled in (0, 200):
        choose(page, TORCH)
        page.evaluate(f"scrollTo({{top: {scrolled}, behavior: 'instant'}})")
        before = label.bounding_box()["y"]
        heights = [page.evaluate("document.body.scrollHeight")]
        label.click()
        heights.append(page.evaluate("document.body.scrollHeight"))
        assert heights[1] - heights[0] > 200
        assert abs(label.bounding_box()["y"] - before) < 5
    assert watch == Watch()


def test_the_keyboard_changes_the_framework_and_shows_where_it_is(page, watch, tabs):
    visit(page, f"{tabs}/first.html")
    page.locator("main .cell_input pre").first.click()
    for _ in range(4):  # past the button that copies the cell above
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.framework-tabs > input')"):
            break
    ring = """() => {
      const style = getComputedStyle(document.activeElement.nextElementSibling);
      return style.outlineStyle === "solid" ? parseFloat(style.outlineWidth) : 0;
    }"""
    for key, framework in (("ArrowRight", GLUON), ("ArrowLeft", TORCH), ("ArrowDown", GLUON)):
        page.keyboard.press(key)
        assert shown(page) == [framework] * 2
        assert page.evaluate(ring) >= 2
    names = page.get_by_role("radio").evaluate_all("all => all.map(r => r.labels[0].innerText)")
    assert names == ["PyTorch", "MXNet Gluon"] * 2
    assert watch == Watch()


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_tabs_can_be_read_in_every_size_and_mode(page, watch, small_book, width, mode):
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=mode)
    for name in ("first", "second"):
        visit(page, f"{small_book['disk']}/{name}.html")
        page.wait_for_function(f"document.documentElement.dataset.theme == '{mode}'")
        for framework in (GLUON, TORCH):
            choose(page, framework)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            page.mouse.move(0, 0)
            come_to_rest(page)
            parts = page.locator(".framework-tabs > label, .framework-tabs figcaption:visible")
            assert min(part.evaluate(CONTRAST) for part in parts.all()) >= 4.5
    assert watch == Watch()


def test_paper_shows_both_frameworks(page, watch, small_book):
    visit(page, f"{small_book['disk']}/first.html")
    page.emulate_media(media="print")
    assert shown(page) == [TORCH, GLUON] * 2
    tops = page.locator(".framework-tabs > label, .framework-tabs > .sd-tab-content").evaluate_all(
        "all => all.map(element => element.getBoundingClientRect().top)"
    )
    assert tops == sorted(tops), "each framework's name stands above its cells"
    assert watch == Watch()


def test_folded_input_and_copying_work_inside_a_tab(page, watch, tabs):
    visit(page, f"{tabs}/first.html?framework=mxnet")
    code = page.locator(".framework-tabs .cell_input:visible")
    assert code.count() == 1
    page.locator(".framework-tabs summary:visible").click()
    assert code.count() == 2
    code.nth(1).hover()
    code.nth(1).locator("button.copybtn").click()
    page.wait_for_selector(".framework-tabs .cell_input button.copybtn.success")
    assert watch == Watch()


def test_tabs_work_inside_a_folded_solution(page, watch, tabs):
    visit(page, f"{tabs}/solution.html?framework=mxnet")
    assert shown(page) == []
    page.locator(".solution .admonition-title").click()
    page.get_by_text("solved in gluon").wait_for(state="visible")
    choose(page, TORCH)
    assert page.get_by_text("solved in torch").is_visible()
    assert watch == Watch()


@pytest.mark.parametrize("origin", ["disk", "server"])
def test_the_models_chapter_has_both_frameworks(page, watch, origins, origin):
    visit(page, f"{origins[origin]}/building/models.html")
    sets = page.locator(".framework-tabs").count()
    assert sets > 0, "no cell tagged mxnet follows one tagged pytorch"
    radio = page.locator(".framework-tabs > input:checked + label")
    frameworks = "all => all.map(label => label.dataset.syncId)"
    assert radio.evaluate_all(frameworks) == [TORCH] * sets
    choose(page, GLUON)
    assert radio.evaluate_all(frameworks) == [GLUON] * sets
    assert watch == Watch()
