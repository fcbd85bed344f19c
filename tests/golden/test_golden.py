"""What a deploy uses is, byte for byte, what is written down here for every host of the golden set."""

from pathlib import Path

import pytest

from scripts.make_golden import CASES, GOLDEN, ROOT, golden


@pytest.mark.parametrize("host", CASES)
def test_a_render_is_what_is_written_down(host: str) -> None:
    rendered = {path: text.encode() for path, text in golden(host).items()}
    written = files_under(GOLDEN / host)
    differing = sorted(path for path in rendered | written if rendered.get(path) != written.get(path))
    assert differing == [], "if that is wanted: uv run python -m scripts.make_golden"


def test_every_host_is_written_down() -> None:
    hosts = {path.stem for path in (ROOT / "hosts").glob("*.yaml")}
    assert {path.parent.name for path in GOLDEN.glob("*/run.json")} == set(CASES) >= hosts


def test_the_proxy_keeps_what_was_measured() -> None:
    caddyfile = (GOLDEN / "lab" / "proxy" / "Caddyfile").read_text(encoding="utf-8")
    lines = {line.strip() for line in caddyfile.splitlines()}
    assert lines > {
        "admin unix//run/caddy/admin.sock",
        "to {file./etc/caddy/upstream}:8000",
        "lb_try_duration 60s",
        "unhealthy_request_count 256",
        "grace_period 30s",
        "header Connection close",
        "@oversized expression `int({header.Content-Length}) > 20000000`",
        "max_size 20MB",
        'header Authorization "Bearer {file./etc/caddy/keys/current}"',
        'header_regexp Authorization "^Bearer .{24,}$"',
        "rewrite * /v1/chat/completions?",
        "rewrite * /v1/models?",
        "rewrite * /health?",
        "header Retry-After 5",
    }


def test_only_the_proxy_listens_on_the_host_and_only_on_loopback() -> None:
    engine, proxy = ((GOLDEN / "lab" / name).read_text(encoding="utf-8") for name in ("run.json", "proxy/run.json"))
    assert "--publish" not in engine
    assert proxy.count("--publish=") == proxy.count("--publish=127.0.0.1:8000:8080") == 1


def files_under(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its path there."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
