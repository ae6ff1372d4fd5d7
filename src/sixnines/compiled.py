"""Machine code of this package where `make compile` has built it: finds it and lets Python import it (ADR 0015).

Never lets machine code run that was built from other sources or for another interpreter: where a build lies is named
after the digest of both.
"""

import sys
from collections.abc import MutableSequence
from pathlib import Path

SWITCH = "SIXNINES_COMPILED"
"""The environment variable that, set to `0`, leaves machine code aside."""

STAMP = "built-by"
"""The file that a build has once it is whole."""

# What has been imported when the command line begins, also where `quickstart.tether` runs it. Nothing else depends on
# it.
_WAY_IN = frozenset({"sixnines.__main__", "sixnines.compiled", "sixnines.quickstart", "sixnines.settings"})


def digest(package: Path) -> str:
    """Of the sources in the folder `package` and of the interpreter that runs this. Takes 6 ms."""
    import hashlib  # noqa: PLC0415 - it takes 2 ms, which nobody must wait for who has no build

    found = hashlib.sha256(f"{sys.implementation.cache_tag} {sys.version} {sys.platform}".encode())
    for path in sorted(package.rglob("*.py")):
        data = path.read_bytes()
        found.update(b"\0%b\0%d\0%b" % (str(path.relative_to(package)).encode(), len(data), data))
    return found.hexdigest()[:32]


def builds_of(package: Path) -> Path:
    """The folder of all builds: `build/compiled` in the checkout that holds `src/sixnines`."""
    return package.parents[1] / "build" / "compiled"


def current_build(package: Path) -> Path | None:
    """The folder of the build that was made from `package` as it is now, or None."""
    builds = builds_of(package)
    if not builds.is_dir():
        return None
    build = builds / digest(package)
    return build if (build / STAMP).is_file() else None


def use(package_path: MutableSequence[str]) -> None:
    """Let what is imported of this package from now on come from its current build, if there is one.

    Does nothing where more of the package has been imported than the way in: modules of both kinds know each other's
    classes by different objects.

    Args:
        package_path: the package's `__path__`.
    """
    if {name for name in sys.modules if name.startswith("sixnines.")} - _WAY_IN:
        return
    build = current_build(Path(package_path[0]))
    if build is not None:
        package_path.insert(0, str(build / "sixnines"))
        sys.path.append(str(build))  # what the modules of a build share lies beside the package


def is_used(package_path: MutableSequence[str]) -> bool:
    """Whether modules come from a build."""
    return (Path(package_path[0]).parent / STAMP).is_file()
