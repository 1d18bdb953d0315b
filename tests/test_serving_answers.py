"""What a service answers: the lists of `recommend`, filtered, one at a time or many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving_clients import RUN, SPLIT, TITLES, ask, ask_all, items, random_history, service
from support import small_model

from recotour_vae import cli, runs
from recotour_vae.errors import RecotourError
from recotour_vae.runs import Run, liked_by, recommend
from recotour_vae.serving.answers import answer_all
from recotour_vae.serving.asked import Asked
from recotour_vae.serving.served import Served, open_served

NETWORK = Run(small_model(n_items=SPLIT.n_items), SPLIT, TITLES)
EVERYTHING = [f"id:{item}" for item in SPLIT.items]


def same_list(answer, run, history, k):
    alone = recommend(run, liked_by(run, history), k)
    measure = alone.columns[-1]
    assert items(answer) == alone["item"].astype(str).tolist()
    assert [one["title"] for one in answer["items"]] == alone["title"].tolist()
    scores = [one["score"] for one in answer["items"]]
    assert scores == pytest.approx(alone[measure].tolist(), rel=1e-5, abs=1e-7)
    return measure


@pytest.mark.slow
@pytest.mark.parametrize("run", [RUN, NETWORK], ids=["ease", "network"])
def test_a_list_is_the_one_that_recommend_gives(run):
    histories = [random_history(seed) for seed in range(8)] + [["Film 3", "film 7 (1991)"]]
    for history in histories:
        answer = ask({"history": history, "k": 5}, service(run)).json()
        assert answer["measure"] == same_list(answer, run, history, 5)
        assert (answer["model"], answer["unknown"]) == ("v1", [])


def test_a_list_has_ten_items_where_nobody_says_how_many():
    assert len(items(ask({"history": ["Film 0"]}))) == 10


@pytest.mark.slow
def test_the_command_prints_the_same_list(run, capsys):
    words = ["--liked", "Film 3", "id:7", "--k", "6"]
    assert cli.main(["recommend", str(run), *words]) == 0
    printed = capsys.readouterr().out.splitlines()
    served = open_served(run)
    (answer,) = answer_all(served, [Asked((("Film 3", "id:7"),), 6)], 64)
    listed = answer.lists[0]["items"]
    assert [one["title"] in line for one, line in zip(listed, printed[-6:], strict=True)] == [
        True
    ] * 6
    assert [f"{one['score']:.4f}" for one in listed] == [line.split()[-1] for line in printed[-6:]]
    assert len(served.version) == 12
    same_list({"items": listed}, runs.open_run(run), ["Film 3", "id:7"], 6)


def test_a_batch_is_its_histories_one_by_one():
    histories = [random_history(seed) for seed in range(30)]
    many = ask({"histories": histories, "k": 4}, service(max_together=7), "/recommend/batch")
    alone = ask_all([("/recommend", {"history": one, "k": 4}) for one in histories])
    assert [items(one) for one in many.json()["lists"]] == [items(one) for one in alone]


def test_requests_that_come_together_do_not_mix():
    """Lists of other lengths and filters, scored in one batch."""
    asked = [
        Asked((tuple(random_history(seed)),), 1 + seed % 5, tuple(random_history(seed + 99)))
        for seed in range(20)
    ]
    together = answer_all(Served(RUN, "v1", ()), asked, 64)
    alone = [answer_all(Served(RUN, "v1", ()), [one], 64)[0] for one in asked]
    assert [one.lists for one in together] == [one.lists for one in alone]


COLUMNS = st.lists(st.integers(0, SPLIT.n_items - 1), max_size=10)


@pytest.mark.slow
@given(COLUMNS.filter(bool), COLUMNS, st.none() | COLUMNS, st.integers(1, 8))
def test_a_filtered_list_is_the_whole_one_less_what_may_not_be_shown(clicked, hidden, only, k):
    named = lambda columns: tuple(f"id:{SPLIT.items[column]}" for column in columns)  # noqa: E731
    asked = Asked((named(clicked),), k, named(hidden), None if only is None else named(only))
    (answer,) = answer_all(Served(RUN, "v1", ()), [asked], 64)
    left = SPLIT.n_items - len(set(clicked))
    whole = recommend(RUN, liked_by(RUN, named(clicked)), left)["item"].tolist()
    may = set(range(SPLIT.n_items) if only is None else only) - set(hidden)
    assert items(answer.lists[0]) == [str(item) for item in whole if item in may][:k]


def test_items_may_be_named_by_numbers():
    named = ask({"history": [3, 5], "exclude": [7], "k": 4})
    assert items(named) == items(ask({"history": ["id:3", "id:5"], "exclude": ["id:7"], "k": 4}))


@pytest.mark.parametrize(
    "history", [["Nothing"], ["id:99"], ["Film 1"], [], ["Film 3", "Filn 3"]], ids=str
)
def test_what_is_unknown_is_refused_as_recommend_refuses_it(history):
    twice = Run(RUN.model, SPLIT, ("Film 1 (1950)", *TITLES[1:]))
    with pytest.raises(RecotourError) as error:
        liked_by(twice, history)
    refused = ask({"history": history}, service(twice))
    assert (refused.status_code, refused.json()) == (422, {"error": str(error.value)})


@pytest.mark.parametrize("field", ["exclude", "only"])
def test_what_is_unknown_in_a_filter_is_refused_too(field):
    refused = ask({"history": [3], field: ["Nothing"]})
    assert refused.status_code == 422
    assert "No item is called 'Nothing'" in refused.json()["error"]


def test_one_history_that_is_refused_refuses_the_batch_and_no_other_request():
    good = ("/recommend", {"history": [3]})
    bad = ("/recommend/batch", {"histories": [[3], ["Nothing"]]})
    assert [one.status_code for one in ask_all([good, bad, good])] == [200, 422, 200]


def test_a_list_longer_than_the_catalogue_is_refused_as_recommend_refuses_it():
    with pytest.raises(RecotourError) as error:
        recommend(RUN, liked_by(RUN, ["id:3"]), 25)
    refused = ask({"history": [3], "k": 25})
    assert (refused.status_code, refused.json()) == (422, {"error": str(error.value)})


def test_what_is_unknown_can_be_passed_over_and_is_named():
    asked = {"history": [3, "Nothing", "id:99"], "exclude": ["Nothing"], "unknown": "skip"}
    answer = ask(asked).json()
    assert answer["unknown"] == ["Nothing", "id:99"]
    assert items(answer) == items(ask({"history": [3]}))
    nobody = ask({"history": ["Nothing"], "unknown": "skip"}).json()
    assert (nobody["items"], nobody["unknown"]) == ([], ["Nothing"])


def test_of_several_items_with_a_title_none_is_chosen_where_unknown_ones_are_passed_over():
    twice = Run(RUN.model, SPLIT, ("Film 1 (1950)", *TITLES[1:]))
    refused = ask({"history": ["Film 1"], "unknown": "skip"}, service(twice))
    assert "2 items are called 'Film 1'" in refused.json()["error"]


def test_who_has_everything_gets_an_empty_list():
    assert items(ask({"history": EVERYTHING})) == []
    assert items(ask({"history": EVERYTHING[1:], "k": 3})) == ["0"]
    assert items(ask({"history": [3], "only": [3]})) == []


def test_a_run_that_reads_more_than_clicks_is_refused_before_it_is_served(tmp_path):
    class Reads:
        kind = name = "svae"

        def score(self, clicks):
            raise RecotourError("It reads more than clicks; serve another one.")

    from recotour_vae.serving import served

    def opened(*_):
        return Run(Reads(), SPLIT, TITLES)

    (tmp_path / "best.safetensors").write_bytes(b"")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(served, "open_run", opened)
        with pytest.raises(RecotourError, match="more than clicks"):
            open_served(tmp_path)
