"""The library's own exceptions: one class a kind of trouble, one sentence each.

Every message says what is wrong, where, and what to do about it. The command line prints the
sentence and exits with status 2; in Python each class can be caught by itself or through
`RecotourError`. They stand above no room and below each: whoever calls the library catches them by
one import, and every room raises them.
"""


class RecotourError(Exception):
    """Base of every error this library raises on purpose."""


class ConfigError(RecotourError):
    """A setting is outside its range, or two settings contradict each other.

    Not a ValueError: the command line's parser would wrap those in words of its own.
    """


class UnknownDatasetError(RecotourError, KeyError):
    """No data set of that name, and no file at that path."""

    def __str__(self) -> str:  # KeyError would print the repr of the sentence
        return str(self.args[0])


class DataError(RecotourError, ValueError):
    """The table of interactions cannot be used as it is."""


class DownloadError(RecotourError, OSError):
    """A file could not be fetched or written."""

    def __str__(self) -> str:  # OSError would look for an errno
        return str(self.args[0])


class StorageError(DownloadError):
    """A folder cannot take what is to be written there, so that no other source would help."""


class ChecksumError(DownloadError):
    """A file was fetched, but is not the one that was published."""


class SplitError(RecotourError, ValueError):
    """The interactions cannot be split as asked."""


class MetricError(RecotourError):
    """A metric is asked for that these scores cannot give."""


class NotFittedError(RecotourError, AttributeError):
    """A recommender is asked for something before it was fitted."""


class DeviceError(RecotourError, RuntimeError):
    """The device asked for is not there."""


class CheckpointError(RecotourError, ValueError):
    """A checkpoint is missing, damaged, or belongs to another model."""


class DivergenceError(RecotourError, ArithmeticError):
    """The loss stopped being a number."""


class MissingPackageError(RecotourError, ImportError):
    """An optional package is needed for this and is not installed."""


class TrainingInterruptedError(RecotourError):
    """Training was stopped by the user; what was done is saved."""


class WorkerError(RecotourError):
    """One of several workers that train together ended, or cannot be reached."""


class ExperimentError(RecotourError, ValueError):
    """An experiment is declared wrongly, or its tables do not fit it."""


class NotEnoughMemoryError(RecotourError, MemoryError):
    """The machine has not the memory that this takes."""


class RequestError(RecotourError, ValueError):
    """What a service is asked cannot be answered as it is asked, or not now.

    Attributes
    ----------
    status
        Of HTTP, with which the sentence is sent.
    """

    def __init__(self, sentence: str, status: int = 422) -> None:
        super().__init__(sentence)
        self.status = status


class OutputError(RecotourError):
    """What is printed goes where nothing can be written."""


class ClosedOutputError(OutputError):
    """Whoever read what is printed has gone."""


class DataWarning(UserWarning):
    """The data were usable only after a change, and the message says which."""
