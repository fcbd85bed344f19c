"""The provider process starts without what it never uses, and nobody who does use it gets an empty module."""

import subprocess
import sys
from importlib import import_module, metadata
from types import ModuleType

import pytest

from ocrfleet.provider.spared import spared, version

STARTED = """
import sys
import ocrfleet.provider.__main__
from ocrfleet.provider.process import _hosts
_hosts()
"""
UNUSED = {"asyncio", "unittest.mock", "email.message", "yaml", "invoke.vendor.yaml", "grpc.aio._server"}


def test_the_provider_process_does_not_load_what_it_never_uses() -> None:
    assert UNUSED & set(after_start("print(*sys.modules)").split()) == set()


def test_afterwards_the_real_modules_are_to_be_had() -> None:
    program = "import asyncio, unittest.mock, importlib.metadata; print(asyncio.run, unittest.mock.Mock, sys.modules)"
    assert "<function run" in after_start(program)


def test_hosts_see_the_ssh_librarys_own_version() -> None:
    assert after_start("import paramiko; print(paramiko.__version__)").strip() == metadata.version("paramiko")


def test_a_package_without_a_folder_that_describes_it_has_no_version() -> None:
    assert [version("json"), version("no_such_package")] == ["?", "?"]


def test_a_module_that_is_there_already_stays() -> None:
    with spared(ModuleType("json")):
        import json
    assert json.loads("[]") == []
    assert sys.modules["json"] is json


def test_the_name_is_free_again_after_a_failure() -> None:
    with pytest.raises(ModuleNotFoundError, match="not a package"), spared(ModuleType("ocrfleet_no_such")):
        import_module("ocrfleet_no_such.part")
    assert "ocrfleet_no_such" not in sys.modules


def after_start(program: str) -> str:
    """What a program prints in a process that loaded what the provider's does."""
    argv = [sys.executable, "-c", STARTED + program]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout
