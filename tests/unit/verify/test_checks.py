"""Every check that only a host with a GPU has can pass and can fail, by what such a host would say."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ocrfleet.commands.containers import create_engine
from ocrfleet.commands.serving import model_folder
from ocrfleet.project import Project
from ocrfleet.render.gate import gate
from ocrfleet.spec import HostSpec, load_host
from ocrfleet.verify.runner import chosen
from tests.acceptance import test_gpu as gpu
from tests.acceptance import test_pages as pages
from tests.acceptance import test_vllm as vllm
from tests.acceptance import test_weights as weights
from tests.unit.spec.files import ROOT
from tests.unit.spec.gpus import accepted

SPARK, LAB = (load_host(Project(ROOT), name) for name in ("spark", "lab"))
UUID = "GPU-01234567-89ab-cdef-0123-456789abcdef"
LOGS = ROOT / "tests" / "unit" / "agent" / "logs"
TORCH = {"torch": "2.11.0+cu130", "cuda": "13.0", "gpus": 1, "capability": "12.1", "name": "NVIDIA GB10"}
STARTED = f"INFO Resolved architecture: DeepseekOCRForCausalLM\n{(LOGS / 'healthy' / 'vllm.txt').read_text()}"
NAME = f"{SPARK.model.repo}@{SPARK.model.revision}" if SPARK.model else ""
MODULES = (gpu, pages, vllm, weights)


class Machine:
    """A host on which commands say this; `files` is by path, `urls` by what the address ends with."""

    def __init__(self) -> None:
        self.torch: dict[str, Any] | None = dict(TORCH)
        self.driver, self.started = "580.95.05", STARTED
        self.urls = {"/version": '{"version": "0.30.0"}', "/metrics": 'vllm:generation_tokens_total{engine="0"} 7.0\n'}
        self.status = 400
        self.tokens = 489
        self.engine: dict[str, Any] = {
            "Args": [word for word in create_engine(SPARK) if "logits" in word],
            "Config": {"Env": ["HF_HUB_OFFLINE=1"]},
            "HostConfig": {"DeviceRequests": [{"Count": -1, "DeviceIDs": None, "Capabilities": [["gpu"]]}]},
            "Mounts": [{"Source": model_folder(SPARK), "Destination": "/model", "RW": False}],
        }
        self.models: dict[str, str | None] = {NAME: None}
        self.spec: HostSpec = SPARK

    def run(self, command: str, *words: str) -> Any:
        answers = {
            "docker exec": (self.torch is None, json.dumps(self.torch), "ModuleNotFoundError: No module named 'torch'"),
            "nvidia-smi": (False, f"{self.driver}\n", ""),
            "cat": (not self.started, self.started, "No such file or directory"),
        }
        failed, out, err = next(answer for sign, answer in answers.items() if command.startswith(sign))
        return SimpleNamespace(rc=int(failed), stdout="" if failed else out, stderr=err if failed else "")

    def fixtures(self) -> dict[str, Callable[[], Any]]:
        """What checks ask for by name."""
        host: Any = self
        page = gate(Project(ROOT), SPARK)["page"]
        body = json.dumps({"usage": {"prompt_tokens": self.tokens}})
        return {
            "host": lambda: host,
            "spec": lambda: self.spec,
            "serving": lambda: {"release": 3, "container": "ocrfleet-spark-3", "address": "172.30.240.4"},
            "engine": lambda: self.engine,
            "facts": lambda: {"models": self.models},
            "torch": lambda: gpu.look(host, "ocrfleet-spark-3"),
            "beginning": lambda: vllm.kept(host, 3),
            "fetch": lambda: lambda url: self.urls["/" + url.rpartition("/")[2]],
            "agent": lambda: lambda verb, **payload: {"status": self.status, "body": "", "verb": verb, **payload},
            "page": lambda: page,
            "reading": lambda: {"status": 200, "body": body},
            "record_property": lambda: lambda name, value: None,
        }


def checks() -> Iterator[tuple[str, Callable[..., None]]]:
    for module in MODULES:
        yield from ((name, one) for name, one in vars(module).items() if name.startswith("test_"))


def check(name: str, machine: Machine) -> None:
    """Make one check of a machine."""
    function, there = dict(checks())[name], machine.fixtures()
    function(**{wanted: there[wanted]() for wanted in inspect.signature(function).parameters})


def torch(**changes: Any) -> Callable[[Machine], None]:
    return lambda machine: machine.torch.update(changes) if machine.torch else None


def engine(part: str, value: Any) -> Callable[[Machine], None]:
    return lambda machine: machine.engine.update({part: value})


def attribute(name: str, value: Any) -> Callable[[Machine], None]:
    return lambda machine: setattr(machine, name, deepcopy(value))


def of_one_gpu(machine: Machine) -> None:
    """The host file names its GPU, and the container was given any."""
    machine.spec = accepted({"gpu.uuid": UUID})


RUNNER = (LOGS / "model-runner-v2.txt").read_text(encoding="utf-8")
SABOTAGES: list[tuple[str, Callable[[Machine], None]]] = [
    ("test_the_engine_computes_on_its_gpu_and_not_on_the_processor", torch(torch="2.8.0+cpu", cuda=None)),
    ("test_the_engine_computes_on_its_gpu_and_not_on_the_processor", torch(gpus=0, capability=None, name=None)),
    ("test_the_engine_computes_on_its_gpu_and_not_on_the_processor", attribute("torch", None)),
    ("test_the_gpu_is_the_one_that_kernels_were_chosen_for", torch(capability="8.9")),
    ("test_the_gpu_is_the_one_that_kernels_were_chosen_for", torch(name="NVIDIA L4")),
    ("test_the_engine_has_one_gpu_and_no_other", of_one_gpu),
    ("test_the_driver_runs_what_the_image_was_built_for", attribute("driver", "535.183.01")),
    ("test_the_server_is_the_vllm_that_is_pinned", attribute("urls", {"/version": '{"version": "0.31.0"}'})),
    ("test_the_model_is_read_by_vllms_own_code", attribute("started", "INFO Resolved architecture: LlamaForCausalLM")),
    ("test_the_model_is_read_by_vllms_own_code", attribute("started", "")),
    ("test_the_guard_against_loops_is_in_place", attribute("started", RUNNER)),
    ("test_the_guard_against_loops_is_in_place", engine("Args", ["/model"])),
    ("test_a_page_cannot_make_the_engine_fetch_an_address", attribute("status", 200)),
    ("test_a_page_cannot_make_the_engine_fetch_an_address", attribute("status", 500)),
    ("test_a_file_that_is_no_picture_is_refused_and_not_read", attribute("status", 200)),
    ("test_what_is_read_is_counted", attribute("urls", {"/metrics": "python_gc_objects_collected_total 1\n"})),
    ("test_pages_are_cut_as_the_model_was_taught", attribute("tokens", 273 + 6)),
    ("test_pages_are_cut_as_the_model_was_taught", attribute("tokens", 903 + 6)),
    ("test_the_weights_are_whole", attribute("models", {NAME: "model.safetensors is gone"})),
    ("test_the_weights_are_whole", attribute("models", {})),
    ("test_the_engine_cannot_change_its_weights", engine("Mounts", [])),
    (
        "test_the_engine_cannot_change_its_weights",
        engine("Mounts", [{"Source": model_folder(SPARK), "Destination": "/model", "RW": True}]),
    ),
    ("test_nothing_is_asked_of_a_hub_while_it_serves", engine("Config", {"Env": []})),
]


@pytest.mark.parametrize("name", [name for name, _ in checks()])
def test_a_good_host_passes(name: str) -> None:
    check(name, Machine())


@pytest.mark.parametrize(("name", "sabotage"), SABOTAGES, ids=[f"{n}-{name}" for n, (name, _) in enumerate(SABOTAGES)])
def test_a_check_fails_when_what_it_protects_is_broken(name: str, sabotage: Callable[[Machine], None]) -> None:
    machine = Machine()
    sabotage(machine)
    with pytest.raises(AssertionError):
        check(name, machine)


def test_every_check_has_its_sabotage() -> None:
    assert {name for name, _ in checks()} == {name for name, _ in SABOTAGES}


@pytest.mark.parametrize(
    ("host", "special"),
    [
        (LAB, {"test_edge.py"}),
        (LAB.model_copy(update={"edge": None}), set()),
        (SPARK, {"test_edge.py", "test_gpu.py", "test_pages.py", "test_vllm.py", "test_weights.py"}),
        (accepted({"model.family": "deepseek-ocr-2"}), {"test_gpu.py", "test_vllm.py", "test_weights.py"}),
    ],
)
def test_what_a_host_has_not_is_absent_and_not_skipped(host: HostSpec, special: set[str]) -> None:
    always = {"test_host.py", "test_release.py", "test_service.py"}
    assert {Path(path).name for path in chosen(ROOT / "tests" / "acceptance", host)} == always | special


def test_the_lists_name_every_file() -> None:
    assert {Path(str(module.__file__)).name for module in MODULES} < {
        path.name for path in (ROOT / "tests" / "acceptance").glob("test_*.py")
    }
