"""Rows of older code count while rows like them come out the same, and no longer."""

from dataclasses import replace

import pandas as pd
import pytest
from experiment_files import SMALL, opened, write
from support import is_a_sentence

from recotour_vae import cli
from recotour_vae.errors import DataError, DivergenceError, TrainingInterruptedError
from recotour_vae.experiments import confirm, report, results, run, trial
from recotour_vae.experiments.ledger import COLUMNS, ledger, predecessors
from recotour_vae.experiments.results import flags, standing

OLD, OLDER = "0ddc0de0", "12345678"  # the second would be a number, were it not read as text
TWO = (
    SMALL.split("[[search]]", maxsplit=1)[0]
    + """
[[block]]
name = "plain"
fixed = {{ model = "item-knn" }}
each.split = [0, 1]
"""
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Six runs of two models."""
    path = write(tmp_path_factory.mktemp("confirmed"), TWO)
    experiment, found = opened(path)
    for setting in experiment.settings():
        run.run_one(setting, found, per_user=False)
    return path, found.runs.path.read_text(encoding="utf-8")


@pytest.fixture
def old(made, tmp_path):
    """The same table as if older code had made it, in a folder of its own."""
    path, text = made
    experiment, _ = opened(path)
    found = results.Results(tmp_path, experiment.name)
    found.runs.path.write_text(text, encoding="utf-8")
    change(found, code=OLD)
    return path, experiment, found


def change(found, **values):
    """Write the table anew with other values in some columns."""
    found.runs.read().assign(**values).to_csv(found.runs.path, index=False)


@pytest.mark.slow
def test_rows_of_other_code_count_once_rows_like_them_came_out_the_same(old):
    _, experiment, found = old
    before, rows = found.runs.path.read_bytes(), found.runs.read()
    assert (flags(rows, found.folder) == "other code").all()
    verdicts = list(confirm.confirm(experiment, found))
    assert [one.holds for one in verdicts] == [True, True]
    assert (flags(rows, found.folder) == "").all()
    assert (standing(rows, found.folder) == "same numbers").all()
    assert found.runs.path.read_bytes() == before  # rows are left as they are


def test_a_line_of_the_ledger_says_what_it_rests_on(old):
    _, experiment, found = old
    verdicts = list(confirm.confirm(experiment, found, rows=2))
    entries = ledger(found.folder).read()
    assert tuple(entries.columns) == COLUMNS
    assert not entries.drop(columns="framework").isna().any(axis=None)
    rows = found.runs.read().set_index("run")
    for entry, verdict in zip(entries.itertuples(), verdicts, strict=True):
        ids = entry.run.split()
        assert all(one in verdict.finding for one in ids)
        assert (rows.loc[ids, "model"] == entry.model).all()
        mine = rows[rows["model"] == entry.model].sort_values("fit_seconds", kind="stable")
        assert ids == mine.index[:2].tolist()  # those that take least time
        assert entry.largest_difference == 0
        assert entry.numbers > 2 * 15
        assert entry.code == OLD
        assert entry.today == results.code_today(rows.loc[ids[0]])


def test_what_is_written_down_is_not_made_again(old, monkeypatch):
    _, experiment, found = old
    list(confirm.confirm(experiment, found))
    monkeypatch.setattr(trial, "run", None)
    again = list(confirm.confirm(experiment, found))
    assert [one.finding for one in again] == ["found the same before, and written down"] * 2
    assert len(ledger(found.folder).read()) == 2


def test_rows_of_todays_code_are_not_made_again(made, tmp_path, monkeypatch):
    path, text = made
    found = results.Results(tmp_path, "small")
    found.runs.path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(trial, "run", None)
    verdicts = list(confirm.confirm(opened(path)[0], found))
    assert {one.finding for one in verdicts} == {"made by today's code"}
    assert not ledger(tmp_path).path.exists()


@pytest.mark.parametrize(
    ("column", "by"),
    [("ndcg@100", 1e-5), ("novelty", -1e-4), ("best_epoch", 1), ("kl", float("nan"))],
)
def test_a_digit_that_differs_is_told_and_nothing_is_written(old, column, by):
    _, experiment, found = old
    change(found, **{column: found.runs.read()[column] + by})
    verdicts = list(confirm.confirm(experiment, found))
    other = [one for one in verdicts if not one.holds]
    assert other
    assert all(one.holds is False and column in one.finding for one in other)
    assert len(ledger(found.folder).read()) == len(verdicts) - len(other)


def test_a_metric_that_came_later_is_compared_where_it_is_stored(old, monkeypatch):
    _, experiment, found = old
    real = trial.run

    def with_another(*words):
        outcome = real(*words)
        return replace(outcome, row=outcome.row | {"rmse": 0.5})

    monkeypatch.setattr(trial, "run", with_another)
    change(found, rmse=0.25)
    verdicts = list(confirm.confirm(experiment, found))
    assert all(one.holds is False and "rmse 0.25" in one.finding for one in verdicts)
    change(found, rmse=None)
    assert all(one.holds for one in confirm.confirm(experiment, found))


def test_of_a_row_that_a_script_made_what_it_measured_is_compared(old):
    _, experiment, found = old
    lacking = dict.fromkeys(("novelty", "kl", "nll", "test_users"), float("nan"))
    change(found, code="abcdef1", commit="abcdef1", **lacking)
    assert [one.holds for one in confirm.confirm(experiment, found)] == [True, True]
    assert (standing(found.runs.read(), found.folder) == "same numbers").all()
    change(found, code="fedcba1", commit="fedcba1", best_epoch=7)
    assert False in [one.holds for one in confirm.confirm(experiment, found)]


def test_a_beta_that_a_network_has_no_more_is_not_compared(old, monkeypatch):
    """Rows of Mult-DAE tell of one from before it was Mult-VAE's alone."""
    _, experiment, found = old
    real = trial.run
    change(found, beta_at_best=0.1338)
    for now, holds in ((0.2, False), (float("nan"), True)):

        def with_beta(*words, now=now):
            outcome = real(*words)
            return replace(outcome, row=outcome.row | {"beta_at_best": now})

        monkeypatch.setattr(trial, "run", with_beta)
        verdicts = list(confirm.confirm(experiment, found))
        assert all(one.holds is holds for one in verdicts)
        assert holds or all("beta_at_best 0.1338" in one.finding for one in verdicts)


def test_data_of_another_kind_or_nowhere_confirm_nothing(old, monkeypatch):
    _, experiment, found = old
    change(found, split="another")
    verdicts = list(confirm.confirm(experiment, found))
    assert all(one.holds is None and "another split" in one.finding for one in verdicts)

    def nowhere(_):
        raise DataError("There are no such data here.")

    monkeypatch.setattr(confirm, "split_of", nowhere)
    verdicts = list(confirm.confirm(experiment, found))
    assert all(one.holds is None and "no such data" in one.finding for one in verdicts)
    assert not ledger(found.folder).path.exists()


def test_a_run_that_fails_today_is_other_numbers_and_a_stop_is_a_stop(old, monkeypatch):
    _, experiment, found = old

    def fails(error):
        def run(*_):
            raise error

        return run

    monkeypatch.setattr(trial, "run", fails(DivergenceError("The loss is no number.")))
    assert all("now fails" in one.finding for one in confirm.confirm(experiment, found))
    monkeypatch.setattr(trial, "run", fails(TrainingInterruptedError("Stopped.")))
    with pytest.raises(TrainingInterruptedError):
        list(confirm.confirm(experiment, found))
    assert not ledger(found.folder).path.exists()


def entries(*pairs):
    """A ledger with these pairs of fingerprints."""
    return pd.DataFrame(pairs, columns=["code", "today"])


def test_the_ledger_leads_step_by_step_and_forwards_only():
    steps = entries((OLDER, OLD), (OLD, "now"), ("now", "later"), ("x", "y"), ("y", "x"))
    assert predecessors("now", steps) == {"now", OLD, OLDER}
    assert predecessors(OLDER, steps) == {OLDER}
    assert predecessors("x", steps) == {"x", "y"}  # round and round, and it ends
    assert predecessors("now", entries()) == {"now"}


def test_two_lines_that_follow_each_other_lead_from_the_oldest_rows(old):
    _, experiment, found = old
    list(confirm.confirm(experiment, found))
    for model, framework in (("mult-dae", "pytorch"), ("item-knn", "")):
        line = dict.fromkeys(COLUMNS, "") | {"code": OLDER, "today": OLD}
        ledger(found.folder).append(line | {"model": model, "framework": framework})
    change(found, code=OLDER)
    assert (flags(found.runs.read(), found.folder) == "").all()
    change(found, code="ffffffff")
    assert (flags(found.runs.read(), found.folder) == "other code").all()


@pytest.mark.parametrize("change", [{"model": "mult-vae"}, {"framework": "gluon"}])
def test_a_line_of_the_ledger_speaks_for_its_own_model_and_framework_only(old, change):
    _, experiment, found = old
    list(confirm.confirm(experiment, found))
    rows = found.runs.read()
    rows = rows[rows["model"] == "mult-dae"]
    assert (flags(rows, found.folder) == "").all()
    entries = ledger(found.folder).read()
    entries.loc[entries["model"] == "mult-dae", list(change)] = list(change.values())
    entries.to_csv(ledger(found.folder).path, index=False)
    assert (flags(rows, found.folder) == "other code").all()


def test_a_row_of_a_model_that_is_gone_is_of_other_code(old):
    rows = old[2].runs.read().assign(model="gone", framework=None)
    assert (flags(rows, old[2].folder) == "other code").all()
    assert flags(rows.iloc[:0]).empty


def command(path, found, *words):
    places = ["--declared", str(path.parent), "--results", str(found.folder)]
    return cli.main(["experiments", *words, *places])


def test_the_command_confirms_and_the_report_tells_both_kinds_of_rows(old, capsys):
    path, experiment, found = old
    told = "\n".join(report.lines(experiment, found, "ndcg@100"))
    assert "6 of 6 rows were made by other code" in told
    assert "experiments confirm small" in told
    assert command(path, found, "confirm", "small") == 0
    assert capsys.readouterr().out.count("the same in every digit") == 2
    told = "\n".join(report.lines(experiment, found, "ndcg@100"))
    assert "other code" not in told
    assert "6 of 6 rows were made by older code" in told
    assert "same-numbers.csv" in told


def test_the_command_ends_with_one_sentence_where_numbers_differ(old, capsys):
    path, _, found = old
    change(found, gini=0.123)
    assert command(path, found, "confirm", "small") == 2
    shown = capsys.readouterr()
    assert "gini 0.123 stored and" in shown.out
    (line,) = [li for li in shown.err.splitlines() if li.startswith("error: ")]
    assert "mult-dae pytorch" in line
    assert "item-knn" in line
    assert command(path, found, "confirm", "small", "--rows", "0") == 2
    assert is_a_sentence(Exception(capsys.readouterr().err.splitlines()[-1]))
