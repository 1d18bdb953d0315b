"""The splits: the protocol's promises, the authors' users, ready splits, files, bad input."""

import tracemalloc
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from math import floor

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import clicks, group, is_a_sentence, no_space, random_table, two_tastes

from recotour_vae.datasets import load
from recotour_vae.datasets.fetch import cache_folder
from recotour_vae.errors import ConfigError, DataError, SplitError
from recotour_vae.splits import (
    PARTS,
    HeldOut,
    Split,
    SplitConfig,
    active_users,
    hold_out,
    ready_split,
    strong_generalisation,
    to_clicks,
)

ALL = SplitConfig(click_above=None, min_clicks=1)


def by_user(split: Split, users, matrix) -> dict:
    """Raw item ids of each raw user id."""
    return {
        user: set(split.items[row.indices].tolist())
        for user, row in zip(users.tolist(), matrix, strict=True)
    }


def liked(table: pd.DataFrame, config: SplitConfig) -> dict:
    """Items that each user liked, in plain loops: the protocol as a person would write it."""
    found: dict = {}
    for row in table.itertuples():
        if config.click_above is None or row.rating > config.click_above:
            found.setdefault(row.user, set()).add(row.item)
    return {user: items for user, items in found.items() if len(items) >= config.min_clicks}


def authors_users(table: pd.DataFrame, config: SplitConfig, n_held_out: int) -> tuple:
    """Users of each group as in the notebook of Liang et al.: sort, permute, cut at both ends."""
    users = sorted(liked(table, config))
    order = np.random.RandomState(98765).permutation(len(users))
    users = [users[i] for i in order]
    end = len(users) - 2 * n_held_out
    return users[:end], users[end : end + n_held_out], users[end + n_held_out :]


@st.composite
def tables(draw):
    """Random ratings and settings under which a split exists."""
    seed, text = draw(st.integers(0, 10_000)), draw(st.booleans())
    table = random_table(seed, n_users=draw(st.integers(10, 30)), text=text, rows=250)
    config = SplitConfig(
        click_above=draw(st.sampled_from([None, 2.5, 3.5])),
        min_clicks=draw(st.integers(1, 3)),
        validation_users=draw(st.sampled_from([1, 2, 0.2])),
        test_users=draw(st.sampled_from([1, 2, 0.2])),
        held_out=draw(st.sampled_from([0.2, 0.5])),
        seed=draw(st.integers(0, 1000)),
    )
    return table, config


@pytest.mark.slow
@given(tables())
def test_users_are_divided_and_none_is_lost(case):
    table, config = case
    split = strong_generalisation(table, config)
    groups = [split.train_users, split.validation.users, split.test.users]
    together = np.concatenate(groups).tolist()
    assert len(together) == len(set(together))
    assert set(together) == set(liked(table, config))


@given(tables())
def test_the_items_are_those_of_training_users_sorted(case):
    table, config = case
    split, wanted = strong_generalisation(table, config), liked(table, config)
    trained = set().union(*(wanted[user] for user in split.train_users.tolist()))
    assert split.items.tolist() == sorted(trained)
    assert split.n_items == len(trained)
    assert by_user(split, split.train_users, split.train) == {
        user: wanted[user] for user in split.train_users.tolist()
    }


@given(tables())
def test_fold_in_and_held_out_are_all_clicks_on_known_items_each_once(case):
    table, config = case
    split, wanted = strong_generalisation(table, config), liked(table, config)
    known = set(split.items.tolist())
    for held in (split.validation, split.test):
        shown = by_user(split, held.users, held.fold_in)
        hidden = by_user(split, held.users, held.held_out)
        for user in held.users.tolist():
            assert not shown[user] & hidden[user]
            assert shown[user] | hidden[user] == wanted[user] & known
            n = len(wanted[user] & known)
            assert len(hidden[user]) == int(config.held_out * n)  # as the authors round it


