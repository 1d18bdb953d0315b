"""What a service may be set to: where it listens, and where its bounds are."""

from dataclasses import dataclass, fields
from typing import Final

from recotour_vae.errors import ConfigError

_MAY_BE_NOTHING: Final = ("port", "watch")
_LAST_PORT: Final = 65_535


@dataclass(frozen=True)
class ServiceSettings:
    """Where a service listens, how long anything may take, and how much may be asked at once.

    Parameters
    ----------
    host
        Address to listen on: 127.0.0.1 answers this machine alone, 0.0.0.0 everybody.
    port
        To listen on; 0 takes a free one, which is printed.
    workers
        Processes that answer, each with the model in its memory.
    watch
        Seconds between two looks at the folder; a model that has come there takes the place of
        the older one. 0 never looks.
    timeout
        Seconds within which a request is answered, or told that it is not.
    patience
        Seconds that a client has to send a request, and then its body.
    grace
        Seconds that requests have to be answered in when the service is stopped.
    max_waiting
        Requests that may wait for the model in each process; the next is told to come again.
    max_together
        People whose scores are computed at once.
    max_k
        Longest list.
    max_history
        Items of a history.
    max_people
        Histories of a request to /recommend/batch.
    max_filter
        Items of `exclude`, and of `only`.
    max_bytes
        Of the body of a request.

    Raises
    ------
    ConfigError
        When one is out of range.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    watch: float = 2.0
    timeout: float = 10.0
    patience: float = 10.0
    grace: float = 30.0
    max_waiting: int = 256
    max_together: int = 64
    max_k: int = 100
    max_history: int = 1_000
    max_people: int = 100
    max_filter: int = 10_000
    max_bytes: int = 2**21

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "host":
                continue
            least = "0 or more" if field.name in _MAY_BE_NOTHING else "more than 0"
            if not value >= 0 or (value == 0 and field.name not in _MAY_BE_NOTHING):
                raise ConfigError(f"{field.name} is {value}; give a number that is {least}.")
        if self.port > _LAST_PORT:
            raise ConfigError(f"port is {self.port}; give one of 0 to {_LAST_PORT}.")
