"""What a service counts: by hand, over several processes, and in Prometheus' format."""

import re
from multiprocessing import get_context

import pytest
from serving_clients import ask, get, service

from recotour_vae.serving.counters import FAMILIES, PEOPLE, SIZE, Counters, label

LINE = re.compile(r'recotour_[a-z_]+(\{([a-z]+="[^"]*",?)+\})? [0-9.e+-]+')


def test_the_text_is_what_prometheus_reads():
    counters = Counters()
    counters.answered("recommend", 200)
    counters.observe("people_together", 3)
    text = counters.text('model="v1"')
    assert text.endswith('recotour_model_info{model="v1"} 1\n')
    named = set()
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            named.add(line.split()[2].removeprefix("recotour_"))
        elif not line.startswith("# HELP "):
            assert LINE.fullmatch(line), line
    assert named == {family.name for family in FAMILIES} | {"model_info"}


def test_what_another_reader_makes_of_the_text():
    parser = pytest.importorskip("prometheus_client.parser")
    counters = Counters()
    for people in (1, 3, 500):
        counters.observe("people_together", people)
    counters.answered("batch", 422)
    counters.answered("batch", 422)
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in parser.text_string_to_metric_families(counters.text())
        for sample in family.samples
    }
    assert found["recotour_requests_total", "batch", "422"] == 2
    assert found["recotour_people_together_sum",] == 504
    assert found["recotour_people_together_count",] == 3
    counts = [found["recotour_people_together_bucket", f"{bound:g}"] for bound in PEOPLE]
    assert counts == [1, 1, 2, 2, 2, 2, 2, 2]
    assert found["recotour_people_together_bucket", "+Inf"] == 3


def test_a_value_at_a_bound_is_within_it():
    counters = Counters()
    counters.observe("people_together", 4)
    assert 'bucket{le="2"} 0\n' in counters.text()
    assert 'bucket{le="4"} 1\n' in counters.text()


def test_rows_add_up_and_a_new_process_goes_on_where_the_old_one_was_ended():
    rows = get_context("spawn").RawArray("d", 2 * SIZE)
    first, second = Counters(rows, 0), Counters(rows, 1)
    for counters in (first, second):
        counters.add("lists_total", 3)
        counters.set("workers", 1)
        counters.add("in_flight")
    assert [first.total(name) for name in ("lists_total", "workers", "in_flight")] == [6, 2, 2]
    again = Counters(rows, 1)  # it was ended while it answered
    assert [again.total(name) for name in ("lists_total", "workers", "in_flight")] == [6, 1, 1]


def test_a_status_that_is_not_listed_is_counted_by_its_kind():
    counters = Counters()
    for status in (418, 599):
        counters.answered("none", status)
    assert 'requests_total{route="none",status="400"} 1\n' in counters.text()
    assert 'requests_total{route="none",status="500"} 1\n' in counters.text()


def test_what_is_asked_is_counted():
    served = service()
    ask({"histories": [[3], [4, "?"]], "unknown": "skip"}, served, "/recommend/batch")
    counters = served.counters
    counted = [counters.total(name) for name in ("lists_total", "unknown_items_total")]
    assert counted == [2, 1]
    assert counters.total("request_seconds") == counters.total("people_together") == 1
    assert counters.total("in_flight") == counters.total("workers") == 0
    refused = service()
    ask({"history": ["?"]}, refused)
    assert 'requests_total{route="recommend",status="422"} 1\n' in refused.counters.text()


def test_a_service_shows_what_it_counts():
    answer = get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert 'recotour_model_info{recommender="ease",model="v1"} 1\n' in answer.text
    assert "recotour_workers 1\n" in answer.text


def test_a_label_holds_any_text():
    assert label('a"b\\c\nd') == '"a\\"b\\\\c\\nd"'
