"""One canonical form of clicks, from whatever says the same."""

from typing import Any

import numpy as np
import pytest
from disguises import DISGUISES, NO_CLICKS
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse import csr_matrix
from support import clicks, is_a_sentence, random_clicks

from recotour_vae.arrays.clicks import canonical
from recotour_vae.errors import DataError


def contents(matrix: Any) -> Any:
    """Everything in a matrix, to see whether it was touched."""
    if sparse.issparse(matrix):
        names = ("data", "indices", "indptr", "row", "col", "rows", "offsets", "_dict")
        return {name: repr(getattr(matrix, name)) for name in names if hasattr(matrix, name)}
    return repr(matrix)


@st.composite
def matrices(draw):
    """Clicks of a few users on a few items, square more often than chance has it."""
    n_users = draw(st.integers(1, 9))
    n_items = draw(st.one_of(st.just(n_users), st.integers(1, 9)))
    return random_clicks(draw(st.integers(0, 9999)), n_users, n_items, draw(st.floats(0.05, 1)))


@pytest.mark.slow
@pytest.mark.parametrize("name", DISGUISES)
@given(matrices())
def test_every_disguise_is_seen_through_and_left_alone(name, matrix):
    disguised = DISGUISES[name](matrix)
    before = contents(disguised)
    found = canonical(disguised)
    assert type(found) is csr_matrix
    assert found.dtype == np.float32
    assert found.shape == matrix.shape
    for part in ("data", "indices", "indptr"):
        np.testing.assert_array_equal(getattr(found, part), getattr(matrix, part))
    assert found.indices.dtype == found.indptr.dtype == np.int32
    assert found.has_canonical_format
    assert contents(disguised) == before


@pytest.mark.parametrize("name", ["csr", "read-only rows"])
def test_what_is_canonical_passes_without_a_copy(name):
    matrix = random_clicks(0, 30, 20)
    if name != "csr":
        matrix.data.flags.writeable = False
    assert canonical(matrix) is matrix
    assert canonical(matrix[3:17]).nnz == matrix[3:17].nnz


@pytest.mark.parametrize("name", NO_CLICKS)
def test_what_is_no_matrix_of_clicks_is_refused(name):
    make, match = NO_CLICKS[name]
    with pytest.raises(DataError, match=match) as caught:
        canonical(make(random_clicks(0, 6, 8)), where="The training matrix")
    assert is_a_sentence(caught.value)
    assert str(caught.value).startswith("The training matrix ")


def test_a_tensor_is_refused():
    import torch

    with pytest.raises(DataError, match=r"of type Tensor.*\.numpy\(\)") as caught:
        canonical(torch.ones(2, 3))
    assert is_a_sentence(caught.value)


def test_the_first_bad_place_is_named():
    dense = np.zeros((4, 6))
    dense[2, 5] = np.nan
    with pytest.raises(DataError, match="nan in row 2, column 5"):
        canonical(sparse.csc_matrix(dense))


def test_another_width_is_refused_and_a_transpose_is_seen():
    with pytest.raises(DataError, match="8 columns where there are 9 items; give a column"):
        canonical(random_clicks(0, 6, 8), 9)
    with pytest.raises(DataError, match="give its transpose") as caught:
        canonical(random_clicks(0, 6, 8), 6)
    assert is_a_sentence(caught.value)
    assert canonical(random_clicks(0, 6, 8), 8).shape == (6, 8)


@pytest.mark.parametrize("shape", [(0, 5), (3, 0), (0, 0)])
def test_no_users_or_no_items_are_no_clicks(shape):
    for empty in (np.zeros(shape), csr_matrix(shape), sparse.coo_array(shape)):
        assert canonical(empty).shape == shape
        assert canonical(empty).nnz == 0


def test_a_rating_of_one_counts_as_much_as_one_of_five():
    ratings = csr_matrix(np.array([[5, 0, 1], [0, 0.5, 0]]))
    np.testing.assert_array_equal(canonical(ratings).toarray(), clicks([[0, 2], [1]], 3).toarray())
