"""Progress bars: for people, not for CI or stored notebooks."""

import sys
from types import SimpleNamespace

import pytest

from recotour_vae.runtime import progress


@pytest.mark.parametrize(
    ("terminal", "notebook", "silenced", "watched"),
    [
        (True, False, None, True),
        (False, False, None, False),
        (False, True, None, True),
        (True, False, "CI", False),
        (False, True, "TQDM_DISABLE", False),
    ],
)
def test_a_bar_is_shown_where_somebody_looks(
    terminal: bool,
    notebook: bool,
    silenced: str | None,
    watched: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("CI", "TQDM_DISABLE"):
        monkeypatch.delenv(name, raising=False)
    if silenced:
        monkeypatch.setenv(silenced, "1")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    shell = SimpleNamespace(kernel="a kernel") if notebook else None
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert progress.is_watched() is watched
    assert progress.bar([1, 2]).disable is not watched


def test_a_bar_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress.bar([1, 2], show=True, desc="epochs")) == [1, 2]
    assert "epochs" in capsys.readouterr().err
