"""The models of "Meet the model", made when the book is built: kept, named, and drawn on a map."""

import re
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from book_support import BOOK
from modules_by_path import load_module
from support import is_a_sentence

from recotour_book import meet
from recotour_book.genres import RECBOLE, ZIP, genres
from recotour_vae.errors import RecotourError
from recotour_vae.runs import open_run
from recotour_vae.serving.export import read_web

PARTS = BOOK / "_ext" / "interactive_parts"
STAGES = (BOOK / "_static" / "interactive" / "meet" / "stages.js").read_text(encoding="utf-8")


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    """A cache of its own, which says that it has the data."""
    monkeypatch.setattr(meet, "cache_folder", lambda _: tmp_path)
    monkeypatch.setattr(meet, "has_data", lambda: True)
    monkeypatch.setattr(meet, "fingerprint", lambda *roots: "code")
    return tmp_path


def written(folder: Path) -> None:
    """Stand in for training."""
    folder.mkdir()
    for one in (*meet.frameworks(), meet.ALONE):
        for name in meet.names(one):
            (folder / f"{name}.js").write_text(name)


# What is kept


def test_models_are_made_once_and_kept(cache, monkeypatch):
    made = []
    monkeypatch.setattr(meet, "make_all", lambda folder: (made.append(folder), written(folder)))
    first, second = meet.scripts(), meet.scripts()
    assert first == second
    assert len(made) == 1
    assert all(path.read_text() == name for name, path in first.items())
    assert {"ease", "popularity", "mult-vae-pytorch-0", "mult-vae-pytorch-0.2"} < {*first}
    assert [path.name for path in (cache / "meet").iterdir()] == [meet.key()]


def test_nothing_is_kept_of_models_that_could_not_be_made(cache, monkeypatch):
    def fail(folder):
        folder.mkdir()
        raise RecotourError("No.")

    monkeypatch.setattr(meet, "make_all", fail)
    with pytest.raises(RecotourError):
        meet.scripts()
    assert list((cache / "meet").iterdir()) == []


def test_other_settings_other_code_and_other_frameworks_are_other_models(cache, monkeypatch):
    keys = {meet.key()}
    monkeypatch.setattr(meet, "SETTINGS", replace(meet.SETTINGS, epochs=51))
    keys.add(meet.key())
    monkeypatch.setattr(meet, "fingerprint", lambda *roots: "other code")
    keys.add(meet.key())
    monkeypatch.setattr(meet, "version", lambda package: "9")
    keys.add(meet.key())
    assert len(keys) == 4


def test_without_data_there_are_no_models(monkeypatch, tmp_path):
    monkeypatch.setattr(meet, "cache_folder", lambda _: tmp_path)
    assert not meet.has_data()
    assert meet.scripts() == {}
    for name in ("meet", "meet-map"):
        assert load_module(name.replace("-", "_"), PARTS / f"{name}.py").data(BOOK.parent) is None


@pytest.mark.processes
def test_a_process_that_fails_is_told_in_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(meet, "frameworks", lambda: ("nonsense",))
    monkeypatch.setattr(meet, "ALONE", "nothing")
    with pytest.raises(RecotourError, match="could not be trained: ") as error:
        meet.make_all(tmp_path)
    assert is_a_sentence(error.value)


# What is made


@pytest.mark.slow
def test_models_of_the_same_seed_are_the_same(monkeypatch, tmp_path):
    monkeypatch.setattr(meet, "SETTINGS", replace(meet.SETTINGS, epochs=1))
    monkeypatch.setattr(meet, "CAPS", (0.2,))
    for name in ("a", "b"):
        meet.make_some(tmp_path / name, "pytorch")
    one, other = (tmp_path / name / "mult-vae-pytorch-0.2.js" for name in ("a", "b"))
    assert one.read_bytes() == other.read_bytes()
    about = read_web(one).about
    assert about["settings"]["beta"] == 0.2
    assert about["made"]["run"] == "mult-vae-pytorch-0.2"
    run = open_run(tmp_path / "a" / "runs" / "mult-vae-pytorch-0.2")
    assert run.split.fingerprint() == about["made"]["split"]


