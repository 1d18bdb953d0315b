"""What cannot be understood of a command line gets one sentence, with the nearest that can."""

import re
import sys

import pytest
import tyro
from command_line import sentence

from recotour_vae import cli
from recotour_vae.cli import refusals
from recotour_vae.cli.data import Data
from recotour_vae.cli.evaluate import Evaluate
from recotour_vae.cli.recommend import Recommend
from recotour_vae.cli.train import train_command
from recotour_vae.cli.tune import tune_command
from recotour_vae.experiments.commands import COMMANDS
from recotour_vae.recommenders import names

SENTENCES = {
    "trian": "recotour-vae has no command 'trian'; did you mean train?",
    "zebra": "recotour-vae has no command 'zebra'; recotour-vae --help lists what there is.",
    "experiments rum": "recotour-vae experiments has no command 'rum'; did you mean run?",
    "--bata 1": "recotour-vae has no option --bata of its own; give a command first, "
    "recotour-vae --help lists them.",
    "train --bata 1": "recotour-vae train has no option --bata; did you mean --beta?",
    "train --no-resum": "recotour-vae train has no option --no-resum; did you mean --no-resume?",
    "train --sampled_itms=3": "recotour-vae train has no option --sampled_itms; did you mean "
    "--sampled-items?",
    "train --model ease --beta 1": "recotour-vae train --model ease has no option --beta; "
    "recotour-vae train --model ease --help lists what there is.",
    "train --model mult-dae --beta 1": "recotour-vae train --model mult-dae has no option --beta; "
    "recotour-vae train --model mult-dae --help lists what there is.",
    "train --likelihood logistic --sampled-items 5": "sampled_items is 5, but the logistic "
    "likelihood has no normaliser to sample; leave it.",
    "data --usr x": "recotour-vae data has no option --usr; did you mean --user?",
    "recommend --usr 4": "recotour-vae recommend has no option --usr; did you mean --user?",
    "experiments report grid --metrc x": "recotour-vae experiments report has no option --metrc; "
    "did you mean --metric?",
    "data ml-100k ml-1m": "recotour-vae data does not know what to do with 'ml-1m'; "
    "recotour-vae data --help shows what to type.",
    "recommend": "recotour-vae recommend needs a FOLDER after it; recotour-vae recommend --help "
    "shows what to type.",
    "recommend --k 3": "recotour-vae recommend needs a FOLDER after it; recotour-vae recommend "
    "--help shows what to type.",
    "experiments run": "recotour-vae experiments run needs a NAME after it; recotour-vae "
    "experiments run --help shows what to type.",
    "train --beta": "--beta needs a number after it.",
    "train --protocol foo": "--protocol is 'foo'; choose one of strong, in-time, leave-last-out, "
    "weak, benchmark, ratings.",
    "train --epochs many": "--epochs is 'many'; give a whole number.",
    "train --epochs 3 --epochs=many": "--epochs is 'many'; give a whole number.",
    "train --patience 3.5 --beta 1": "--patience is '3.5'; give None or a whole number.",
    "tune --folds five": "--folds is 'five'; give None, a whole number or official.",
    "train --hidden a b": "--hidden is 'a b'; give None or whole numbers.",
}


@pytest.mark.parametrize("words", SENTENCES)
def test_what_is_mistyped_gets_one_sentence(words, capsys):
    assert cli.main(words.split()) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == f"error: {SENTENCES[words]}\n"


def test_who_asks_for_help_is_refused_nothing(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["train", "--bata", "1", "--help"])
    assert stop.value.code == 0
    assert "--beta FLOAT" in capsys.readouterr().out


TYPED = {
    "data": Data,
    "evaluate": Evaluate,
    "recommend": Recommend,
    **{f"experiments {name}": command for name, command in COMMANDS.items()},
    **{f"train --model {name}": train_command(["--model", name]) for name in names()},
    **{f"tune --model {name}": tune_command(["--model", name]) for name in names()},
}


@pytest.mark.parametrize("words", TYPED)
def test_the_options_of_a_command_are_those_that_its_help_lists(words, capsys):
    with pytest.raises(SystemExit):
        cli.main([*words.split(), "--help"])
    lines = re.findall(r"(?m)^[│ ] (-.*?)(?:  |$)", capsys.readouterr().out)
    listed = {option for line in lines for option in re.findall(r"--[a-z][a-z0-9-]*", line)}
    assert listed == {"--help", *refusals.options_of(TYPED[words])}


def test_where_tyro_does_not_ask_us_it_says_itself_what_is_wrong(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "tyro._errors", None)  # as of a release without it
    with pytest.raises(SystemExit) as stop:
        cli.main(["train", "--epochs", "many"])
    assert stop.value.code == 2
    assert "--epochs" in capsys.readouterr().err


def test_what_tyro_says_of_something_new_is_left_to_it():
    class NewEvent(tyro._errors.ParseErrorEvent):
        pass

    with refusals.in_one_sentence(["train"]):
        tyro._errors._fire(NewEvent("recotour-vae"))  # and nothing is raised


def test_serving_without_its_packages_says_how_to_get_them(monkeypatch, capsys):
    from recotour_vae.cli import serve

    monkeypatch.setattr(serve, "find_spec", lambda name: None)
    said = sentence(capsys, ["serve", "nowhere"])
    assert said.endswith("get them with pip install 'recotour-vae[serve]'.")
