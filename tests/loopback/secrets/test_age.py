"""The store age: revisions inside one file, which only recipients read and which is written whole or not at all."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from ocrfleet.errors import Refused
from ocrfleet.secrets import Revision, Secret
from ocrfleet.secrets.age import AgeStore
from ocrfleet.secrets.agekeys import Keys
from ocrfleet.secrets.history import KEPT

A, B = Secret("a" * 32), Secret("b" * 32)


def identity(folder: Path, name: str) -> tuple[Path, str]:
    """A private key in a file, and its public one."""
    import pyrage

    own = pyrage.x25519.Identity.generate()
    (folder / name).write_text(f"# created: today\n{own}\n", encoding="utf-8")
    return folder / name, str(own.to_public())


@pytest.fixture
def store(tmp_path: Path) -> AgeStore:
    """An empty store of one recipient."""
    file, public = identity(tmp_path, "mine")
    return AgeStore("lab", tmp_path / "secrets" / "lab.age", Keys("lab", (public,), file), lambda: "2026-11-21")


def test_it_is_read_at_every_revision_and_restored(store: AgeStore) -> None:
    assert (store.read(), store.revisions()) == ({}, ())
    assert store.write({"api-key": A}) == "1"
    assert store.write({"next-key": B, "api-key": B}) == "2"
    assert store.read("1") == {"api-key": A}
    assert store.restore("1") == "3"
    assert store.read() == {"api-key": A}
    assert store.revisions()[0] == Revision("3", "2026-11-21")
    for call in (store.read, store.restore):
        with pytest.raises(Refused, match="has no revision 9"):
            call("9")


def test_only_the_newest_revisions_are_kept(store: AgeStore) -> None:
    for _ in range(KEPT + 2):
        store.write({"api-key": A})
    assert [one.name for one in store.revisions()] == [str(number) for number in range(KEPT + 2, 2, -1)]


def test_the_file_shows_nothing_and_is_text(store: AgeStore) -> None:
    store.write({"api-key": A})
    text = store.file.read_text("ascii")
    assert text.startswith("-----BEGIN AGE ENCRYPTED FILE-----")
    assert A.reveal() not in text
    assert "api-key" not in text
    assert [path.name for path in store.file.parent.iterdir()] == ["lab.age"]


def test_every_recipient_reads_it_and_nobody_else(store: AgeStore, tmp_path: Path) -> None:
    (ours, our), (theirs, _) = identity(tmp_path, "ours"), identity(tmp_path, "theirs")
    both = replace(store.keys, recipients=(*store.keys.recipients, our))
    replace(store, keys=both).write({"api-key": A})
    assert replace(store, keys=replace(both, identity_file=ours)).read() == {"api-key": A}
    with pytest.raises(Refused, match="is no key to"):
        replace(store, keys=replace(both, identity_file=theirs)).read()


def test_nobody_locks_the_door_from_outside(store: AgeStore, tmp_path: Path) -> None:
    store.write({"api-key": A})
    sealed = store.file.read_bytes()
    for recipients in ((identity(tmp_path, "theirs")[1],), ("age1" + "q" * 58,)):
        with pytest.raises(Refused):
            replace(store, keys=replace(store.keys, recipients=recipients)).write({"api-key": B})
        assert store.file.read_bytes() == sealed


@pytest.mark.parametrize("text", ["", "AGE-SECRET-KEY-1WRONG\n", "ssh-ed25519 AAAA"])
def test_a_key_that_is_none_is_refused(store: AgeStore, text: str) -> None:
    store.keys.identity_file.write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match="neither an age key nor an open SSH key") as caught:
        store.write({"api-key": A})
    assert "identity_file" in caught.value.fix
    store.keys.identity_file.unlink()
    with pytest.raises(Refused, match="No such file"):
        store.write({"api-key": A})


def test_an_ssh_key_will_do(store: AgeStore, tmp_path: Path) -> None:
    own = tmp_path / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "me@here", "-f", own], check=True)
    public = own.with_suffix(".pub").read_text(encoding="utf-8").strip()
    ssh = replace(store, keys=Keys("lab", (public,), own))
    ssh.write({"api-key": A})
    assert ssh.read() == {"api-key": A}


@pytest.mark.parametrize("inside", ["", "{", "[]", '{"revisions": [7]}', '{"revisions": [{"number": 1}]}'])
def test_something_else_is_not_taken_for_secrets(store: AgeStore, inside: str) -> None:
    store.file.parent.mkdir()
    store.file.write_bytes(store.keys.sealed(inside))
    with pytest.raises(Refused, match="holds no secrets of ocrfleet's"):
        store.read()
    store.file.write_text("<<<<<<< HEAD", encoding="utf-8")
    with pytest.raises(Refused, match="is no key to"):
        store.write({"api-key": A})


def test_a_disk_that_takes_nothing_leaves_what_was_there(store: AgeStore) -> None:
    store.write({"api-key": A})
    store.file.with_suffix(".new").mkdir()
    with pytest.raises(Refused, match="cannot be written"):
        store.write({"api-key": B})
    assert store.read() == {"api-key": A}
