"""Write what is generated from the config's code: the JSON Schema and the reference page.

Usage: python tools/write_config_docs.py
"""

from pathlib import Path

from sixnines.config.reference import render_reference
from sixnines.config.schema import render_schema
from sixnines.registry import CATALOG

ROOT = Path(__file__).resolve().parent.parent
WRITTEN = {
    ROOT / "schema" / "sixnines-v1.schema.json": render_schema,
    ROOT / "docs" / "reference" / "config.md": render_reference,
}


def main() -> None:
    """Write every file."""
    for path, render in WRITTEN.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render(CATALOG), encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
