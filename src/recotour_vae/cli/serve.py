"""`recotour-vae serve`: a run that answers over HTTP."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from tyro.conf import OmitArgPrefixes, Positional, arg

from recotour_vae.cli.output import say
from recotour_vae.errors import MissingPackageError
from recotour_vae.models.config import Framework
from recotour_vae.serving.settings import ServiceSettings

if TYPE_CHECKING:
    from recotour_vae.serving.served import Served

_NEEDED: Final = ("starlette", "uvicorn")


@dataclass(frozen=True)
class Serve:
    """Answer over HTTP with what a run recommends, until Ctrl-C.

    Examples:
      recotour-vae serve runs/vae
      recotour-vae serve runs/ease --port 0 --workers 2
      recotour-vae serve runs/vae --host 0.0.0.0 --max-k 20 --timeout 2

    Ask it as in: curl localhost:8000/recommend -d '{"history": ["Toy Story"], "k": 5}'

    Parameters
    ----------
    folder
        Of a run, or a link to one; another run that comes there is taken without a stop.
    settings
        Where it listens, and its bounds.
    framework
        That the model is opened in, whichever trained it.
    """

    folder: Positional[Annotated[Path, arg(metavar="FOLDER")]]
    settings: OmitArgPrefixes[ServiceSettings] = field(default_factory=ServiceSettings)
    framework: Framework = "pytorch"

    def run(self, argv: Sequence[str]) -> None:
        """Answer until it is stopped."""
        _check_installed()
        with suppress(KeyboardInterrupt):  # while the model is read; later it is a word to stop
            self._serve()

    def _serve(self) -> None:
        from recotour_vae.serving.server import address, listening, serve_here

        taken = listening(self.settings)

        def together() -> None:
            self._say_where(f"by {self.settings.workers} processes ", address(taken))

        def alone(served: "Served") -> None:
            known = f"({served.run.name}, {served.run.split.n_items:,} items) "
            self._say_where(known, address(taken))

        if self.settings.workers > 1:
            from recotour_vae.serving.team import serve_together

            return serve_together(self.folder, self.settings, taken, self.framework, together)

        return serve_here(self.folder, self.settings, taken, self.framework, began=alone)

    def _say_where(self, how: str, where: str) -> None:
        say(f"{self.folder} is served {how}at {where}; Ctrl-C stops it.")


def _check_installed() -> None:
    if any(find_spec(name) is None for name in _NEEDED):
        raise MissingPackageError(
            "Serving needs Starlette and uvicorn, which are not installed; get them with pip "
            "install 'recotour-vae[serve]'."
        )
