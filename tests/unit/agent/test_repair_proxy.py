"""What somebody changed by hand about the proxy is seen, and put right by the next deploy."""

from __future__ import annotations

import pytest

from ocrfleet.agent.errors import NotRestored
from tests.unit.agent.host import Host
from tests.unit.agent.outside import OPEN
from tests.unit.agent.wanted import wanted


def test_a_configuration_whose_reload_failed_is_reloaded_by_the_next_deploy(serving: Host) -> None:
    (serving.home.proxy / "Caddyfile").write_text("http://:8080 # by hand\n")
    serving.proxy.config = "http://:8080 # by hand\n"
    serving.world.break_on("docker exec")
    with pytest.raises(NotRestored):
        serving.deploy(wanted("one"))
    serving.world.revive()
    assert serving.ask("facts")["result"]["drift"] == ["the proxy's Caddyfile was edited"]
    assert serving.deploy(wanted("one"))["outcome"] == "repaired"
    assert serving.unrest() == []


def test_a_proxy_that_was_told_to_let_everybody_in_is_drift_and_reads_its_file_again(serving: Host) -> None:
    """By `docker exec`, which leaves no file and no container changed."""
    serving.proxy.config = OPEN
    assert serving.ask("ask", method="GET", path="/v1/models", seconds=2, keyless=True)["result"]["status"] == 200
    assert serving.ask("facts")["result"]["drift"] == ["the proxy lets requests in that show no key"]
    assert serving.deploy(wanted("one"))["outcome"] == "repaired"
    assert serving.ask("facts")["result"]["drift"] == []
    assert serving.unrest() == []


def test_a_service_without_keys_lets_everybody_in_and_that_is_no_drift(host: Host) -> None:
    host.deploy({**wanted("one", proxy__api_keys=[]), "secrets": {}})
    assert host.ask("facts")["result"]["drift"] == []


def test_a_secret_that_is_gone_is_drift_and_comes_back_with_the_next_deploy(serving: Host) -> None:
    serving.home.secret("v1", "api-key").unlink()
    assert serving.ask("facts")["result"]["drift"] == ["the proxy's API keys were edited"]
    serving.secret("api-key", "v1", "k" * 32)
    assert serving.deploy(wanted("one"))["outcome"] == "unchanged"


def test_a_configuration_caddy_refuses_changes_nothing_about_the_proxy(serving: Host) -> None:
    before = (serving.home.proxy / "Caddyfile").read_text()
    ended = serving.job(
        "deploy", wanted=wanted("two", proxy__caddyfile="BROKEN"), owner={"project": "ocr", "stack": "spark"}
    )
    assert ended["code"] == 20
    assert "unrecognized directive: BROKEN" in ended["error"]["failed"]
    assert (serving.home.proxy / "Caddyfile").read_text() == before == serving.proxy.config
    assert serving.unrest() == []
    assert serving.ask("facts")["result"]["drift"] == []
