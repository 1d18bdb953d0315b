"""Options that were typed are found in the words, and settings become words that are read back."""

import pytest

from recotour_vae import cli
from recotour_vae.cli.typed import typed, typing_of


@pytest.mark.parametrize(
    ("argv", "found"),
    [
        ("train", {}),
        ("train --split-seed 1", {"split_seed": "--split-seed"}),
        ("train --split_seed=1", {"split_seed": "--split_seed"}),
        ("train --no-idf --k 3", {"idf": "--no-idf", "k": "--k"}),
        ("data ratings.csv --user customer", {"user": "--user"}),
        ("recommend run --user=-5 -h", {"user": "--user"}),
    ],
)
def test_options_are_found_by_the_names_of_the_settings(argv, found):
    assert typed(argv.split()) == found


def test_settings_are_written_as_they_are_typed():
    settings = {"l2": 0.5, "hidden": (300, 20), "latest": True, "idf": False, "patience": None}
    written = list(typing_of(settings))
    assert written == [
        *("--l2", "0.5", "--hidden", "300", "20"),
        *("--latest", "--no-idf", "--patience", "None"),
    ]
    assert list(typed(written)) == list(settings)


@pytest.mark.parametrize("command", ["train", "tune"])
def test_training_and_tuning_refuse_options_that_do_nothing_too(command, tmp_path, capsys):
    rows = [f"{user},{item}" for user in range(20) for item in range(8)]
    (tmp_path / "clicks.csv").write_text("\n".join(["user,item", *rows]) + "\n", encoding="utf-8")
    words = [command, "--model", "ease", "--data", str(tmp_path / "clicks.csv")]
    words += ["--out", str(tmp_path / "out")]
    assert cli.main([*words, "--fold", "1"]) == 2
    assert "error: --fold could have no effect with --protocol strong" in capsys.readouterr().err
    assert cli.main([*words, "--click-above", "None"]) == 2
    assert "clicks has no ratings, so that every row is a click" in capsys.readouterr().err