@given(tables())
def test_every_matrix_is_binary_sorted_and_as_wide_as_the_catalogue(case):
    split = strong_generalisation(*case)
    held = [m for g in (split.validation, split.test) for m in (g.fold_in, g.held_out)]
    for matrix in (split.train, *held):
        assert matrix.shape[1] == split.n_items
        assert matrix.has_canonical_format
        assert set(matrix.data.tolist()) <= {1.0}
        assert matrix.dtype == np.float32


@given(tables(), st.integers(0, 100))
def test_the_order_of_the_rows_does_not_matter(case, seed):
    table, config = case
    shuffled = table.sample(frac=1, random_state=seed)
    ours = strong_generalisation(table, config).fingerprint()
    assert strong_generalisation(shuffled, config).fingerprint() == ours


@pytest.mark.parametrize("text", [False, True])
@pytest.mark.parametrize("table_seed", [0, 1, 2])
def test_the_default_seed_gives_the_authors_users(table_seed, text):
    table = random_table(table_seed, n_users=60, rows=1000, text=text)
    config = SplitConfig(validation_users=9, test_users=9)
    split = strong_generalisation(table, config)
    train, validation, test = authors_users(table, config, 9)
    assert split.train_users.tolist() == train
    assert split.validation.users.tolist() == validation
    assert split.test.users.tolist() == test


def test_equal_seeds_give_equal_splits_and_others_do_not():
    table = random_table(0)
    one, same, other = (
        strong_generalisation(table, SplitConfig(min_clicks=2, seed=seed)) for seed in (1, 1, 2)
    )
    assert one.fingerprint() == same.fingerprint() != other.fingerprint()


def test_the_global_generators_are_left_alone():
    np.random.seed(5)
    before = np.random.get_state()[1].copy()
    strong_generalisation(random_table(0), SplitConfig(min_clicks=2))
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_shares_and_numbers_of_users():
    table = random_table(0, n_users=40, rows=700)
    config = replace(ALL, validation_users=0.25, test_users=7)
    split = strong_generalisation(table, config)
    assert (len(split.validation.users), len(split.test.users)) == (10, 7)
    assert len(split.train_users) == 23


def test_a_click_is_a_click_however_often_it_stands_in_the_table():
    table = random_table(0)
    twice = pd.concat([table, table.sample(frac=0.5, random_state=0)])
    config = SplitConfig(min_clicks=2)
    ours = strong_generalisation(table, config).fingerprint()
    assert strong_generalisation(twice, config).fingerprint() == ours


def test_a_rating_at_the_threshold_is_no_click():
    table = pd.DataFrame({"user": [1, 2, 3], "item": [1, 2, 3], "rating": [3.5, 3.6, 3.4]})
    assert to_clicks(table, 3.5)["item"].tolist() == [2]
    assert len(to_clicks(table, None)) == 3


def test_users_with_fewer_clicks_are_left_out():
    table = pd.DataFrame({"user": [1, 1, 1, 2, 2, 3], "item": [1, 2, 3, 1, 2, 1]})
    assert sorted(active_users(table, 2)["user"].unique()) == [1, 2]
    assert sorted(active_users(table, 3)["user"].unique()) == [1]


def test_five_rows_of_one_item_are_one_click_not_five():
    table = pd.DataFrame({"user": [1] * 5 + [2] * 5, "item": [7] * 5 + [1, 2, 3, 4, 5]})
    assert active_users(table, 5)["user"].unique().tolist() == [2]


@pytest.mark.parametrize("dtype", ["Int64", "category", "string", "object", "int32", "float64"])
def test_every_type_of_id_survives_splitting_and_saving(dtype, tmp_path):
    table = random_table(0, rows=300).astype({"user": dtype, "item": dtype})
    split = strong_generalisation(table, ALL)
    assert set(map(str, split.items.tolist())) <= set(map(str, table["item"]))
    again = Split.load(split.save(tmp_path / "split"))
    assert again.fingerprint() == split.fingerprint()


