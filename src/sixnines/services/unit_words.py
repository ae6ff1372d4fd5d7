"""Words and names as unit files want them. Pure. Sources: systemd.syntax(7), systemd.service(5), systemd.unit(5).

Never lets a word mean anything but itself: no specifier (`%h`), no variable (`$HOME`), no quote is taken for one.
"""

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:=,+@^")
# What a unit's name may hold; `@` would make a template of it, and a backslash begins an escape.
_IN_NAMES = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:_.-")
LONGEST_NAME = 255
"""Of a unit, in bytes (systemd.unit(5))."""


def unit_part(name: str) -> str:
    r"""A name as part of a unit's name: what cannot stand there as `\xNN`, as systemd-escape(1) does.

    A dash stays one. There it stands for a slash, which is `\x2f` here: names are readable, and still never the same.
    """
    return "".join(each if each in _IN_NAMES else "".join(f"\\x{byte:02x}" for byte in each.encode()) for each in name)


def quoted_word(word: str) -> str:
    """A value that is one word, in quotes where it must be."""
    safe = word.replace("%", "%%")
    if word and _PLAIN.issuperset(word):
        return safe
    escaped = safe.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def command_line(words: tuple[str, ...]) -> str:
    """The value of `ExecStart=`: there a `$` begins a variable too."""
    return " ".join(quoted_word(word).replace("$", "$$") for word in words)
