"""How AutoRec is fitted: L-BFGS over all ratings, and a choice of the iteration."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from scipy.optimize import OptimizeResult, minimize
from scipy.sparse import csr_matrix

from recotour_vae.arrays.types import Floats
from recotour_vae.recommenders.ratings.autorec_objective import HiddenValues, Weights, objective

Measure = Callable[[Weights], float]

EVERY: Final = 5  # iterations between two looks at the validation ratings
_PAIRS: Final = 10  # of steps and changes of the gradient that L-BFGS remembers


class Course:
    """What happens along the way: the values of each iteration, and the weights to keep.

    Parameters
    ----------
    unpack
        Makes weights of the vector that the optimiser moves.
    measure
        Says how good weights are, the lower the better; None keeps the last.
    last
        Number of the last iteration.
    shown
        A progress bar.
    """

    def __init__(
        self, unpack: Callable[[Floats], Weights], measure: Measure | None, last: int, shown: Any
    ) -> None:
        self._unpack, self._measure, self._last, self._shown = unpack, measure, last, shown
        self._vector, self._best, self._lowest = np.empty(0), np.empty(0), np.inf
        self.rows: list[tuple[float, float]] = []

    def __call__(self, intermediate_result: OptimizeResult) -> None:
        """Note an iteration; SciPy knows what to give by the name of the argument."""
        self._vector = intermediate_result.x.copy()
        number = len(self.rows) + 1
        due = number % EVERY == 0 or number == self._last
        self.rows.append((float(intermediate_result.fun), self._measured() if due else np.nan))
        self._shown.update()

    def finish(self, vector: Floats) -> Weights:
        """Measure where it ended, if that was not done yet, and give the weights to keep."""
        self._vector = vector
        if self.rows and np.isnan(self.rows[-1][1]):
            self.rows[-1] = (self.rows[-1][0], self._measured())
        return self._unpack(self._best if np.isfinite(self._lowest) else self._vector)

    def _measured(self) -> float:
        if self._measure is None:
            return np.nan
        found = self._measure(self._unpack(self._vector))
        if found < self._lowest:
            self._best, self._lowest = self._vector, found
        return found


def descend(
    start: Weights,
    given: csr_matrix,
    l2: float,
    values: HiddenValues,
    iterations: int,
    measure: Measure | None,
    shown: Any,
) -> tuple[Weights, Floats]:
    """Minimise the objective from some weights on.

    Layers are worked out in the precision of the ratings, sums and steps in doubles.

    Parameters
    ----------
    given
        Ratings, (n_rows, n_inputs).
    measure
        Chooses among every fifth iteration and the last; None takes the last.
    shown
        A progress bar.

    Returns
    -------
    tuple
        Weights, and (n_iterations, 2): the objective, and what was measured or not a number.
    """
    n_inputs, hidden = start.v.shape

    def unpack(vector: Floats) -> Weights:
        return Weights.of_vector(vector, n_inputs, hidden).typed(given.dtype)

    def value_and_gradient(vector: Floats) -> tuple[float, Floats]:
        value, gradient = objective(unpack(vector), given, l2, values)
        return value, gradient.vector()

    course = Course(unpack, measure, iterations, shown)
    options = {"maxiter": iterations, "maxcor": _PAIRS, "ftol": 0.0, "gtol": 0.0}
    options["maxfun"] = 100 * iterations  # which leaves the end to the iterations
    found = minimize(
        value_and_gradient, start.vector(), jac=True, method="L-BFGS-B", callback=course,
        options=options,
    )  # fmt: skip
    return course.finish(found.x), np.array(course.rows).reshape(-1, 2)


def bytes_needed(n_rows: int, n_inputs: int, hidden: int) -> int:
    """Bytes that a fit takes at most beside the ratings: vectors of all weights, and layers."""
    weights = 2 * n_inputs * hidden + hidden + n_inputs
    return 8 * weights * (2 * _PAIRS + 20) + 4 * 8 * n_rows * hidden
