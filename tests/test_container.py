"""The image and its compose file are made of what is here, and start what there is."""

import json
import re
from pathlib import Path

import yaml

from recotour_vae.cli.serve import Serve
from recotour_vae.serving.settings import ServiceSettings

ROOT = Path(__file__).parents[1]
FILE = (ROOT / "Containerfile").read_text(encoding="utf-8")
SERVICE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
IGNORED = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()


def instruction(name):
    """The words of the last instruction of that name, which are JSON."""
    return json.loads(re.findall(rf"^{name} (\[.*\])$", FILE, re.MULTILINE)[-1])


def options(words):
    """Options and their values, of which each has one."""
    return dict(zip(words[::2], words[1::2], strict=True))


def test_what_is_copied_is_there_and_not_ignored():
    copied = [
        word for line in re.findall(r"^COPY (.*) \S+$", FILE, re.MULTILINE) for word in line.split()
    ]
    assert {"pyproject.toml", "requirements.lock", "src"} <= set(copied)
    for name in copied:
        assert (ROOT / name).exists()
        assert f"!{name}" in IGNORED
    assert IGNORED[1] == "*"


def test_python_is_one_that_the_project_takes():
    (tag,) = re.findall(r"^FROM python:(\d\.\d+)-", FILE, re.MULTILINE)
    assert tag == "3.11"
    assert 'requires-python = ">=3.11' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_both_start_the_service_by_options_that_there_are():
    service = SERVICE["recommender"]
    assert instruction("ENTRYPOINT") == ["recotour-vae"]
    known = {f"--{name.replace('_', '-')}" for name in ServiceSettings.__dataclass_fields__}
    for command in (instruction("CMD"), service["command"]):
        name, folder, *words = command
        assert name == Serve.__name__.lower()
        assert options(words).keys() <= known
        assert options(words)["--host"] == "0.0.0.0"
        assert folder.startswith(service["volumes"][0].split(":")[1])


def test_the_port_and_the_times_go_together():
    service = SERVICE["recommender"]
    port = str(ServiceSettings().port)
    assert service["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert f"EXPOSE {port}\n" in FILE
    assert f":{port}/health" in service["healthcheck"]["test"][-1]
    grace = float(options(service["command"][2:])["--grace"])
    assert float(service["stop_grace_period"].removesuffix("s")) > grace
    assert service["build"]["dockerfile"] == "Containerfile"
