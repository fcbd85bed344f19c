"""Every message says what failed, what serves, what was changed and what to type next; a code means one thing."""

import re

import pytest

import ocrfleet.errors
from ocrfleet.errors import (
    BadHostFile,
    BadTemplate,
    Busy,
    Forbidden,
    HostKeyRefused,
    HostRefused,
    LoginRefused,
    NotRestored,
    OcrfleetError,
    PageRefused,
    Problem,
    Refused,
    Restored,
    Unknown,
    UnknownHost,
    Unreachable,
)

PROBLEM = Problem("hosts/spark.yaml", 7, "ssh.port", "expected a port number from 1 to 65535")
OTHER = Problem("hosts/spark.yaml", 9, "arch", "expected, but it is missing")
SAID = {"serving": "release 3", "changed": "nothing"}
NOTHING_SENT = "serving: not asked; nothing was sent to the host\nchanged: nothing\n"
MESSAGES: dict[str, tuple[OcrfleetError, str]] = {
    "BadHostFile": (
        BadHostFile("hosts/spark.yaml", [PROBLEM, OTHER]),
        (
            "failed:  hosts/spark.yaml has 2 problems:\n"
            "         hosts/spark.yaml:7: ssh.port: expected a port number from 1 to 65535\n"
            "         hosts/spark.yaml:9: arch: expected, but it is missing\n"
            f"{NOTHING_SENT}"
            "next:    correct the lines above and run the same command again"
        ),
    ),
    "BadTemplate": (
        BadTemplate([PROBLEM]),
        (
            "failed:  the templates do not render:\n"
            "         hosts/spark.yaml:7: ssh.port: expected a port number from 1 to 65535\n"
            f"{NOTHING_SENT}"
            "next:    correct the template and run the same command again"
        ),
    ),
    "UnknownHost": (
        UnknownHost("spork", known=["spark", "calypso"]),
        (
            "failed:  there is no host file hosts/spork.yaml (hosts here: calypso, spark)\n"
            f"{NOTHING_SENT}"
            "next:    name one of these hosts, or make the file with: ocrfleet init spork"
        ),
    ),
    "HostKeyRefused": (
        HostKeyRefused("spark", shown="SHA256:a", pinned=["SHA256:b", "SHA256:c"]),
        (
            "failed:  spark shows the host key SHA256:a, but the host file pins SHA256:b or SHA256:c\n"
            f"{NOTHING_SENT}"
            "next:    ask the machine itself which key it has; if it is this one: "
            "ocrfleet trust spark --fingerprint SHA256:a"
        ),
    ),
    "LoginRefused": (
        LoginRefused("spark", reason="no key", fix="ssh-add"),
        f"failed:  cannot log in to spark: no key\n{NOTHING_SENT}next:    ssh-add",
    ),
    "HostRefused": (
        HostRefused("port 8000 is taken", serving="release 3", fix="free it"),
        "failed:  port 8000 is taken\nserving: release 3\nchanged: nothing\nnext:    free it",
    ),
    "PageRefused": (
        PageRefused("spark", 2, said="not a picture"),
        (
            f"failed:  spark did not read page 2: not a picture\n{NOTHING_SENT}"
            "next:    send a PDF, PNG, JPEG or TIFF that opens elsewhere"
        ),
    ),
    "Forbidden": (
        Forbidden("GET /zones", right="the right Zone Read"),
        (
            f"failed:  the token of Cloudflare's API lacks the right Zone Read for GET /zones\n{NOTHING_SENT}"
            "next:    add it to the token; all that are missing: ocrfleet edge check HOST"
        ),
    ),
    "Refused": (Refused("no", fix="yes"), f"failed:  no\n{NOTHING_SENT}next:    yes"),
    "Restored": (
        Restored("gate", **SAID, fix="fix it"),
        "failed:  gate\nserving: release 3\nchanged: nothing\nnext:    fix it",
    ),
    "NotRestored": (
        NotRestored("gate", serving="nothing", changed="release 3 was stopped", fix="fix it"),
        "failed:  gate\nserving: nothing\nchanged: release 3 was stopped\nnext:    fix it",
    ),
    "Unknown": (
        Unknown("odd", serving="not known", changed="not known", fix="look"),
        "failed:  odd\nserving: not known\nchanged: not known\nnext:    look",
    ),
    "Unreachable": (
        Unreachable("spark", reason="it did not answer in time"),
        (
            "failed:  no answer from spark: it did not answer in time\nserving: not known\nchanged: nothing\n"
            "next:    check that the machine is up and reachable, then run the same command again "
            "(ocrfleet doctor spark)"
        ),
    ),
    "Busy": (
        Busy("another job is at work", **SAID, fix="wait"),
        "failed:  another job is at work\nserving: release 3\nchanged: nothing\nnext:    wait",
    ),
}
TREE = {
    name: (int(code) if code else None)
    for name, code in re.findall(r"^[ │]*[├└]── (\w+) +(\d+)? +\S", ocrfleet.errors.__doc__ or "", re.MULTILINE)
}


@pytest.mark.parametrize(("error", "text"), MESSAGES.values(), ids=MESSAGES.keys())
def test_the_whole_message_of_every_error(error: OcrfleetError, text: str) -> None:
    assert str(error) == text


def test_every_error_is_in_the_table_and_in_the_tree() -> None:
    classes = {one.__name__ for one in every_error(OcrfleetError)}
    assert MESSAGES.keys() == TREE.keys() == classes


def test_every_code_is_as_the_tree_says_and_means_one_thing() -> None:
    drawn = {name: code for name, code in TREE.items() if code}
    assert drawn == {"Refused": 10, "Restored": 20, "NotRestored": 30, "Unknown": 40, "Busy": 50}
    assert {one.__name__: one.code for one in OcrfleetError.__subclasses__()} == drawn


def test_what_was_refused_changed_nothing() -> None:
    assert {error.changed for error, _ in MESSAGES.values() if isinstance(error, Refused)} == {"nothing"}


def test_a_jump_hosts_key_is_told_apart_from_the_hosts() -> None:
    error = HostKeyRefused("spark", shown="SHA256:a", pinned=[], jump=True)
    assert error.failed == "the jump host of spark shows the host key SHA256:a, but the host file pins none"
    assert "ssh.jump.known_hosts of hosts/spark.yaml" in error.fix


def test_a_project_without_hosts_says_so() -> None:
    assert "(hosts here: none yet)" in UnknownHost("spark", known=[]).failed


def every_error(kind: type[OcrfleetError]) -> set[type[OcrfleetError]]:
    direct: list[type[OcrfleetError]] = kind.__subclasses__()
    return {found for one in direct for found in (one, *every_error(one))}
