"""The look of the figures, and what is said where they cannot be drawn."""

import importlib
import importlib.util
import io
import re
from xml.etree import ElementTree

import matplotlib as mpl
import pytest

mpl.use("Agg")

from recotour_book import plotting
from recotour_book.plotting import marks, style
from recotour_vae.errors import MissingPackageError


def test_lines_take_the_colours_of_the_book_one_after_another():
    import matplotlib.pyplot as plt

    with mpl.rc_context():
        plotting.use_style()
        (panel,) = plotting.new_axes()
        others = [colour for name, colour in plotting.COLOURS.items() if name != "grey"]
        drawn = [panel.plot([0, 1])[0].get_color() for _ in others]
    assert drawn == others
    plt.close("all")


@pytest.fixture
def styled():
    with mpl.rc_context():
        plotting.use_style()
        yield
        import matplotlib.pyplot as plt

        plt.close("all")


def saved(figure):
    """Return a figure as a notebook stores it."""
    kept = io.StringIO()
    figure.savefig(kept, format="svg", **style._PRINT)
    return kept.getvalue()


@pytest.mark.usefixtures("styled")
def test_panels_stand_below_each_other_and_a_figure_is_never_wider():
    panels = plotting.new_axes(3, height=2)
    assert [panel.get_subplotspec().num1 for panel in panels] == [0, 1, 2]
    assert panels[0].figure.get_size_inches().tolist() == [style.WIDTH, 6]
    *shown, last = plotting.new_axes(3, columns=2)
    assert [panel.get_subplotspec().num1 for panel in (*shown, last)] == [0, 1, 2]
    assert [axes.get_visible() for axes in last.figure.axes] == [True, True, True, False]


@pytest.mark.slow
@pytest.mark.usefixtures("styled")
def test_what_is_stored_is_the_same_each_time_and_its_words_are_words():
    def draw():
        (panel,) = plotting.new_axes()
        panel.plot([0, 1], [0, 2], label="a line")
        panel.set(title="A title", xlabel="across")
        panel.legend()
        return saved(panel.figure)

    first, second = draw(), draw()
    assert first == second
    assert "<dc:date>" not in first
    root = ElementTree.fromstring(first)
    words = {text.text for text in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"A title", "across", "a line"} <= words
    assert root.get("width") == f"{72 * style.WIDTH:g}pt"


@pytest.mark.usefixtures("styled")
def test_no_writing_is_under_nine_pixels_on_a_telephone():
    (panel,) = plotting.new_axes()
    panel.plot([0, 1], label="a line")
    panel.set(title="A title", xlabel="across")
    panel.legend(title="names")
    panel.annotate("here", (0.5, 0.5), fontsize="small")
    sizes = re.findall(r"font(?:-size)?: (?:\w+ )?([\d.]+)px", saved(panel.figure))
    assert len(sizes) > 8
    assert min(map(float, sizes)) * 342 / (72 * style.WIDTH) >= 9


@pytest.mark.usefixtures("styled")
def test_many_dots_are_kept_as_pixels_and_few_as_outlines():
    for dots, kept in ((5, False), (2_000, True)):
        (panel,) = plotting.new_axes()
        marks.dots(panel, range(dots), range(dots), 4, plotting.COLOURS["blue"])
        assert ("<image" in saved(panel.figure)) == kept


def test_without_matplotlib_the_command_that_installs_it_is_named(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingPackageError, match="pip install matplotlib"):
        importlib.reload(plotting)
    monkeypatch.undo()
    importlib.reload(plotting)