# Holding out


@pytest.mark.parametrize(("n", "held"), [(0, 0), (1, 0), (4, 0), (5, 1), (9, 1), (10, 2), (35, 7)])
def test_a_fifth_is_held_out_rounded_down(n, held):
    fold_in, held_out = hold_out(clicks([range(n)], 40), 0.2, np.random.default_rng(0))
    assert (fold_in.nnz, held_out.nnz) == (n - held, held)


def test_a_fifth_is_held_out_at_any_number_of_clicks():
    counts = np.arange(0, 1200)
    matrix = clicks([range(n) for n in counts], 1200)
    _, held_out = hold_out(matrix, 0.2, np.random.default_rng(0))
    assert np.diff(held_out.indptr).tolist() == [n // 5 for n in counts]


@pytest.mark.parametrize("share", [0.1, 0.29, 0.3, 1 / 3, 0.55, 0.58, 0.6, 0.7, 0.9])
def test_a_share_is_rounded_down_from_what_it_says_and_not_from_its_binary_fraction(share):
    exact = Fraction(share).limit_denominator(100)
    counts = [round(n * exact.denominator) for n in range(12)] + list(range(100))
    matrix = clicks([range(n) for n in counts], 1200)
    _, held_out = hold_out(matrix, share, np.random.default_rng(0))
    assert np.diff(held_out.indptr).tolist() == [floor(exact * n) for n in counts]


def test_seven_tenths_of_ninety_users_are_sixty_three():
    config = replace(ALL, validation_users=0.7, test_users=0.1)
    split = strong_generalisation(random_table(0, n_users=90, rows=1800), config)
    assert len(split.validation.users) == 63


@pytest.mark.parametrize("share", [0, 1, -0.2, 1.5, float("nan")])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(SplitError, match="give a number between 0 and 1") as caught:
        hold_out(clicks([range(10)], 10), share, np.random.default_rng(0))
    assert is_a_sentence(caught.value)


def test_each_click_is_as_likely_to_be_held_out_as_any_other():
    matrix = clicks([range(10)] * 4000, 12)
    _, held_out = hold_out(matrix, 0.2, np.random.default_rng(0))
    often = np.asarray(held_out.sum(axis=0)).ravel()[:10]
    # 800 expected; the standard deviation of a binomial count is sqrt(4000 · 0.2 · 0.8) = 25
    assert np.abs(often - 800).max() < 5 * 25
    pairs = Counter(tuple(row.indices.tolist()) for row in held_out)
    assert len(pairs) == 45  # every pair of ten items


def test_users_are_held_out_one_apart_from_another():
    _, held_out = hold_out(clicks([range(10)] * 20, 10), 0.2, np.random.default_rng(0))
    assert len({tuple(row.indices.tolist()) for row in held_out}) > 5


# A ready split


def ready_table() -> pd.DataFrame:
    rows = [
        ("b", 30, "train"),
        ("b", 10, "train"),
        ("a", 10, "train"),
        ("v", 10, "validation_in"),
        ("v", 30, "validation_out"),
        ("v", 99, "validation_out"),
        ("w", 99, "test_in"),
        ("w", 10, "test_out"),
        ("t", 30, "test_in"),
    ]
    return pd.DataFrame(rows, columns=["user", "item", "split"])


def test_a_ready_split_is_taken_as_it_is_less_items_unseen_in_training():
    split = ready_split(ready_table())
    assert split.items.tolist() == [10, 30]
    assert split.train_users.tolist() == ["a", "b"]
    assert split.train.toarray().tolist() == [[1, 0], [1, 1]]
    assert split.validation.users.tolist() == ["v"]
    assert split.validation.fold_in.toarray().tolist() == [[1, 0]]
    assert split.validation.held_out.toarray().tolist() == [[0, 1]]
    assert split.test.users.tolist() == ["t", "w"]
    assert split.test.fold_in.toarray().tolist() == [[0, 1], [0, 0]]
    assert split.test.held_out.toarray().tolist() == [[0, 0], [1, 0]]


def test_a_summary_counts_users_clicks_and_users_without_a_held_out_click():
    summary = ready_split(ready_table()).summary()
    assert summary.to_numpy().tolist() == [[2, 3, 0, 0], [1, 1, 1, 0], [2, 1, 1, 1]]
    assert summary.index.tolist() == ["train", "validation", "test"]


def test_a_split_written_out_as_a_table_comes_back_the_same():
    split = strong_generalisation(random_table(1), replace(ALL, held_out=0.5))
    groups = {"validation": split.validation, "test": split.test}
    matrices = {"train": (split.train_users, split.train)}
    for name, held in groups.items():
        matrices |= {
            f"{name}_in": (held.users, held.fold_in),
            f"{name}_out": (held.users, held.held_out),
        }
    rows = [
        (user, item, part)
        for part, (users, matrix) in matrices.items()
        for user, row in zip(users, matrix, strict=True)
        for item in split.items[row.indices]
    ]
    table = pd.DataFrame(rows, columns=["user", "item", "split"]).sample(frac=1, random_state=0)
    again = ready_split(table)
    assert set(again.train_users) == set(split.train_users)
    for name in PARTS[1:]:
        users, matrix = matrices[name]
        held = again.validation if name.startswith("validation") else again.test
        found = held.fold_in if name.endswith("_in") else held.held_out
        assert by_user(again, held.users, found) == by_user(split, users, matrix)


def test_a_ready_split_may_stand_in_a_column_of_another_name():
    table = ready_table().rename(columns={"split": "part"})
    assert ready_split(table, "part").fingerprint() == ready_split(ready_table()).fingerprint()


@pytest.mark.parametrize("dtype", ["object", "category"])
def test_a_ready_split_takes_ids_of_any_type(dtype):
    table = ready_table().astype({"user": dtype, "item": dtype})
    assert ready_split(table).train.nnz == 3


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda t: t.drop(columns="split"), "no column 'split' .* user, item"),
        (
            lambda t: t.replace({"split": {"train": "training"}}),
            "exactly train, .*holds .*training",
        ),
        (lambda t: t[t["split"] != "test_out"], "exactly .*test_out; it holds"),
        (lambda t: t.assign(split=t["split"].where(t["item"] != 99)), "holds .*nan"),
        (lambda t: t.iloc[:0], "exactly train"),
    ],
)
def test_a_ready_split_with_other_parts_is_refused(change, match):
    with pytest.raises(SplitError, match=match):
        ready_split(change(ready_table()))


