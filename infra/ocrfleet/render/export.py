"""Writes what a deploy uses to a folder, for reading and for comparing."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ocrfleet.edge.declared import shown
from ocrfleet.errors import Refused
from ocrfleet.render.release import Rendered


def exported(rendered: Rendered) -> Mapping[str, str]:
    """Lay out a rendered host as text files by relative path."""
    service = {name: value for name, value in rendered.service.items() if name not in {"run", "gate", "proxy"}}
    proxy = {name: value for name, value in rendered.service["proxy"].items() if name not in {"run", "caddyfile"}}
    return {
        **{f"context/{path}": text for path, text in rendered.engine.files.items()},
        **{f"proxy/context/{path}": text for path, text in rendered.proxy.files.items()},
        "proxy/Caddyfile": rendered.service["proxy"]["caddyfile"],
        "proxy/run.json": _json(rendered.service["proxy"]["run"]),
        "run.json": _json(rendered.service["run"]),
        "gate.json": _json(rendered.service["gate"]),
        "service.json": _json({**service, "proxy": proxy}),
        **({"edge.json": _json(shown(rendered.edge))} if rendered.edge else {}),
    }


def write(rendered: Rendered, out: Path) -> list[Path]:
    """Write the files under `out` and return their paths; a folder with other files in it is refused."""
    wanted = {out / path: text for path, text in exported(rendered).items()}
    strangers = sorted(path for path in out.rglob("*") if path not in wanted and not path.is_dir())
    if strangers:
        raise Refused(f"{out} holds files that are not part of this render: {strangers[0]}", fix="name an empty folder")
    try:
        for path, text in wanted.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
    except OSError as error:
        raise Refused(f"cannot write {error.filename}: {error.strerror}", fix="name an empty folder") from None
    return sorted(wanted)


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
