"""What plays cloudflared takes the words that a real host's is given, and says when it is connected no more."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from lab.cloudflare.account import Account, Permit
from lab.cloudflare.answers import Call
from lab.cloudflare.cloudflared import main, metrics_of, parser, ready
from lab.cloudflare.connector import Connector
from lab.cloudflare.front import fronting
from lab.cloudflare.kept import KeptApi, restore
from lab.cloudflare.listening import listening
from lab.cloudflare.place import SCOPES, TOKEN
from lab.cloudflare.tunnels import run_token
from ocrfleet.commands import sidecars
from tests.loopback.cloudflare.edges import answering, laid_out
from tests.unit.spec.files import LAB, parse


def test_it_takes_the_words_of_a_real_host() -> None:
    words = sidecars.connector(parse(LAB), version="edge-0a", file="/f", metrics="127.0.0.1:20241")
    run = parser().parse_args(words["command"])
    assert (run.verb, run.metrics, str(run.token_file)) == ("run", "127.0.0.1:20241", sidecars.TOKEN_FILE)
    kind, program, *probe = words["healthcheck"]["tests"]
    assert (kind, program, parser().parse_args(probe).verb) == ("CMD", "cloudflared", "ready")


def test_it_is_ready_for_as_long_as_the_edge_knows_it() -> None:
    at = laid_out("http://127.0.0.1:1")
    with fronting(at.account, poll=0.05) as url:
        connector = Connector(url, run_token(at.account, at.tunnel))
        with listening(metrics_of(connector)) as metrics:
            address = metrics.removeprefix("http://")
            assert (ready(address), connector.ready) == (0, True)
            httpx.delete(f"{url}/{connector.id}", headers={"Host": "connectors.lab"})
            connector.wait()
            assert (ready(address), connector.ready) == (1, False)
        connector.close()


def test_what_it_was_asked_before_it_left_is_answered_after() -> None:
    at, slow = laid_out("http://127.0.0.1:1"), threading.Event()
    with answering() as origin:
        origin.pause = slow
        at.account.configs[at.tunnel]["config"]["ingress"][0]["service"] = origin.url
        with fronting(at.account, poll=0.05) as at.url:
            connector = Connector(at.url, run_token(at.account, at.tunnel))
            with ThreadPoolExecutor(2) as pool:
                answer = pool.submit(at.call)
                while not origin.seen:
                    time.sleep(0.01)
                closing = pool.submit(connector.close)
                connector.wait()
                slow.set()
                assert answer.result().status_code == 200
                closing.result()


def test_a_connector_that_nobody_runs_is_not_ready() -> None:
    assert main(["tunnel", "--metrics", "127.0.0.1:1", "ready"]) == 1


def test_a_token_that_nobody_knows_joins_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("bm90aGluZw==", encoding="utf-8")
    with fronting(laid_out("http://127.0.0.1:1").account) as url:
        monkeypatch.setenv("LAB_EDGE", url)
        assert main(["tunnel", "--metrics", "127.0.0.1:0", "run", "--token-file", str(tmp_path / "token")]) == 1


def test_an_account_is_on_the_disk_before_a_change_is_answered(tmp_path: Path) -> None:
    file = tmp_path / "account.json"
    account = Account(permits=[Permit(TOKEN, SCOPES)])
    assert restore(account, file) is False
    zone = account.add_zone("example.org")
    api = KeptApi(account, file=file)
    api.handle(Call("GET", "/zones", token=TOKEN))
    assert not file.exists()
    made = api.handle(Call("POST", f"/accounts/{account.id}/cfd_tunnel", body={"name": "t"}, token=TOKEN))
    account.tunnels[made.body["result"]["id"]]["connections"] = [{"id": "c"}]
    api.handle(Call("POST", f"/accounts/{account.id}/access/service_tokens", body={"name": "t"}, token=TOKEN))
    again = Account()
    assert restore(again, file)
    assert (again.id, again.made, list(again.zones)) == (account.id, account.made, [zone])
    assert json.dumps([again.tokens, again.secrets]) == json.dumps([account.tokens, account.secrets])
    assert [tunnel["connections"] for tunnel in again.tunnels.values()] == [[]]
    assert file.stat().st_mode & 0o777 == 0o600