def test_a_ready_split_that_tests_on_training_users_is_refused():
    table = ready_table().replace({"user": {"v": "a"}})
    with pytest.raises(SplitError, match=r"train.*validation") as error:
        ready_split(table)
    assert is_a_sentence(error.value)


def test_a_ready_split_that_shows_what_it_asks_for_is_refused():
    shown = pd.DataFrame({"user": ["v"], "item": [30], "split": ["validation_in"]})
    with pytest.raises(SplitError, match="validation") as error:
        ready_split(pd.concat([ready_table(), shown]))
    assert is_a_sentence(error.value)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint64", "Int64", "float64"])
@pytest.mark.parametrize("change", [lambda ids: ids, lambda ids: 120 - ids, lambda ids: ids // 9])
def test_the_width_and_the_gaps_of_the_ids_change_nothing(dtype, change):
    table = random_table(0, n_users=15, n_items=20)
    table[["user", "item"]] = change(table[["user", "item"]])
    usual = strong_generalisation(table.astype({"user": object, "item": object}), ALL)
    found = strong_generalisation(table.astype({"user": dtype, "item": dtype}), ALL)
    assert found.fingerprint() == usual.fingerprint()


def test_ids_far_apart_are_sorted_as_numbers():
    table = random_table(0)
    far = table.assign(user=table["user"] * 10**12 - 10**13, item=table["item"] * 10**15)
    usual, found = strong_generalisation(table, ALL), strong_generalisation(far, ALL)
    assert found.items.tolist() == [item * 10**15 for item in usual.items.tolist()]
    assert found.train_users.tolist() == [u * 10**12 - 10**13 for u in usual.train_users.tolist()]
    assert (found.train != usual.train).nnz == 0


def test_no_rows_are_no_users():
    with pytest.raises(SplitError, match="none of 0") as error:
        strong_generalisation(random_table(0).iloc[:0], ALL)
    assert is_a_sentence(error.value)


# Files and fingerprints


def same(one: Split, other: Split) -> bool:
    """Whether two splits hold the same, array by array."""
    pairs = [(one.items, other.items), (one.train_users, other.train_users)]
    matrices = [(one.train, other.train)]
    for ours, theirs in ((one.validation, other.validation), (one.test, other.test)):
        pairs.append((ours.users, theirs.users))
        matrices += [(ours.fold_in, theirs.fold_in), (ours.held_out, theirs.held_out)]
    pairs += [(a.toarray(), b.toarray()) for a, b in matrices]
    return all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in pairs)


@pytest.mark.parametrize("text", [False, True])
def test_a_saved_split_comes_back_the_same(tmp_path, text):
    split = strong_generalisation(random_table(0, text=text), SplitConfig(min_clicks=2))
    path = split.save(tmp_path / "folder" / "split.npz")
    assert path == tmp_path / "folder" / "split.npz"
    again = Split.load(path)
    assert same(split, again)
    assert again.fingerprint() == split.fingerprint()
    assert [file.name for file in path.parent.iterdir()] == ["split.npz"]


def test_the_suffix_is_added_and_a_name_with_a_dot_keeps_it(tmp_path):
    two = strong_generalisation(random_table(0), replace(ALL, seed=2))
    one = strong_generalisation(random_table(0), replace(ALL, seed=1))
    paths = [one.save(tmp_path / "held-out-0.1"), two.save(tmp_path / "held-out-0.2")]
    assert [path.name for path in paths] == ["held-out-0.1.npz", "held-out-0.2.npz"]
    assert Split.load(paths[0]).fingerprint() == one.fingerprint()


def test_what_was_saved_under_a_name_is_loaded_under_it(tmp_path):
    split = two_tastes()
    split.save(tmp_path / "split")
    assert Split.load(tmp_path / "split").fingerprint() == split.fingerprint()


def test_saving_again_replaces_the_file(tmp_path):
    one, other = two_tastes(seed=0), two_tastes(seed=1)
    one.save(tmp_path / "split.npz")
    other.save(tmp_path / "split.npz")
    assert Split.load(tmp_path / "split.npz").fingerprint() == other.fingerprint()


def test_a_full_disk_leaves_the_old_split_and_no_litter(tmp_path, monkeypatch):
    split = two_tastes()
    path = split.save(tmp_path / "split.npz")
    monkeypatch.setattr(np, "savez", no_space)
    with pytest.raises(SplitError, match="No space left") as error:
        two_tastes(seed=1).save(path)
    assert is_a_sentence(error.value)
    assert Split.load(path).fingerprint() == split.fingerprint()
    assert [file.name for file in tmp_path.iterdir()] == ["split.npz"]


@pytest.mark.parametrize("damage", ["cut", "other bytes", "empty", "other arrays", "one array"])
def test_a_damaged_split_is_refused(tmp_path, damage):
    path = two_tastes().save(tmp_path / "split.npz")
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    elif damage == "other bytes":
        path.write_bytes(b"not a split")
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "other arrays":
        np.savez_compressed(path, a=np.ones(3))
    else:
        with path.open("wb") as file:
            np.save(file, np.ones(3))
    with pytest.raises(SplitError, match=r"split\.npz is damaged or not a saved split") as error:
        Split.load(path)
    assert is_a_sentence(error.value)


def test_flipped_bytes_are_noticed(tmp_path):
    path = two_tastes().save(tmp_path / "split.npz")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 8] = bytes(255 - byte for byte in content[middle : middle + 8])
    path.write_bytes(bytes(content))
    with pytest.raises(SplitError, match="damaged"):
        Split.load(path)


