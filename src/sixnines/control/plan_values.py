"""Values of a config within a line of a plan, as YAML's flow style writes them.

Never lets through what looks like a credential, nor what could move a terminal's cursor.
"""

import json
import re

from sixnines.config.diagnostics import CREDENTIAL

_PLAIN = re.compile(r"[A-Za-z0-9_./@+*^$-][A-Za-z0-9_./:@+*^$-]*")
# Text that YAML would read as something else than text.
_NOT_TEXT = re.compile(
    r"[-+]?[0-9._]+(?:[eE][-+]?[0-9]+)?|0[xo][0-9a-fA-F]+|true|false|null|\*.*|@.*|.*:", re.IGNORECASE
)


def one_line(value: object) -> str:
    """Such as `{provider: ollama, model: "a model", weight: 7}`."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"{value}"
        case str():
            return _text(value)
        case dict():
            return "{" + ", ".join(f"{_text(str(key))}: {one_line(each)}" for key, each in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(one_line(each) for each in value) + "]"
        case _:
            raise TypeError(f"no value of a config: {value!r}")


def _text(text: str) -> str:
    if CREDENTIAL.search(text):
        return '"***"'
    if _PLAIN.fullmatch(text) and not _NOT_TEXT.fullmatch(text):
        return text
    written = json.dumps(text, ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in written)
