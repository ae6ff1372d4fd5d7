"""`sixnines verify`: asks the running gateway, as callers do, whether everything that its config promises is so.

Never spends money unless `--max-cost` says how much, and never changes anything.
"""

import asyncio
import enum
import random
import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer

from sixnines import __version__
from sixnines.cli.verify_target import Target, find_target
from sixnines.cli.verify_text import Lines, summary
from sixnines.clock import SystemClock
from sixnines.config.find import find_config, places
from sixnines.control.events import Checked, CheckResult, CheckStatus, Evidence, Step
from sixnines.control.record import Record
from sixnines.control.record import render as render_record
from sixnines.control.verify.cost import micros
from sixnines.control.verify.interface import Group
from sixnines.control.verify.junit import render as render_junit
from sixnines.control.verify.registry import GROUPS
from sixnines.control.verify.report import Report
from sixnines.control.verify.run import Pacing, chosen
from sixnines.control.verify.scene import Options
from sixnines.control.verify.verifier import GatewayVerifier, Terms
from sixnines.settings import process_settings

_FINE, _FAILED, _WRONG_USAGE = 0, 1, 2


class Format(enum.StrEnum):
    """How the results are written."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"


def command(  # noqa: PLR0913 - an option each
    *,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", "-c", help="Config file. Else ./sixnines.yaml, else the one in $XDG_CONFIG_HOME.",
            exists=True, dir_okay=False,
        ),
    ] = None,
    gateway: Annotated[
        str | None, typer.Option(metavar="URL", help="The gateway. Else the one that serves the config here.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(metavar="env:NAME|file:PATH", help="A caller's key. Else the first of the config.")
    ] = None,
    admin_key: Annotated[
        str | None, typer.Option(metavar="env:NAME|file:PATH", help="The admin key. Else that of the config.")
    ] = None,
    only: Annotated[
        str | None, typer.Option(metavar="GROUP,...", help=f"Of {', '.join(each.name for each in GROUPS)}.")
    ] = None,
    max_cost: Annotated[
        float, typer.Option(metavar="USD", help="What answers may cost in all, at the prices in the config.", min=0)
    ] = 0.0,
    samples: Annotated[
        int, typer.Option(help="How many streams of each provider are measured.", min=1, max=1000)
    ] = 5,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", help="How long all of it may take.", min=1)] = 900.0,
    form: Annotated[
        Format, typer.Option("--format", help="For people, for programs, or for CI servers.")
    ] = Format.TEXT,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a record of the run there as well, as Markdown.")
    ] = None,
) -> int:  # fmt: skip
    """Ask the running gateway, as callers do, whether everything that its config promises is so.

    Asks each deployment by itself, each step of each chain, each name, and what else config declares; measures each
    provider; spends nothing unless --max-cost says how much. Exit status: 0 nothing failed, 1 something did, 2 wrong
    usage.
    """
    settings = process_settings()
    found = find_config(config, settings, Path.exists)
    if found is None:
        looked = " or ".join(str(place) for place in places(settings))
        print(f"sixnines verify: no config at {looked}; name one: sixnines verify --config FILE", file=sys.stderr)
        return _WRONG_USAGE
    target = find_target(found, settings, gateway, key=key, admin_key=admin_key)
    for each in target.notes:
        print(f"sixnines verify: {each}", file=sys.stderr)
    terms = Terms(
        groups=_groups(only),
        max_cost_micros=micros(max_cost),
        options=Options(samples=samples),
        pacing=Pacing(total_s=timeout),
    )
    clock = SystemClock()
    began_unix_s, began_s = clock.unix_s(), clock.monotonic_s()
    results = asyncio.run(_verify(target, terms, told=form is Format.TEXT))
    made = Report(
        config=str(found),
        digest=target.digest,
        gateway=target.where,
        began_unix_s=began_unix_s,
        seconds=clock.monotonic_s() - began_s,
        max_cost_micros=terms.max_cost_micros,
        results=results,
    )
    sys.stdout.write(_rendered(made, form))
    if report is not None:
        report.write_text(_record(made, target), "utf-8")
    return _FAILED if any(each.status is CheckStatus.FAILED for each in results) else _FINE


def _groups(only: str | None) -> list[Group]:
    if only is None:
        return list(GROUPS)
    try:
        return chosen([each.strip() for each in only.split(",") if each.strip()], GROUPS)
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="--only") from None


async def _verify(target: Target, terms: Terms, *, told: bool) -> list[CheckResult]:
    """The results; told as they come if `told`."""
    from sixnines.bootstrap import looking_up

    rng = random.Random(secrets.randbits(128))  # noqa: S311 - prompts must differ, not be secret
    lines, results = Lines(), list[CheckResult]()
    async with looking_up() as lookup:
        verifier = GatewayVerifier(
            lambda: target.doors, lookup if target.reaches_providers else None, SystemClock(), rng, terms=terms
        )
        async for result in verifier(target.loaded, 0):
            results.append(result)
            if told:
                sys.stdout.write(lines.line(result))
                sys.stdout.flush()
    return results


def _rendered(report: Report, form: Format) -> str:
    match form:
        case Format.TEXT:
            return summary(report.results, seconds=report.seconds, max_cost_micros=report.max_cost_micros)
        case Format.JSON:
            return report.json()
        case Format.JUNIT:
            return render_junit(report.results)


def _record(report: Report, target: Target) -> str:
    checks = tuple(Checked(step=Step.VERIFY, result=each) for each in report.results)
    record = Record(
        config=report.config,
        digest=report.digest,
        gateway=report.gateway,
        made_unix_s=report.began_unix_s + report.seconds,
        version=__version__,
        evidence=Evidence(checks=checks),
        providers=target.providers,
        max_cost_micros=report.max_cost_micros,
    )
    return render_record(record)