def test_a_missing_split_says_how_to_make_one(tmp_path):
    with pytest.raises(SplitError, match=r"no split at .*none.npz; write one with Split.save"):
        Split.load(tmp_path / "none.npz")


def changed(split: Split) -> dict[str, Split]:
    """The split with one thing changed each time."""
    validation, test, train = split.validation, split.test, split.train
    moved = HeldOut(validation.users, validation.held_out, validation.fold_in)
    one_more = train.tolil()
    one_more[0, np.flatnonzero(train[0].toarray()[0] == 0)[0]] = 1
    items, users = split.items.copy(), split.train_users.copy()
    items[-1] += 1
    users[0] -= 1
    order = np.arange(train.shape[0])[::-1]
    fewer = group(validation.fold_in[:-1], validation.held_out[:-1], validation.users[0])
    return {
        "groups swapped": replace(split, validation=test, test=validation),
        "fold-in and held-out swapped": replace(split, validation=moved),
        "one more click": replace(split, train=one_more.tocsr()),
        "another item": replace(split, items=items),
        "another user": replace(split, train_users=users),
        "rows in another order": replace(split, train=train[order]),
        "users in another order": replace(split, train_users=split.train_users[order]),
        "a user less": replace(split, validation=fewer),
        "ids as text": replace(split, items=split.items.astype(str)),
    }


