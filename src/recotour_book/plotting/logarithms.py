"""Logarithmic axes whose ticks are written in full size: 0.01, 1,000, and 10⁻⁵ beyond those."""

from typing import Any, Final

from matplotlib.scale import LogScale, register_scale
from matplotlib.ticker import LogFormatter

RAISED: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class _Plain(LogFormatter):
    """Write powers of ten without the small exponents that a telephone cannot show."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        if not super().__call__(x, pos):
            return ""
        power = f"{x:.0e}".split("e")
        if 1e-3 <= abs(x) < 1e5:
            return f"{x:,g}"
        raised = f"10{str(int(power[1])).translate(RAISED)}"
        return raised if power[0] == "1" else f"{power[0]}·{raised}"


class _BookLog(LogScale):
    """Matplotlib's logarithmic scale with these ticks."""

    name = "log"

    def __init__(self, *, base: float = 10, subs: Any = None, nonpositive: Any = "clip") -> None:
        super().__init__(base=base, subs=subs, nonpositive=nonpositive)

    def set_default_locators_and_formatters(self, axis: Any) -> None:
        """Set where ticks stand, and what is written at the large ones and at the small ones."""
        super().set_default_locators_and_formatters(axis)
        axis.set_major_formatter(_Plain(self.base))
        axis.set_minor_formatter(_Plain(self.base, labelOnlyBase=self.subs is not None))


def use_plain_logarithms() -> None:
    """Let all logarithmic axes from now on be written so."""
    register_scale(_BookLog)