def test_the_networks_reach_their_cap(monkeypatch):
    from recotour_vae.models.annealing import beta_at

    updates = meet.SETTINGS.epochs * 8
    for cap in meet.CAPS:
        config = meet.SETTINGS.network(cap)
        assert beta_at(updates // 2, updates, config) == cap
        assert config.widths == (meet.SETTINGS.hidden,)


# The code beside the stages


def lines(framework: str) -> str:
    """Give the code of all stages in one framework, in their order."""
    found = re.findall(rf'{framework}: ((?:"[^"]*"\s*\+?\s*)+)', STAGES)
    assert len(found) == 8
    parts = ("".join(re.findall(r'"([^"]*)"', one)) for one in found)
    return "\n".join(parts).replace(r"\n", "\n")


@pytest.mark.parametrize("framework", meet.frameworks())
def test_the_code_beside_the_stages_runs_and_has_the_widths_of_the_networks(framework):
    from types import SimpleNamespace

    own = SimpleNamespace()
    names: dict = {"self": own, "n_items": 1417, "picks": [3, 5]}
    if framework == "pytorch":
        exec("import torch\nfrom torch import nn", names)
        exec(lines(framework), names)
    else:
        from recotour_vae.runtime.mxnet import mx

        def dense(width, in_units):
            layer = mx.gluon.nn.Dense(width, in_units=in_units)
            layer.initialize()
            return layer

        names |= {"nd": mx.nd, "nn": SimpleNamespace(Dense=dense)}
        exec(lines(framework), names)
    assert names["h"].shape == (1, meet.SETTINGS.hidden)
    assert names["z"].shape == names["mu"].shape == (1, meet.SETTINGS.latent)
    assert names["f"].shape == (1, 1417)
    assert names["best"].shape == (1, 6)
    best = names["best"].numpy() if framework == "pytorch" else names["best"].asnumpy()
    assert not {3, 5} & {*best.ravel()}


@pytest.mark.parametrize("framework", ["pytorch", "gluon"])
def test_no_stage_has_more_than_three_lines(framework):
    found = re.findall(rf'{framework}: ((?:"[^"]*"\s*\+?\s*)+)', STAGES)
    assert max(one.count(r"\n") for one in found) <= 2


# Genres


def test_genres_are_read_from_either_copy_of_the_data(tmp_path):
    assert genres(tmp_path) == {}
    head = "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
    (tmp_path / RECBOLE).write_text(head + "1\tToy\t1995\tComedy War\n2\tX\t1999\t\n")
    assert genres(tmp_path) == {1: ["Comedy", "War"], 2: []}
    with zipfile.ZipFile(tmp_path / ZIP, "w") as archive:
        archive.writestr("ml-100k/u.genre", "unknown|0\nComedy|1\nWar|2\n\n")
        film = "1|Toy Story (1995)|01-Jan-1995||http://x|0|1|1\n2|Café|||| 0|0|1\n".replace(
            " 0", "0"
        )
        archive.writestr("ml-100k/u.item", film.encode("latin-1"))
    assert genres(tmp_path) == {1: ["Comedy", "War"], 2: ["War"]}


# The map


@pytest.fixture(scope="module")
def mapping():
    return load_module("meet_map", PARTS / "meet-map.py")


def test_the_map_has_the_directions_that_hold_most(mapping):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(200, 5)) @ np.diag([1, 4, 0.5, 2, 0.1]) + 7
    directions, shares = mapping.components(rows)
    values, vectors = np.linalg.eigh(np.cov(rows.T))
    np.testing.assert_allclose(shares, values[::-1][:2] / values.sum(), rtol=1e-9)
    for direction, vector in zip(directions, vectors.T[::-1], strict=False):
        assert abs(direction @ vector) == pytest.approx(1)
        assert direction[np.abs(direction).argmax()] > 0  # so that no machine mirrors the map


def test_neighbours_that_a_projection_keeps_are_counted(mapping):
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(60, 2))
    assert mapping.kept_neighbours(np.hstack([flat, np.zeros((60, 3))]), flat) == 10
    apart = rng.normal(size=(60, 2))
    assert mapping.kept_neighbours(np.hstack([flat, 1000 * apart]), flat) < 4


def test_years_are_those_in_the_last_brackets(mapping):
    titles = ["Toy Story (1995)", "X (Y) (1997)", "Land Before Time III (V)", "unknown"]
    assert [mapping.year_of(title) for title in titles] == [1995, 1997, None, None]