def test_whatever_changes_changes_the_fingerprint():
    split = two_tastes()
    prints = [other.fingerprint() for other in changed(split).values()]
    assert len({split.fingerprint(), *prints}) == 1 + len(prints)


def test_the_fingerprint_does_not_depend_on_how_wide_the_numbers_are():
    split = two_tastes()
    narrow = replace(split, items=split.items.astype(np.int32))
    assert narrow.fingerprint() == split.fingerprint()


def test_the_fingerprint_does_not_depend_on_how_wide_the_text_is():
    split = two_tastes()
    short = replace(split, items=split.items.astype("<U2"))
    assert short.fingerprint() == replace(split, items=split.items.astype("<U9")).fingerprint()


def with_users(ids) -> str:
    """The fingerprint of a split whose training users have these ids."""
    return replace(two_tastes(), train_users=np.asarray(ids)).fingerprint()


N_TRAIN = len(two_tastes().train_users)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.arange(N_TRAIN) + 0.25, np.arange(N_TRAIN) + 0.75),
        (np.arange(N_TRAIN) + 0.25, np.arange(N_TRAIN)),
        (np.arange(N_TRAIN) * 1e300, np.arange(N_TRAIN) * 2e300),
        (np.arange(N_TRAIN, dtype=np.uint64) + 2**64 - N_TRAIN, np.arange(N_TRAIN) - N_TRAIN),
        (np.arange(N_TRAIN), np.arange(N_TRAIN).astype(str)),
        (["a\0b", "c"] + ["d"] * (N_TRAIN - 2), ["a", "b\0c"] + ["d"] * (N_TRAIN - 2)),
        (np.arange(N_TRAIN).astype("M8[s]"), np.arange(N_TRAIN)),
    ],
    ids=["quarters", "cut", "large", "unsigned", "text", "NUL", "dates"],
)
def test_ids_that_differ_differ_in_the_fingerprint(one, other):
    assert with_users(one) != with_users(other)


def test_whole_numbers_are_the_same_ids_however_they_are_stored():
    ids = np.arange(N_TRAIN)
    prints = {with_users(ids.astype(kind)) for kind in (int, float, "i2", "u8", "f4", object)}
    assert prints == {with_users(ids)}


