"""A file is on the host whole, with its mode, or it is not there."""

import threading

import pytest
from paramiko.sftp import SFTP_FAILURE, SFTP_PERMISSION_DENIED  # noqa: TID251  the other end of the wire

from ocrfleet.commands.containers import HOME
from ocrfleet.errors import HostRefused, Unreachable
from ocrfleet.remote.ssh import SshSession
from tests.unit.remote.fixtures import Host

PATH = f"{HOME}/agent/abc.pyz"
CONTENT = bytes(range(256)) * 3000


def names(host: Host) -> list[str]:
    return sorted(path.name for path in host.file(f"{HOME}/agent").iterdir())


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o444])
@pytest.mark.parametrize("content", [b"", b"x", CONTENT])
def test_a_file_arrives_whole_and_with_its_mode(host: Host, content: bytes, mode: int) -> None:
    with host.session() as session:
        session.put(content, PATH, mode=mode)
    assert host.file(PATH).read_bytes() == content
    assert host.file(PATH).stat().st_mode & 0o777 == mode
    assert names(host) == ["abc.pyz"]


def test_it_is_closed_to_others_before_it_is_filled_and_gets_its_name_last(host: Host) -> None:
    with host.session() as session:
        session.put(CONTENT, PATH, mode=0o444)
    words = [entry.partition(".pyz")[0] for entry in host.like.written]
    assert words == [f"{word} {HOME}/agent/abc" for word in ("open", "fchmod 600", "write", "chmod 444", "rename")]
    assert host.like.written[-1] == f"rename {PATH}"
    assert not any(entry.endswith(PATH) for entry in host.like.written[:-1])


def test_an_older_file_is_replaced(host: Host) -> None:
    host.file(PATH).write_bytes(b"old")
    host.file(PATH).chmod(0o400)
    with host.session() as session:
        session.put(b"new", PATH, mode=0o400)
    assert host.file(PATH).read_bytes() == b"new"


def test_a_missing_folder_is_made_for_the_user_alone(host: Host) -> None:
    with host.session() as session:
        session.put(b"x", f"{HOME}/secrets/x", mode=0o400)
    assert host.file(f"{HOME}/secrets").stat().st_mode & 0o777 == 0o700


def test_a_host_that_was_never_prepared_is_told_to_be(host: Host) -> None:
    with host.session() as session, pytest.raises(HostRefused) as refused:
        session.put(b"x", "/var/lib/other/agent/x", mode=0o600)
    assert "trial has no folder for /var/lib/other/agent/x" in refused.value.failed
    assert refused.value.fix == "ocrfleet bootstrap trial"


@pytest.mark.parametrize(
    ("word", "code", "why"),
    [
        ("open", SFTP_PERMISSION_DENIED, "ocr on trial may not write"),
        ("rename", SFTP_PERMISSION_DENIED, "ocr on trial may not write"),
        ("write", SFTP_FAILURE, r"trial did not write /var/lib/ocrfleet/agent/abc\.pyz: Failure"),
        ("rename", SFTP_FAILURE, "trial did not write"),
    ],
)
def test_a_host_that_cannot_write_says_so_and_keeps_what_it_had(host: Host, word: str, code: int, why: str) -> None:
    host.file(PATH).write_bytes(b"old")
    host.like.refused_files = {word: code}
    with host.session() as session, pytest.raises(HostRefused, match=why):
        session.put(CONTENT, PATH, mode=0o600)
    assert host.file(PATH).read_bytes() == b"old"
    assert names(host) == ["abc.pyz"]


def test_what_an_interrupted_upload_left_does_not_stop_the_next_one(host: Host) -> None:
    host.file(f"{PATH}.part").write_bytes(b"half")
    host.file(f"{PATH}.part").chmod(0o400)
    with host.session() as session:
        session.put(b"whole", PATH, mode=0o400)
    assert host.file(PATH).read_bytes() == b"whole"


def test_two_operators_may_send_the_same_file_at_once(host: Host) -> None:
    def send(session: SshSession) -> None:
        session.put(CONTENT, PATH, mode=0o600)

    with host.session() as one, host.session() as other:
        threads = [threading.Thread(target=send, args=(session,)) for session in (one, other, one, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (host.file(PATH).read_bytes(), names(host)) == (CONTENT, ["abc.pyz"])


def test_a_connection_that_breaks_during_an_upload_leaves_no_file_of_that_name(host: Host) -> None:
    with host.session() as session:
        session.run(("true",))
        host.like.refused_files = Breaking(host)
        with pytest.raises(Unreachable) as lost:
            session.put(CONTENT, PATH, mode=0o600)
    assert lost.value.changed == "nothing"
    assert not host.file(PATH).exists()


class Breaking(dict[str, int]):
    """Breaks the connection at the first write."""

    def __init__(self, host: Host) -> None:
        super().__init__()
        self._host = host

    def get(self, word: str, default: object = None) -> object:  # type: ignore[override]
        if word == "write":
            self._host.server.drop()
        return default
