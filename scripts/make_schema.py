"""Writes the schema that editors check host files with: `uv run python scripts/make_schema.py`."""

from pathlib import Path

from ocrfleet.spec import schema_text

PATH = Path(__file__).resolve().parents[1] / "hosts" / "host.schema.json"


def main() -> None:
    """Write the file."""
    PATH.write_text(schema_text(), encoding="utf-8")
    print(PATH.name)


if __name__ == "__main__":
    main()