def test_the_fingerprint_of_a_split_is_what_it_always_was():
    split = two_tastes()
    assert split.fingerprint() == "1a1951bd199ae7d1"
    text = replace(split, items=split.items.astype(str), train_users=split.train_users.astype(str))
    assert text.fingerprint() == "291f0f42190b4337"


# What goes into a split


def test_whatever_a_group_and_a_split_are_made_of_they_hold_canonical_clicks():
    split = two_tastes()
    held, train = split.validation, split.train
    counted = HeldOut(held.users.tolist(), 3 * held.fold_in.tocsc(), held.held_out.toarray())
    again = Split(list(split.items), split.train_users, train.tocoo() * 5, counted, split.test)
    assert again.fingerprint() == split.fingerprint()
    assert again.validation.held_out.has_canonical_format
    assert again.train.dtype == np.float32


def test_canonical_parts_of_a_split_are_not_copied():
    split = two_tastes()
    assert replace(split).train is split.train
    assert replace(split.test).fold_in is split.test.fold_in


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"users": [1, 2]}, r"fold-in matrix has 3 rows, and the user ids have the shape \(2,\)"),
        ({"users": [[1], [2], [3]]}, r"shape \(3, 1\)"),
        ({"held_out": clicks([[4]] * 2, 5)}, "held-out matrix has 2 rows"),
        ({"held_out": clicks([[4]] * 3, 6)}, "held-out matrix has 6 columns where there are 5"),
        ({"held_out": clicks([[4], [3, 1], []], 5)}, "User bob is shown column 1 and asked"),
        ({"fold_in": -clicks([[0]] * 3, 5)}, "fold-in matrix holds -1.0"),
    ],
)
def test_a_group_that_does_not_fit_together_is_refused(change, match):
    usual = {"users": ["ann", "bob", "cem"], "fold_in": clicks([[0], [1], [2]], 5)}
    usual |= {"held_out": clicks([[4]] * 3, 5)}
    with pytest.raises((SplitError, DataError), match=match) as caught:
        HeldOut(**usual | change)
    assert is_a_sentence(caught.value)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"items": range(23)}, "train matrix has 24 columns, and the item ids"),
        ({"train_users": range(3)}, "training matrix has 30 rows"),
        ({"test": group(clicks([[0]], 23), clicks([[1]], 23))}, "test_in matrix has 23 columns"),
        ({"train": clicks([[0]] * 30, 24) * np.inf}, "training matrix holds"),
    ],
)
def test_a_split_that_does_not_fit_together_is_refused(change, match):
    with pytest.raises((SplitError, DataError), match=match) as caught:
        replace(two_tastes(), **change)
    assert is_a_sentence(caught.value)


def test_a_saved_split_that_shows_what_it_asks_for_is_refused(tmp_path):
    path = two_tastes().save(tmp_path / "split")
    with np.load(path) as arrays:
        parts = dict(arrays)
    for name in ("indices", "indptr"):
        parts[f"test_out.{name}"] = parts[f"test_in.{name}"]
    np.savez(path, **parts)
    with pytest.raises(SplitError, match="damaged or not a saved split") as caught:
        Split.load(path)
    assert is_a_sentence(caught.value)


# Long ids


@pytest.mark.parametrize("column", ["user", "item"])
@pytest.mark.parametrize("kind", [object, "str"])
def test_one_very_long_id_is_refused_before_memory_is_taken(column, kind):
    table = random_table(0, n_users=2000, n_items=2000, rows=20_000, text=True)
    table.loc[7, column] = "x" * 200_000
    table = table.astype({column: kind})
    tracemalloc.start()
    with pytest.raises(SplitError, match=r"begins with 'xxxx.* has 200,000 letters") as caught:
        strong_generalisation(table, ALL)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert is_a_sentence(caught.value)
    assert peak < 50e6  # 1.6 GB as text of fixed width


