"""What a service refuses: in one sentence, with a status, and never with a trace."""

import asyncio
import json
import logging
import re
import threading

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from serving_clients import RUN, SPLIT, TITLES, ask, ask_all, get, items, service
from support import is_a_sentence

from recotour_vae.errors import ConfigError, MetricError, RequestError
from recotour_vae.runs import Run
from recotour_vae.serving.asked import read_many, read_one
from recotour_vae.serving.openapi import describe
from recotour_vae.serving.settings import ServiceSettings

SMALL = ServiceSettings(max_k=5, max_history=3, max_people=2, max_filter=4)
LIMIT = 300


def said(answer, status):
    """The sentence of a refusal."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    (sentence,) = answer.json().values()
    assert is_a_sentence(ValueError(sentence)), sentence
    return sentence


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"", 400, "is not JSON"),
        (b"history=Toy+Story", 400, "is not JSON"),
        (b'{"history": ["a"]', 400, "is not JSON"),
        (b"\xff\xfe\x00", 400, "is not JSON"),
        (b"[" * 100_000, 400, "is not JSON"),
        (b"9" * 10_000, 400, "is not JSON"),
        ([], 422, "The body is a list"),
        ("Film 1", 422, "The body is 'Film 1'"),
        (None, 422, "The body is null"),
        (b"NaN", 422, "The body is NaN"),
        ({}, 422, "'history' is missing"),
        ({"histories": [[3]]}, 422, "no field 'histories' here"),
        ({"history": [3], "x" * 500: 1}, 422, "no field 'xxx"),
        ({"history": "Film 1"}, 422, "'history' is 'Film 1'; give a list"),
        ({"history": {"a": 1}}, 422, "'history' is an object"),
        ({"history": [[3]]}, 422, r"'history[0]' is a list; give a title"),
        ({"history": [3, None]}, 422, r"'history[1]' is null; give a title"),
        ({"history": [True]}, 422, r"'history[0]' is true"),
        ({"history": [2.5]}, 422, r"'history[0]' is 2.5"),
        ({"history": [2**70]}, 422, r"'history[0]' is 1180591620717411303424"),
        ({"history": ["x" * 501]}, 422, "'history[0]' has 501 letters"),
        ({"history": [1, 2, 3, 4]}, 422, "'history' has 4 items; give at most 3."),
        ({"history": [3], "k": 0}, 422, "'k' is 0; give a whole number from 1 to 5."),
        ({"history": [3], "k": 6}, 422, "'k' is 6;"),
        ({"history": [3], "k": "5"}, 422, "'k' is '5';"),
        ({"history": [3], "k": True}, 422, "'k' is true;"),
        ({"history": [3], "k": 5.0}, 422, "'k' is 5.0;"),
        ({"history": [3], "exclude": None}, 422, "'exclude' is null"),
        ({"history": [3], "only": [1] * 5}, 422, "'only' has 5 items; give at most 4."),
        ({"history": [3], "unknown": "ignore"}, 422, "give one of refuse, skip."),
        ({"history": [3], "unknown": ["skip"]}, 422, "'unknown' is a list"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_such_request_is_refused_in_a_sentence(body, status, words):
    answer = ask(body, service(max_k=5, max_history=3, max_people=2, max_filter=4))
    assert words in said(answer, status)
    assert len(answer.text) < 300


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"history": [3]}, "no field 'history' here; give histories"),
        ({"histories": []}, "'histories' is empty"),
        ({"histories": [3]}, "'histories[0]' is 3; give a list"),
        ({"histories": [[3], [3], [3]]}, "'histories' has 3 histories; give at most 2."),
        ({"histories": [[3], [None]]}, "'histories[1][0]' is null"),
    ],
    ids=str,
)
def test_what_is_no_such_batch_is_refused_in_a_sentence(body, words):
    assert words in said(ask(body, service(max_people=2), "/recommend/batch"), 422)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 8)
    | st.sampled_from([2.5, "a", "x" * 600, "refuse", "skip"]),
    lambda inner: st.lists(inner, max_size=5),
    max_leaves=6,
)


def names(most, longest=500):
    return st.lists(st.sampled_from(["a", "id:3", 7, "x" * longest]), max_size=most)


def bodies(wild):
    """Draw requests that are within the bounds of `SMALL`, or each field somehow else."""
    fields = {
        "k": st.integers(1, 5),
        "exclude": names(4),
        "only": names(4) | st.none(),
        "unknown": st.sampled_from(["refuse", "skip"]),
        "history": names(3),
        "histories": st.lists(names(3), min_size=1, max_size=2),
    }
    fields = {
        name: field | names(5, 501) | JSON if wild else field for name, field in fields.items()
    }
    history = {name: fields.pop(name) for name in ("history", "histories")}
    more = {"other": JSON} if wild else {}
    one, many = (
        st.fixed_dictionaries({name: history[name]}, optional=fields | more) for name in history
    )
    return one | many


BODIES = bodies(False) | bodies(True) | JSON


@pytest.mark.parametrize(("schema", "read"), [("One", read_one), ("Many", read_many)])
@pytest.mark.slow
def test_what_is_read_is_what_the_schema_of_openapi_allows(schema, read):
    document = describe(SMALL)
    checker = Draft202012Validator(document["components"]["schemas"][schema])
    met = set()

    @settings(max_examples=200)
    @given(BODIES)
    def agree(body):
        """But for 5.0, a whole number for the schema, which is refused here."""
        met.add(checker.is_valid(body))
        if checker.is_valid(body):
            read(json.dumps(body).encode(), SMALL)
            return
        with pytest.raises(RequestError) as error:
            read(json.dumps(body).encode(), SMALL)
        assert is_a_sentence(error.value)

    agree()
    assert met == {True, False}
    for body in ({"history": ["a", 3], "only": None}, {"histories": [["a"], []], "k": 5}):
        assert checker.is_valid(body) == (schema == ("One" if "history" in body else "Many"))


def test_answers_are_what_openapi_says():
    document = describe(ServiceSettings())
    schemas = {"$defs": document["components"]["schemas"]}

    def holds(name, answer):
        Draft202012Validator({"$ref": f"#/$defs/{name}"} | schemas).validate(answer.json())

    holds("List", ask({"history": [3]}))
    holds("Lists", ask({"histories": [[3], [4]]}, path="/recommend/batch"))
    holds("Refusal", ask({"history": ["?"]}))
    listed = set(document["paths"])
    for path in listed - {"/recommend", "/recommend/batch"}:
        assert get(path).status_code == 200
    assert get("/openapi.json").json()["paths"].keys() == listed


def test_the_page_takes_nothing_from_elsewhere():
    answer = get("/", service(Run(RUN.model, SPLIT, ('<b>"Film"</b>', *TITLES[1:]))))
    assert not re.search(r"https?://|<b>|src=", answer.text)
    assert "&lt;b&gt;" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_an_address_that_is_not_there_and_a_wrong_method_are_refused():
    assert "nothing at GET /recomend;" in said(get("/recomend"), 404)
    assert "GET /recommend is not answered;" in said(get("/recommend"), 405)
    assert "nothing at GET /recommend/;" in said(get("/recommend/"), 404)


def test_a_body_that_is_too_long_is_refused_whether_it_says_so_or_not():
    small = {"max_bytes": 100}
    long = {"history": ["x" * 200]}
    assert "longer than 100 bytes" in said(ask(long, service(**small)), 413)

    async def parts():
        for _ in range(1_000):
            yield b"x"

    said(ask_all_streamed(parts(), service(**small)), 413)


def ask_all_streamed(parts, served):
    async def send():
        transport = httpx.ASGITransport(app=served.application())
        async with (
            served.running(),
            httpx.AsyncClient(transport=transport, base_url="http://service") as client,
        ):
            return await client.post("/recommend", content=parts)

    return asyncio.run(send())


def test_a_body_that_does_not_come_is_not_waited_for():
    async def parts():
        yield b"{"
        await asyncio.sleep(LIMIT)

    answer = ask_all_streamed(parts(), service(patience=0.05))
    assert "did not come within 0.05 seconds" in said(answer, 408)
    assert answer.headers["connection"] == "close"


class Held:
    """A model that computes until it is let go."""

    name = kind = "ease"

    def __init__(self):
        self.go, self.asked = threading.Event(), []

    def score(self, clicks):
        self.asked.append(clicks.shape[0])
        assert self.go.wait(LIMIT)
        return RUN.model.score(clicks)


def test_who_waits_too_long_is_told_so_and_the_next_is_answered():
    model = Held()
    served = service(Run(model, SPLIT, TITLES), timeout=0.05)
    answers = ask_all([("/recommend", {"history": [3]})] * 3, served)
    assert {"no answer within 0.05 seconds" in said(one, 504) for one in answers} == {True}
    model.go.set()


def test_as_many_wait_as_may_and_the_next_is_told_to_come_again():
    """One is computed, two wait, and of the others nobody hangs."""
    model = Held()
    served = service(Run(model, SPLIT, TITLES), max_waiting=2)
    found = []

    async def post(client):
        found.append(await client.post("/recommend", content=b'{"history": [3]}'))
        if sum(one.status_code == 503 for one in found) == 5:
            model.go.set()

    async def everything():
        transport = httpx.ASGITransport(app=served.application())
        async with (
            served.running(),
            httpx.AsyncClient(transport=transport, base_url="http://service") as client,
        ):
            first = asyncio.create_task(post(client))
            while not model.asked:
                await asyncio.sleep(0.01)
            await asyncio.gather(first, *(post(client) for _ in range(7)))

    asyncio.run(asyncio.wait_for(everything(), LIMIT))
    refused = [one for one in found if one.status_code == 503]
    assert len(refused) == 5
    assert "2 requests wait for the model already" in said(refused[0], 503)
    assert refused[0].headers["retry-after"] == "1"
    assert [one.status_code for one in found if one.status_code != 503] == [200] * 3
    assert model.asked == [1, 2]  # those that waited were scored together


class Broken:
    """A model that fails on one item."""

    name = kind = "ease"

    def __init__(self, error):
        self.error = error

    def score(self, clicks):
        if clicks[:, 5].nnz:
            raise self.error
        return RUN.model.score(clicks)


def test_what_goes_wrong_inside_is_logged_in_a_line_and_told_in_a_sentence(caplog):
    served = service(Run(Broken(ZeroDivisionError("inside\nout")), SPLIT, TITLES))
    bodies = [("/recommend", {"history": [item]}) for item in (3, 5, 4)]
    with caplog.at_level(logging.ERROR):
        answers = ask_all(bodies, served)
    assert [one.status_code for one in answers] == [200, 500, 200]
    assert "Something went wrong" in said(answers[1], 500)
    assert "inside" not in answers[1].text
    (record,) = caplog.records
    assert re.fullmatch(
        r"POST /recommend: ZeroDivisionError: inside out \(.*\.py:\d+\)", record.getMessage()
    )
    assert not record.exc_info


def test_a_model_that_refuses_to_score_is_no_fault_of_who_asks():
    error = MetricError("Scores of 1 users are not numbers; train the model again.")
    assert "not numbers" in said(
        ask({"history": [5]}, service(Run(Broken(error), SPLIT, TITLES))), 500
    )


def test_half_a_letter_is_answered_like_any_other():
    answer = ask(b'{"history": ["\\ud800"]}')
    assert said(answer, 422).startswith("No item is called '?'")
    passed = ask(b'{"history": [3, "\\ud800"], "unknown": "skip"}').json()
    assert passed["unknown"] == ["?"]


def test_a_thread_that_has_ended_is_said_and_not_waited_for():
    served = service()
    served.batcher.stop()  # before it begins, so that it ends at once
    answer = None

    async def look():
        transport = httpx.ASGITransport(app=served.application())
        async with (
            served.running(),
            httpx.AsyncClient(transport=transport, base_url="http://service") as client,
        ):
            while served.batcher.works:
                await asyncio.sleep(0.01)
            return await client.get("/health")

    answer = asyncio.run(asyncio.wait_for(look(), LIMIT))
    assert "has ended" in said(answer, 503)


def test_a_service_says_how_it_is():
    found = get("/health").json()
    about = {"model": "v1", "recommender": "ease", "items": SPLIT.n_items}
    assert found == {"status": "ok"} | about
    assert get("/health", method="HEAD").text == ""


def test_what_does_not_fit_a_list_is_the_same_for_all_who_ask_at_once():
    """A burst of good and bad requests: each has its own answer."""
    bodies = [{"history": [place % 24]} if place % 3 else {"history": [99]} for place in range(60)]
    answers = ask_all([("/recommend", body) for body in bodies])
    assert [one.status_code for one in answers] == [
        200 if place % 3 else 422 for place in range(60)
    ]
    assert all(
        str(body["history"][0]) not in items(one)
        for body, one in zip(bodies, answers, strict=True)
        if one.status_code == 200
    )


@pytest.mark.parametrize(
    "setting",
    [
        {"port": -1},
        {"port": 65_536},
        {"workers": 0},
        {"watch": -1.0},
        {"timeout": 0.0},
        {"timeout": float("nan")},
        {"max_k": 0},
    ],
    ids=str,
)
def test_a_setting_that_is_out_of_range_is_refused(setting):
    with pytest.raises(ConfigError) as error:
        ServiceSettings(**setting)
    assert is_a_sentence(error.value)
    (name,) = setting
    assert name in str(error.value)
