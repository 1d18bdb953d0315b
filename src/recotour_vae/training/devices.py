"""Which device a run uses."""

from typing import TYPE_CHECKING, Any

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
    if not _is_available(device):
        raise DeviceError(
            f"There is no device '{name}' here ({_what_is_available()}); use --device auto or cpu."
        )
    return device


def _best_device() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _is_available(device: "torch.device") -> bool:
    import torch

    if device.type == "cuda":
        return (device.index or 0) < torch.cuda.device_count()
    return device.type == "cpu" or (device.type == "mps" and torch.backends.mps.is_available())


def _what_is_available() -> str:
    import torch

    count = torch.cuda.device_count()
    return f"PyTorch {torch.__version__} sees {count} CUDA device{'' if count == 1 else 's'}"


def resolve_context(name: str = "auto") -> Any:
    """Turn `auto`, `cpu`, `cuda` or `cuda:1` into an MXNet context that is there.

    Raises
    ------
    DeviceError
        When it is not there, or is not the name of a device that MXNet knows.
    """
    from recotour_vae.runtime.mxnet import mx

    n_gpus = mx.context.num_gpus()
    if name == "auto":
        return mx.gpu(0) if n_gpus else mx.cpu()
    kind, _, index = name.partition(":")
    if kind not in ("cpu", "cuda") or not (index or "0").isdecimal():
        raise DeviceError(f"MXNet has no device '{name}'; write auto, cpu, cuda or cuda:1.")
    if kind == "cuda" and int(index or 0) >= n_gpus:
        raise DeviceError(
            f"There is no device '{name}' here (MXNet {mx.__version__} sees {n_gpus} GPUs; it "
            "needs a build for CUDA, such as mxnet-cu112); use --device auto or cpu."
        )
    return mx.gpu(int(index or 0)) if kind == "cuda" else mx.cpu()
