"""The one noun: a recommender has settings, is fitted on what people did, and answers."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recotour_vae.arrays.clicks import canonical
from recotour_vae.arrays.packing import pack, unpack
from recotour_vae.arrays.types import Arrays, Floats, Ints
from recotour_vae.errors import CheckpointError, ConfigError, NotFittedError
from recotour_vae.evaluation import rank_lists
from recotour_vae.evaluation.metrics import top_k_unseen
from recotour_vae.files.numbered import read_numbered, write_numbered
from recotour_vae.files.whole import expanded
from recotour_vae.runtime.memory import GIB, available_memory

if TYPE_CHECKING:
    from recotour_vae.recommenders.registry import Entry
    from recotour_vae.splits import Split

C = TypeVar("C")


class Recommender(Generic[C]):
    """What is fitted on people's clicks and lists items for them; subclasses are the models.

    A subclass gives `name`, `Config` (a frozen dataclass that refuses what is out of range),
    `state` (names of what `fit` finds, arrays or sparse matrices), `fit` and `score`. Everything
    else follows. Its arguments are those of `Config`, or one `Config`.

    Attributes
    ----------
    config
        The settings.
    """

    name: ClassVar[str]
    Config: ClassVar[type[Any]]
    state: ClassVar[tuple[str, ...]] = ()
    config: C

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "Config" in vars(cls):  # so that help and editors show the settings
            cls.__signature__ = signature(cls.Config)  # type: ignore[attr-defined]

    def __init__(self, *options: Any, **named: Any) -> None:
        whole = len(options) == 1 and not named and isinstance(options[0], self.Config)
        self.config = options[0] if whole else self.Config(*options, **named)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.settings().items())
        return f"{type(self).__name__}({shown})"

    def __getattr__(self, name: str) -> Any:
        if name in type(self).state:
            kind = type(self).__name__
            raise NotFittedError(f"{kind} is not fitted yet; call fit(clicks) first.")
        raise AttributeError(f"'{type(self).__name__}' has no attribute '{name}'")

    def fit(self, clicks: csr_matrix) -> Self:
        """Learn from clicks, (n_users, n_items), as `arrays.canonical` takes them."""
        raise NotImplementedError

    def fit_split(self, split: "Split") -> Self:
        """Learn from the training users of a split; its validation users may choose an epoch."""
        return self.fit(split.train)

    def score(self, clicks: csr_matrix) -> Floats:
        """Score all items for users given by their clicks, (n_users, n_items) in and out."""
        raise NotImplementedError

    def rank(self, clicks: csr_matrix, k: int) -> Ints:
        """List each user's k best items that were not clicked, best first.

        Parameters
        ----------
        clicks
            (n_users, n_items).
        k
            Length of the lists.

        Returns
        -------
        numpy.ndarray
            (n_users, k) columns; -1 where a user has no item left.

        Raises
        ------
        DataError
            When the matrix is not one of clicks, or has other items than the model.
        MetricError
            When k is not between 1 and the number of items.
        """
        return top_k_unseen(self.score(clicks), canonical(clicks), k)

    def recommend(self, clicks: csr_matrix, k: int = 10, batch_size: int = 500) -> Ints:
        """List as `rank` does for any number of users, some at a time, (n_users, k)."""
        return rank_lists(self, clicks, k, batch_size)

    def settings(self) -> dict[str, Any]:
        """Give all settings by name, defaults included."""
        return asdict(self.config)  # type: ignore[call-overload, no-any-return]

    def memory_needed(self, n_items: int) -> int:
        """Estimate the bytes that `fit` takes beside the clicks; 0 where it works in blocks."""
        return 0

    def check_memory(self, n_items: int, available: int | None = None) -> None:
        """Refuse, before anything is taken, what the memory cannot hold.

        Parameters
        ----------
        n_items
            Columns of the clicks.
        available
            Bytes that are free; None asks the system.

        Raises
        ------
        ConfigError
            Saying how much is needed and how much there is.
        """
        free = available_memory() if available is None else available
        needed = self.memory_needed(n_items)
        if free is not None and needed > free:
            raise ConfigError(
                f"{type(self).__name__} on {n_items:,} items needs {needed / GIB:.1f} GiB of "
                f"memory and {free / GIB:.1f} GiB are free; leave rare items out, or use ItemKNN, "
                "which keeps only the nearest items."
            )

    def arrays(self) -> Arrays:
        """Give what was learned as arrays by name; they are not copies."""
        return pack({name: getattr(self, name) for name in self.state})

    def load_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Put in place what `arrays` gave."""
        vars(self).update(unpack(arrays))

    def save(self, path: str | Path, **notes: Any) -> Path:
        """Write it into one file, all or nothing; notes are kept in its header.

        Raises
        ------
        CheckpointError
            When the file cannot be written.
        NotFittedError
            When there is nothing to save yet.
        """
        header = {"recommender": self.name, "config": self.settings(), **notes}
        write_numbered(expanded(path), self.arrays(), header)
        return expanded(path)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Open what `save` wrote.

        Raises
        ------
        CheckpointError
            When the file is missing, damaged, or of another recommender.
        """
        arrays, header = read_numbered(expanded(path))
        if header.get("recommender") != cls.name:
            raise CheckpointError(
                f"{path} holds {header.get('recommender', 'another model')}, not {cls.name}; "
                "recommenders.open_recommender opens either."
            )
        try:
            found = cls(_config(cls.Config, header["config"]))
            found.load_arrays(arrays)
        except (KeyError, TypeError) as error:
            raise CheckpointError(
                f"{path} does not say what {cls.name} needs ({error}); fit it again."
            ) from error
        return found

    @classmethod
    def options(cls, entry: "Entry") -> dict[str, Any]:
        """Give its settings and their defaults; what has none stands there as None."""
        own = fields(entry.config_class())
        return {one.name: _default(one) for one in own if one.init}

    @classmethod
    def from_options(cls, entry: "Entry", framework: str, options: Mapping[str, Any]) -> Self:
        """Build one as the registry says; see `Entry.make`.

        Raises
        ------
        ConfigError
            When a framework is asked for, or a value is out of its range.
        """
        if framework:
            raise ConfigError(
                f"framework is '{framework}' for {entry.name}, which needs none; leave it out."
            )
        return cls(_config(entry.config_class(), options))


def _config(kind: type[Any], options: Mapping[str, Any]) -> Any:
    """Build settings from what JSON or TOML can hold: lists stand for tuples."""
    return kind(**{n: tuple(v) if isinstance(v, list) else v for n, v in options.items()})


def _default(one: Any) -> Any:
    from dataclasses import MISSING

    if one.default_factory is not MISSING:
        return one.default_factory()
    return None if one.default is MISSING else one.default
