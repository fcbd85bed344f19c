"""The resource HostSecret: a secret of what runs beside the service, as a file on its host.

It is replaced, never rewritten: who holds the old one keeps it until the new one is in use.
"""

from __future__ import annotations

from ocrfleet.project import Owner
from ocrfleet.provider.hosts import Hosts
from ocrfleet.provider.inputs import SECRET
from ocrfleet.provider.resource import Difference, Found, Task, Values
from ocrfleet.provider.values import Secret


class SecretResource:
    """Inputs: those of `inputs.SECRET`. Outputs: the same."""

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts

    def diff(self, olds: Values, news: Values, task: Task) -> Difference:
        renewed = tuple(name for name in ("name", "version") if olds.get(name) != news[name])
        # The same version has the same folder, which the old one would take along.
        return Difference(renewed, replaces=True) if renewed else Difference(_moved(olds, news), alone=True)

    def apply(self, olds: Values | None, news: Values, task: Task) -> Found:
        if not task.preview:
            value, owner = news["value"], Owner(**news["owner"])
            text: str = value.value if isinstance(value, Secret) else value
            with self._hosts.changing(news) as remote:
                remote.keep(news["name"], news["version"], text.encode(), owner)
        return _found(news)

    def read(self, found: Found, task: Task) -> Found:
        told = found.outputs
        is_there = self._hosts.remote(told).keeps(told["name"], told["version"])
        return _found({name: told[name] for name in SECRET}) if is_there else Found("")

    def delete(self, outputs: Values, task: Task) -> None:
        with self._hosts.changing(outputs) as remote:
            remote.forget(outputs["version"])


def _moved(olds: Values, news: Values) -> tuple[str, ...]:
    return ("ssh",) if olds.get("ssh") != news["ssh"] else ()


def _found(values: Values) -> Found:
    value = values["value"]
    hidden = {**values, "value": value if isinstance(value, Secret) else Secret(value)}
    return Found(f"{values['host']}/{values['name']}", hidden, hidden)
