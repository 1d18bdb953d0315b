"""Networks that read what people did in order of time, trained by the one loop."""

from typing import TYPE_CHECKING

from recotour_vae.lazy import lazily

if TYPE_CHECKING:
    from recotour_vae.training.sequences.config import SVAEConfig
    from recotour_vae.training.sequences.svae import SVAE
else:
    __getattr__, __dir__ = lazily(__name__, config="SVAEConfig", svae="SVAE")

__all__ = ["SVAE", "SVAEConfig"]
