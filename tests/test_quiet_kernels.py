"""Kernels of `pytest --nbval book/`: no ports, no history, and another try when one is silent."""

import pytest
import quiet_kernels
from nbval.kernel import CURRENT_ENV_KERNEL_NAME

HISTORY = "print(get_ipython().history_manager.enabled)"


class Starts:
    """What starts kernels in place of nbval; the first so many never answer."""

    def __init__(self, silent: int) -> None:
        self.silent, self.waited = silent, []

    def __call__(self, seconds: float, **settings: str) -> str:
        self.waited.append(seconds)
        if len(self.waited) <= self.silent:
            raise RuntimeError("Kernel didn't respond")
        return settings["kernel_name"]


def test_a_kernel_that_does_not_answer_is_begun_anew(monkeypatch):
    starts = Starts(silent=2)
    monkeypatch.setattr(quiet_kernels, "_start", starts)
    assert quiet_kernels.start(300, kernel_name="python3") == "python3"
    assert starts.waited == [100, 100, 100]


def test_three_that_do_not_answer_are_enough(monkeypatch):
    starts = Starts(silent=3)
    monkeypatch.setattr(quiet_kernels, "_start", starts)
    with pytest.raises(RuntimeError, match="didn't respond"):
        quiet_kernels.start(300, kernel_name="python3")
    assert len(starts.waited) == quiet_kernels.TRIES


@pytest.mark.processes
def test_a_kernel_takes_no_port_and_writes_no_history(monkeypatch):
    monkeypatch.setattr("nbval.kernel.KernelManager", quiet_kernels.QuietKernel)
    manager, client = quiet_kernels.start(300, kernel_name=CURRENT_ENV_KERNEL_NAME)
    said = []
    try:
        client.execute_interactive(
            HISTORY, timeout=60, output_hook=lambda message: said.append(message["content"])
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert manager.transport == "ipc"
    assert {"name": "stdout", "text": "False\n"} in said
