"""A host, and a provider that answers the engine about it."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

# The whole SDK first: other tests of this process need it, and the provider's messages bring only a part of it along.
import pulumi  # noqa: F401, TID251
import pytest

from ocrfleet.provider.hosts import Hosts
from ocrfleet.provider.image import ImageResource
from ocrfleet.provider.model import ModelResource
from ocrfleet.provider.resource import Resource
from ocrfleet.provider.secret import SecretResource
from ocrfleet.provider.service import ServiceResource
from tests.unit.plan.hosts import with_page
from tests.unit.provider.fakes import FakeHost
from tests.unit.provider.wire import Start, Wire, served


@pytest.fixture
def host() -> FakeHost:
    """A host that was prepared, with the base image and nothing else."""
    return FakeHost()


@pytest.fixture
def start(host: FakeHost, tmp_path: Path) -> Iterator[Start]:
    """Starts a provider, as the engine does at the beginning of every run."""
    project = with_page(tmp_path)

    def started() -> Wire:
        hosts = Hosts(project, host.connect)
        resources: dict[str, Resource] = {
            "Image": ImageResource(project, hosts),
            "Model": ModelResource(project, hosts),
            "Service": ServiceResource(project, hosts),
            "HostSecret": SecretResource(hosts),
        }
        return running.enter_context(served(lambda: resources, hosts.ask))

    with ExitStack() as running:
        yield started


@pytest.fixture
def wire(start: Start) -> Wire:
    """A provider at the beginning of a run."""
    return start()
