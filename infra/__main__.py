"""Pulumi's door: one stack is one host file."""

import asyncio
import gc
import sys
from collections.abc import Callable
from typing import Any

import pulumi

from ocrfleet.errors import OcrfleetError, for_pulumi
from ocrfleet.stack.plugin import Plugin

# All that is loaded here stays to the end: looking through it for garbage, and once more at the exit, only takes time.
gc.disable()
# While one thread loads, the other talks to the engine, and should get its turn when it has something to say.
sys.setswitchinterval(0.0005)


async def main() -> dict[str, Any]:
    """Declare the host of this stack; what is exported is what serves."""
    # The engine starts our provider's process at once, while a thread imports, loads and renders.
    plugin = Plugin()
    try:
        declare = await asyncio.to_thread(prepare, pulumi.get_stack())
        gc.freeze()
        return declare(plugin)
    except OcrfleetError as error:
        raise pulumi.RunError(for_pulumi(error)) from None


def prepare(stack: str) -> Callable[[Plugin], dict[str, Any]]:
    """Load the host file, render and read the secrets; return what declares the result."""
    from ocrfleet.project import Project
    from ocrfleet.render import render
    from ocrfleet.secrets import kept_secrets
    from ocrfleet.spec import load_host
    from ocrfleet.stack.component import declare, door_of
    from ocrfleet.stack.settings import Settings

    project = Project.find()
    host = load_host(project, stack)
    rendered = render(project, host)
    kept = kept_secrets(project, host)
    door = door_of(project, host)
    return lambda plugin: declare(plugin, host, rendered=rendered, settings=Settings.from_stack(host, kept), door=door)


pulumi.run(main)
