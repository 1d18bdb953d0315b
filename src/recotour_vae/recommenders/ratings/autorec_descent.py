"""How AutoRec is fitted: L-BFGS over all ratings, and a choice of the iteration."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from scipy.optimize import OptimizeResult, minimize

from recotour_vae.arrays.types import Floats
from recotour_vae.recommenders.ratings.autorec_objective import Weights

Objective = Callable[[Weights], tuple[float, Weights]]
Measure = Callable[[Weights], float]

EVERY: Final = 5  # iterations between two looks at the validation ratings
_PAIRS: Final = 10  # of steps and changes of the gradient that L-BFGS remembers
OPTIONS: Final = {"maxcor": _PAIRS, "ftol": 0.0, "gtol": 0.0}  # nothing small ends it early


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
    start: Weights, objective: Objective, iterations: int, measure: Measure | None, shown: Any
) -> tuple[Weights, Floats]:
    """Minimise an objective from some weights on, in steps of doubles.

    Parameters
    ----------
    start
        In the precision that the objective is to be worked out in.
    objective
        Gives its value and its gradient.
    iterations
        How many; fewer where there is no way down any more.
    measure
        Chooses among every fifth iteration and the last; None takes the last.
    shown
        A progress bar.

    Returns
    -------
    tuple
        Weights, and (n_iterations, 2): the objective, and what was measured or not a number.
    """

    def unpack(vector: Floats) -> Weights:
        return Weights.of_vector(vector, *start.v.shape).typed(start.v.dtype)

    def value_and_slopes(vector: Floats) -> tuple[float, Floats]:
        value, gradient = objective(unpack(vector))
        return value, gradient.vector()

    course = Course(unpack, measure, iterations, shown)
    options = OPTIONS | {"maxiter": iterations, "maxfun": 100 * iterations}
    found = minimize(
        value_and_slopes, start.vector(), (), "L-BFGS-B", True, callback=course, options=options
    )
    return course.finish(found.x), np.array(course.rows).reshape(-1, 2)


def bytes_needed(n_rows: int, n_inputs: int, hidden: int) -> int:
    """Bytes that a fit takes at most beside the ratings: vectors of all weights, and layers."""
    weights = 2 * n_inputs * hidden + hidden + n_inputs
    return 8 * weights * (2 * _PAIRS + 20) + 10 * 8 * n_rows * hidden
