"""Which device a run uses, with and without a GPU."""

import pytest
import torch
from support import is_a_sentence

from recotour_vae.errors import DeviceError
from recotour_vae.models.pytorch import MultVAE
from recotour_vae.training import TrainingConfig, resolve_device
from recotour_vae.training.precision import half_of
from recotour_vae.training.pytorch import PyTorchBackend


@pytest.fixture
def machine(monkeypatch):
    """Make this machine look as if it had so many CUDA devices, and Apple's or not."""

    def make(cuda=0, mps=False):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    return make


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"), [(0, False, "cpu"), (2, False, "cuda"), (0, True, "mps")]
)
def test_auto_takes_the_best_there_is(machine, cuda, mps, expected):
    machine(cuda, mps)
    assert resolve_device("auto") == resolve_device() == torch.device(expected)


@pytest.mark.parametrize("name", ["cpu", "cuda", "cuda:0", "cuda:1", "mps"])
def test_a_device_that_is_there_is_taken(machine, name):
    machine(cuda=2, mps=True)
    assert resolve_device(name) == torch.device(name)


@pytest.mark.parametrize("name", ["cuda", "cuda:0", "cuda:7", "mps", "meta", "xpu"])
def test_a_device_that_is_not_there_is_refused(machine, name):
    machine(cuda=1 if name == "cuda:7" else 0)
    with pytest.raises(DeviceError, match=f"no device '{name}' here .*CUDA device") as error:
        resolve_device(name)
    assert is_a_sentence(error.value)


@pytest.mark.parametrize("name", ["gpu", "cuda:x", "", "cuda:-1"])
def test_what_is_no_device_is_refused(name):
    with pytest.raises(DeviceError, match=f"'{name}' is not a device") as error:
        resolve_device(name)
    assert is_a_sentence(error.value)


@pytest.mark.parametrize(("count", "text"), [(0, "0 CUDA devices"), (1, "1 CUDA device[^s]")])
def test_the_message_counts_what_is_there(machine, count, text):
    machine(cuda=count)
    with pytest.raises(DeviceError, match=text):
        resolve_device("cuda:9")


def test_a_backend_refuses_a_device_that_is_not_there(machine):
    machine(cuda=0)
    with pytest.raises(DeviceError):
        PyTorchBackend(MultVAE(4), TrainingConfig(device="cuda"))


@pytest.mark.parametrize(
    ("precision", "device", "has_bfloat16", "expected"),
    [
        ("float32", "cuda", True, None),
        ("mixed", "cuda", True, torch.bfloat16),
        ("mixed", "cuda", False, torch.float16),
        ("mixed", "cpu", False, torch.bfloat16),
    ],
)
def test_mixed_precision_takes_bfloat16_where_the_device_has_it(
    monkeypatch, precision, device, has_bfloat16, expected
):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: has_bfloat16)
    assert half_of(precision, torch.device(device)) is expected


@pytest.mark.gpu
def test_the_model_is_moved_to_the_device(cuda):
    backend = PyTorchBackend(MultVAE(4), TrainingConfig(device=cuda))
    assert {parameter.device.type for parameter in backend.model.parameters()} == {"cuda"}
