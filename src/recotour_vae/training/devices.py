"""Which device a run uses."""

from typing import TYPE_CHECKING

from recotour_vae.errors import DeviceError

if TYPE_CHECKING:
    import torch


def resolve_device(name: str = "auto") -> "torch.device":
    """Turn `auto`, `cpu`, `cuda`, `cuda:1` or `mps` into a PyTorch device that is there.

    Raises
    ------
    DeviceError
        When it is not there, or is not the name of a device.
    """
    import torch

    if name == "auto":
        return torch.device(_best_device())
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise DeviceError(
            f"'{name}' is not a device; write auto, cpu, cuda, cuda:1 or mps."
        ) from error
    if not _is_there(device):
        raise DeviceError(
            f"There is no device '{name}' here ({_what_is_there()}); use --device auto or cpu."
        )
    return device


def _best_device() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _is_there(device: "torch.device") -> bool:
    import torch

    if device.type == "cuda":
        return (device.index or 0) < torch.cuda.device_count()
    return device.type == "cpu" or (device.type == "mps" and torch.backends.mps.is_available())


def _what_is_there() -> str:
    import torch

    count = torch.cuda.device_count()
    return f"PyTorch {torch.__version__} sees {count} CUDA device{'' if count == 1 else 's'}"
