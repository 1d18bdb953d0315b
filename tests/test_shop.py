"""The shop that never was: the same each time, true to its truth, and dirty where it says so."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from recotour_book.shop import ShopConfig, make
from recotour_book.shop.world import START, WEEK, wishes, world
from recotour_book.shop.writing import POSTAGE
from recotour_vae.datasets import load, report
from recotour_vae.errors import DataError, DataWarning

SMALL = ShopConfig(people=300, products=120)


@pytest.fixture(scope="module")
def shop():
    return make(SMALL)


@pytest.fixture(scope="module")
def read(shop):
    """The log, read with care: ids without blanks, numbers and seconds."""
    log = shop.log
    at = pd.to_datetime(log["time"], format="ISO8601", utc=True).dt.as_unit("s").astype("int64")
    return log.assign(at=at, customer=log["customer"].str.strip())


def test_a_configuration_is_one_shop(shop):
    again, other = make(SMALL), make(replace(SMALL, seed=1))
    pd.testing.assert_frame_equal(shop.log, again.log)
    pd.testing.assert_frame_equal(shop.accounts, again.accounts)
    assert not shop.log.equals(other.log)


def test_rows_are_in_order_and_within_the_year(read):
    seconds = read["at"].to_numpy()
    assert (np.diff(seconds) >= 0).all()
    assert seconds.min() >= START
    assert seconds.max() < START + 53 * WEEK


def test_quantities_say_what_a_row_is(read):
    kinds = read.groupby("event")["quantity"]
    assert kinds.min()["view"] == kinds.max()["view"] == 0
    assert kinds.min()["order"] >= 1
    assert kinds.max()["return"] <= -1


def test_nothing_comes_back_that_was_not_bought(read):
    named = read[(read["customer"] != "") & (read["sku"] != POSTAGE)]
    bought = set(map(tuple, named[named["event"] == "order"][["customer", "sku"]].to_numpy()))
    back = named[named["event"] == "return"]
    assert len(back)
    assert set(map(tuple, back[["customer", "sku"]].to_numpy())) <= bought


def test_only_what_is_on_the_shelf_is_bought(shop, read):
    bought = read[(read["event"] != "return") & (read["sku"] != POSTAGE)]
    place = pd.Index(shop.products["item"]).get_indexer(pd.Index(bought["sku"]))
    week = (bought["at"].to_numpy() - START) / WEEK
    assert (week >= shop.world.launched[place]).all()
    assert (week <= shop.world.withdrawn[place] + 0.01).all()


def test_wishes_follow_the_taste():
    rng = np.random.default_rng(0)
    truth = world(replace(SMALL, launched=0.0, withdrawn=0.0), rng)
    found = wishes(truth, np.array([0, 1]), 3.0)
    assert found.shape == (2, SMALL.products)
    own = truth.taste[[0, 1]][:, truth.group] + truth.liking[[0, 1]] @ truth.detail.T
    assert np.allclose((found[0] - found[1]), own[0] - own[1])
    assert np.isneginf(wishes(replace_launch(truth), np.array([0]), 3.0)).all()


def replace_launch(truth):
    return replace(truth, launched=np.full_like(truth.launched, 10.0))


def test_people_sleep_and_crawlers_do_not(shop, read):
    kind = shop.accounts["kind"].reindex(read["customer"]).to_numpy()
    hour = (read["at"] // 3600 % 24).to_numpy()
    night = (hour >= 2) & (hour < 5)
    person = (kind == "person") & (read["event"] != "return").to_numpy()
    assert not night[person].any()
    assert night[kind == "crawler, sleepless"].mean() > 0.1


def test_what_goes_wrong_goes_wrong_as_often_as_it_says(shop, read):
    n = len(read)
    assert read.duplicated(["time", "customer", "sku", "event", "quantity"]).sum() > 0.005 * n
    visits = read[read["event"] == "view"]
    assert 0.01 < (visits["customer"] == "").mean() < 0.1
    assert 0.05 < read["time"].str.endswith("Z").mean() < 0.15
    assert set(read["time"].str[19:]) == {"Z", "+01:00", "+02:00"}
    assert shop.log["customer"].str.endswith(" ").any()


def test_the_truth_names_every_account(shop, read):
    assert set(read["customer"]) - {""} <= set(shop.accounts.index)
    assert shop.accounts["kind"].value_counts()["person"] == 300
    assert shop.accounts.index.is_unique


@pytest.mark.slow
def test_the_library_reads_the_file_when_guests_are_left_out(shop, tmp_path):
    path = shop.write(tmp_path / "shop")
    with pytest.warns(DataWarning), pytest.raises(DataError, match=r"user in row .* is empty"):
        load(path, user="customer", item="sku", rating="quantity", timestamp="time")
    log = pd.read_csv(path, sep=";", encoding="cp1252", decimal=",")
    log = log[log["customer"].notna()]
    clean = tmp_path / "clean.csv"
    log.to_csv(clean, index=False)
    with pytest.warns(DataWarning):
        data = load(
            clean, user="customer", item="sku", rating="quantity", timestamp="time", merge=False
        )
    assert len(data.interactions) == len(log)
    seen = report.examine(data.interactions)
    kinds = shop.accounts["kind"]
    crawlers = set(kinds.index[kinds.str.startswith("crawler, fast")])
    assert crawlers <= set(seen.suspects.index)
    assert POSTAGE in set(data.interactions["item"])
    assert pd.read_csv(tmp_path / "shop" / "products.csv")["item"].is_unique
