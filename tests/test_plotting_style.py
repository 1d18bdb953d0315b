"""The look of the figures, and what is said where they cannot be drawn."""

import importlib
import importlib.util

import matplotlib as mpl
import pytest

mpl.use("Agg")

from recotour_book import plotting
from recotour_vae.errors import MissingPackageError


def test_lines_take_the_colours_of_the_book_one_after_another():
    import matplotlib.pyplot as plt

    with mpl.rc_context():
        plotting.use_style()
        (panel,) = plotting.new_axes()
        drawn = [panel.plot([0, 1])[0].get_color() for _ in plotting.COLOURS]
    assert drawn == list(plotting.COLOURS.values())
    plt.close("all")


def test_without_matplotlib_the_command_that_installs_it_is_named(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingPackageError, match="pip install matplotlib"):
        importlib.reload(plotting)
    monkeypatch.undo()
    importlib.reload(plotting)
