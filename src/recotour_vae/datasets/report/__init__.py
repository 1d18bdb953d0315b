"""What is in a log before anybody trains on it: findings, advice, and a page with figures.

`examine` takes the rows as they came, repeated ones too, and gives a `Report` of frozen findings,
an idea a file. `advice` says in sentences what to look at first; `page` draws what was found.
"""

from typing import TYPE_CHECKING

from recotour_vae.lazy import lazily

if TYPE_CHECKING:
    from recotour_vae.datasets.report.advice import Advice, advise
    from recotour_vae.datasets.report.config import BotRules, ReportConfig
    from recotour_vae.datasets.report.findings import Report, examine
    from recotour_vae.datasets.report.log import Log
else:
    __getattr__, __dir__ = lazily(
        __name__,
        advice="Advice advise",
        config="BotRules ReportConfig",
        findings="Report examine",
        log="Log",
    )

__all__ = ["Advice", "BotRules", "Log", "Report", "ReportConfig", "advise", "examine"]
