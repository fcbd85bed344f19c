"""Holds a talk with an engine, and puts its answers so that two engines can be compared: names instead of ids."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, astuple
from typing import Any

from ocrfleet.agent.daemon import Daemon
from ocrfleet.agent.docker import REFERENCE, Container
from ocrfleet.agent.listing import Listed
from ocrfleet.agent.world import Done
from tests.faults.conversations.talks import HAND, Talk

Say = Callable[[list[str]], Done]
ABSENT = re.compile(r"no such (container|image|network)|network \S+ not found", re.IGNORECASE)
ENGINES = "talk-engines"
TOLD = ("name", "image", "running", "paused", "networks", "ports")


def hold(talk: Talk, images: dict[str, str], say: Say, pause: Callable[[str], None]) -> list[list[Any]]:
    """Say every line of a talk; return each with what came of it, and what was answered."""
    ids, answers = {image: f"<{name}>" for name, image in images.items()}, []
    for line in talk:
        if line.startswith(HAND):
            pause(line.rpartition(" ")[2])
            continue
        argv = _words(line, images)
        done = say(argv)
        if argv[1] == "create" and done.code == 0:
            ids[done.out.strip().splitlines()[-1]] = f"<{argv[2].removeprefix('--name=')}>"
        answers.append([line, _outcome(done), _told(argv, done, ids)])
    return answers


def _words(line: str, images: dict[str, str]) -> list[str]:
    """The arguments; a Go template and what follows it in the same word may have blanks."""
    head, template, tail = line.partition("--format=")
    words = head.split()
    if template:
        match = re.fullmatch(r"(.*\}\}\}\})((?: [\w{}:-]+)*)", tail)
        assert match is not None
        words += [f"--format={match[1]}", *match[2].split()]
    return [word.format(**images) for word in words]


def _outcome(done: Done) -> str:
    if done.code == 0:
        return "done"
    lines = done.err.strip().splitlines()
    return "absent" if lines and all(map(ABSENT.search, lines)) else "failed"


def _told(argv: list[str], done: Done, ids: dict[str, str]) -> Any:
    """What the agent reads of an answer; of one that failed, only what was found nevertheless."""
    said = done.out.strip()
    readings: dict[str, Callable[[], Any]] = {
        "container inspect": lambda: [_container(raw, ids) for raw in json.loads(said or "[]")],
        "image inspect": lambda: [_image(row, ids) for row in said.splitlines()],
        "network inspect": said.splitlines,
        "system df": lambda: sorted(ids[one["ID"]] for one in json.loads(said) if one["ID"] in ids),
        "ps": lambda: sorted([*astuple(Listed.parse(row))[1:], ids[row.split()[0]]] for row in said.splitlines()),
        "images": lambda: {ref: ids[image] for ref, image in _rows(said) if ref.startswith("talk/")},
        "info": lambda: _daemon(done),
    }
    verb = " ".join(argv[1:3]) if " ".join(argv[1:3]) in readings else argv[1]
    if verb not in readings or (done.code and not verb.endswith(" inspect")):
        return None
    return readings[verb]()


def _daemon(done: Done) -> dict[str, Any]:
    found = Daemon.of(done)
    return {"version": bool(found.version), "root": bool(found.root), "problem": found.problem}


def _rows(said: str) -> list[list[str]]:
    return sorted(row.split() for row in said.splitlines())


def _image(row: str, ids: dict[str, str]) -> Any:
    """An image by its id alone, or with what it says it was called."""
    image, *config = row.split(maxsplit=1)
    return [ids[image], (json.loads(config[0])["Labels"] or {}).get(REFERENCE)] if config else ids[image]


def _container(raw: dict[str, Any], ids: dict[str, str]) -> dict[str, Any]:
    found = asdict(Container.parse(raw))
    labels = {name: value for name, value in found["labels"].items() if name.startswith("ocrfleet")}
    told = {name: found[name] for name in TOLD}
    # An address that nobody asked for may be any.
    told["networks"] = {name: ip if name == ENGINES else "any" for name, ip in told["networks"].items()}
    return {**told, "image": ids[told["image"]], "ports": sorted(told["ports"]), "labels": labels}
