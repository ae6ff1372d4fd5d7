"""The unit files of this user: written, compared, removed. Never overwrites or removes what it has not written.

What somebody has changed is his: it is left alone unless he says otherwise.
"""

import enum
import os
from pathlib import Path

from sixnines.services.trouble import ServiceError
from sixnines.services.units import is_ours, is_untouched, origin_of


class Written(enum.StrEnum):
    """What became of a unit file."""

    NEW = "installed"
    CHANGED = "updated"
    SAME = "unchanged"
    GONE = "removed"
    ABSENT = "not installed"


def unit_folder(config_home: Path) -> Path:
    """Where systemd looks for the units of a user (systemd.unit(5)); `config_home` is `$XDG_CONFIG_HOME/sixnines`."""
    return config_home.parent / "systemd" / "user"


def write_unit(path: Path, text: str, *, force: bool) -> Written:
    """Write a unit where that changes something.

    Raises:
        ServiceError: somebody else has written or changed it, and `force` is off; or it cannot be written.
    """
    found = _read(path)
    if found == text:
        return Written.SAME
    if found is not None and not is_untouched(found) and not force:
        who = "was changed by hand" if is_ours(found) else "is none of ours"
        raise ServiceError(f"{path} {who} and is left as it is; --force overwrites it")
    temporary = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as problem:
        temporary.unlink(missing_ok=True)
        raise ServiceError(f"{path} cannot be written: {problem.strerror}") from None
    return Written.NEW if found is None else Written.CHANGED


def remove_unit(path: Path, *, force: bool) -> Written:
    """Remove a unit that we have written.

    Raises:
        ServiceError: it is none of ours, or it was changed and `force` is off; or it cannot be removed.
    """
    if not may_be_removed(path, force=force):
        return Written.ABSENT
    try:
        path.unlink()
    except OSError as problem:
        raise ServiceError(f"{path} cannot be removed: {problem.strerror}") from None
    return Written.GONE


def may_be_removed(path: Path, *, force: bool) -> bool:
    """Whether there is a unit to be removed.

    Raises:
        ServiceError: it is none of ours, or it was changed and `force` is off.
    """
    found = _read(path)
    if found is None:
        return False
    if not is_ours(found):
        raise ServiceError(f"{path} is none of ours and is left as it is")
    if not is_untouched(found) and not force:
        raise ServiceError(f"{path} was changed by hand and is left as it is; --force removes it")
    return True


def _read(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "it is not text"
        raise ServiceError(f"{path} cannot be read: {reason}") from None


def written_for(path: Path) -> tuple[str, str] | None:
    """The service and the config that a unit was written for, or None if it is none of ours."""
    try:
        return origin_of(_read(path) or "")
    except ServiceError:
        return None