def test_a_long_id_among_a_few_is_an_id_like_any_other():
    table = random_table(0, text=True)
    longest = "https://example.org/" + "x" * 2000
    table["item"] = table["item"].replace({table["item"].iloc[0]: longest})
    assert longest in strong_generalisation(table, ALL).items.tolist()


def test_ids_of_several_types_are_text():
    table = random_table(0).astype({"item": str})
    table["user"] = [user if user % 2 else str(user) for user in table["user"]]
    split, text = (strong_generalisation(one, ALL) for one in (table, random_table(0, text=True)))
    assert split.fingerprint() == text.fingerprint()


# Bad input


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"min_clicks": 0}, "min_clicks is 0; give 1 or more"),
        ({"held_out": 0.0}, "held_out is 0.0"),
        ({"held_out": 1.0}, "held_out is 1.0"),
        ({"held_out": float("nan")}, "held_out is nan"),
        ({"validation_users": 0}, "validation_users is 0"),
        ({"test_users": -1}, "test_users is -1"),
        ({"test_users": float("nan")}, "test_users is nan"),
        ({"validation_users": float("inf")}, "validation_users is inf"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 2**32}, "seed is 4294967296"),
    ],
)
def test_settings_out_of_range_are_refused(settings, match):
    with pytest.raises(ConfigError, match=match):
        SplitConfig(**settings)


@pytest.mark.parametrize(
    ("change", "config", "match"),
    [
        (lambda t: t.drop(columns="rating"), {}, "no column 'rating'; give click_above=None"),
        (lambda t: t, {"click_above": 5}, r"No rating is above 5 \(the highest is 5\)"),
        (lambda t: t, {"min_clicks": 99}, "none of .* has 99 clicks .the most is"),
        (lambda t: t.iloc[:0], {}, "No rating is above"),
        (lambda t: t.iloc[:0], {"click_above": None}, "none of 0 has 5 clicks .the most is 0"),
        (lambda t: t, {"validation_users": 20, "test_users": 10, "min_clicks": 1}, "20 validation"),
        (lambda t: t, {"validation_users": 0.001, "min_clicks": 1}, "hold out 0 and 3; ask for at"),
        (lambda t: t.drop(columns="user"), {"min_clicks": 1}, "'user'"),
        (lambda t: t.drop(columns="item"), {"min_clicks": 1}, "'item'"),
    ],
)
def test_a_table_that_cannot_be_split_is_refused(change, config, match):
    with pytest.raises(SplitError, match=match) as error:
        strong_generalisation(change(random_table(0)), SplitConfig(**config))
    assert is_a_sentence(error.value)


@pytest.mark.parametrize("column", ["user", "item"])
@pytest.mark.parametrize("row", [0, 57, 399])
def test_a_missing_id_is_refused_and_not_given_to_somebody_else(column, row):
    table = random_table(0).astype({column: float})
    table.loc[row, column] = np.nan
    with pytest.raises(SplitError, match=column) as error:
        strong_generalisation(table, ALL)
    assert is_a_sentence(error.value)


# The published numbers


@pytest.mark.data
@pytest.mark.slow
def test_movielens_20m_gives_the_published_counts(data_folder):
    folders = [
        folder for folder in (cache_folder(None), data_folder) if (folder / "ml-20m.zip").exists()
    ]
    if not folders:
        pytest.skip("ml-20m.zip lies neither in the cache nor in RECOTOUR_DATA")
    table = load("ml-20m", cache=folders[0]).interactions
    clicked = active_users(to_clicks(table))
    assert len(clicked) == 9_990_682
    assert clicked["user"].nunique() == 136_677
    assert clicked["item"].nunique() == 20_720
    split = strong_generalisation(table, SplitConfig(validation_users=10_000, test_users=10_000))
    assert split.n_items == 20_108
    assert (len(split.train_users), len(split.test.users)) == (116_677, 10_000)
