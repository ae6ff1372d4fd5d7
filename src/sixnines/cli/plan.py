"""`sixnines plan`: what a config would change, and what that can do to callers. Saves it as a file that `apply` takes.

Never changes anything but the file that `--out` names, and never connects to a provider.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from sixnines import __version__
from sixnines.cli.colour import wants_colour
from sixnines.cli.difference_output import Format, rendered, told
from sixnines.cli.reach import AdminKeyOption, GatewayOption, reach
from sixnines.cli.recorded import Point, Recorded
from sixnines.clock import SystemClock
from sixnines.config.find import find_config, places
from sixnines.config.load import Loaded, read_config
from sixnines.config.report import render_json
from sixnines.config.sources import digest_of
from sixnines.control.change_plan import ChangePlan, Comparison, compare
from sixnines.control.plan_file import write_plan
from sixnines.registry import CATALOG
from sixnines.settings import process_settings

_FINE, _FOUND_SOMETHING, _WRONG_USAGE = 0, 1, 2
_FOR_ITS_OWNER = 0o600


def command(  # noqa: PLR0913 - one for each option
    file: Annotated[
        Path | None,
        typer.Argument(
            help="Config file. Else ./sixnines.yaml, else the one in $XDG_CONFIG_HOME.", exists=True, dir_okay=False
        ),
    ] = None,
    *,
    out: Annotated[
        Path | None, typer.Option(metavar="PLAN", help="Save the plan; `sixnines apply PLAN` does what it says.")
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", help="For people, for programs, or for a comment on a pull request.")
    ] = Format.TEXT,
    against: Annotated[
        int | None,
        typer.Option(metavar="REVISION", min=1, help="Compare with this one. Else with the one that holds."),
    ] = None,
    gateway: GatewayOption = None,
    admin_key: AdminKeyOption = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 if anything would change.")] = False,
) -> int:
    """Say what a config would change, and what that can do to callers. Changes nothing.

    It is compared with the revision that the running gateway serves; where none runs, with the one that the next start
    serves. Exit status: 0 fine, 1 the config has errors (or, with --exit-code, something would change), 2 wrong usage.
    """
    settings = process_settings()
    found = find_config(file, settings, Path.exists)
    if found is None:
        looked = " or ".join(str(place) for place in places(settings))
        print(f"sixnines plan: no config at {looked}; name one: sixnines plan FILE", file=sys.stderr)
        return _WRONG_USAGE
    if out is not None and out.resolve() in {found.resolve(), *([file.resolve()] if file else [])}:
        print(f"sixnines plan: --out {out} is the config itself; name another file", file=sys.stderr)
        return _WRONG_USAGE
    loaded = read_config(found, None, CATALOG)
    if loaded.snapshot is None or loaded.document is None:
        sys.stdout.write(_refused(loaded, form))
        return _FOUND_SOMETHING
    with Recorded(reach(found, settings, gateway, admin_key), remote=gateway is not None) as recorded:
        base = recorded.holding() if against is None else recorded.revision(against)
    comparison = compare(base.document, loaded.document, CATALOG)
    shown = told((base.name, base.base), (str(found), None), comparison)
    sys.stdout.write(rendered(shown, form, planned=True, colour=wants_colour()))
    if out is not None:
        _save(_plan(found, loaded, base, comparison), out)
        print(f"Saved as {out}; apply it: sixnines apply {out}", file=sys.stderr)
    return _FOUND_SOMETHING if exit_code and comparison.changes else _FINE


def _refused(loaded: Loaded, form: Format) -> str:
    """The diagnostics, as `check` shows them."""
    match form:
        case Format.TEXT:
            return loaded.report(colour=wants_colour())
        case Format.JSON:
            return render_json(loaded.diagnostics)
        case Format.MARKDOWN:
            return f"### {loaded.name} cannot be used\n\n```\n{loaded.report()}```\n"


def _plan(path: Path, loaded: Loaded, base: Point, comparison: Comparison) -> ChangePlan:
    return ChangePlan(
        config=os.path.abspath(path),  # noqa: PTH100 - as the store names it: resolve() follows links
        base=base.base,
        digest=digest_of(loaded.sources),
        sources=loaded.sources,
        changes=comparison.changes,
        risks=comparison.risks,
        next_start=comparison.next_start,
        made_unix_s=SystemClock().unix_s(),
        version=__version__,
    )


def _save(plan: ChangePlan, path: Path) -> None:
    """Beside its place first: whoever reads it finds all of it, or the one before."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        fresh.touch(mode=_FOR_ITS_OWNER, exist_ok=False)
        fresh.write_bytes(write_plan(plan))
        fresh.rename(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
