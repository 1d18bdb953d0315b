"""A run in, lists out: for everybody into a table, or for whoever asks over HTTP.

`settings` says what a service may be set to, `asked` reads a request and `answers` makes its lists;
`batcher` is the thread that computes, `swapping` puts one model in the place of another, `counters`
is what Prometheus reads, `guard` stands around all of it. `application` has the addresses, `server`
is one process of a service, and `team` several.
"""

from typing import TYPE_CHECKING

from recotour_vae.lazy import lazily

if TYPE_CHECKING:
    from recotour_vae.serving.application import Service
    from recotour_vae.serving.everybody import recommend_to_all
    from recotour_vae.serving.served import open_served
    from recotour_vae.serving.settings import ServiceSettings
    from recotour_vae.serving.swapping import Shelf
else:
    __getattr__, __dir__ = lazily(
        __name__,
        application="Service",
        everybody="recommend_to_all",
        served="open_served",
        settings="ServiceSettings",
        swapping="Shelf",
    )

__all__ = ["Service", "ServiceSettings", "Shelf", "open_served", "recommend_to_all"]
