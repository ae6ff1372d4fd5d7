"""`sixnines history`: the revisions that are kept, what became of each, and which one holds. Never changes anything."""

import sys
from typing import Annotated

import msgspec
import typer

from sixnines.cli.change_output import FINE, SOMETHING_WRONG, Format
from sixnines.cli.change_text import history_lines
from sixnines.cli.reach import AdminKeyOption, ConfigOption, GatewayOption, at_address, locate
from sixnines.control.archive import Archive, folder_of
from sixnines.control.revision import Entry
from sixnines.settings import Settings, process_settings


def command(
    *,
    config: ConfigOption = None,
    limit: Annotated[int | None, typer.Option(help="Only so many, the newest.", min=1)] = None,
    gateway: GatewayOption = None,
    admin_key: AdminKeyOption = None,
    form: Annotated[Format, typer.Option("--format", help="For people, or for programs.")] = Format.TEXT,
) -> int:
    """List the revisions, the newest first, and what became of each. The one that holds has a `*`.

    Exit status: 0 fine, 1 one of them is not what was recorded, 2 wrong usage.
    """
    settings = process_settings()
    if gateway is None:
        archive = Archive(folder_of(settings.state_home, locate(config, settings)))
        entries, where = archive.history(), str(archive.folder)
    else:
        entries, where = _asked(gateway, admin_key, settings), gateway
    entries = entries[:limit]
    if form is Format.JSON:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(entries), indent=2).decode() + "\n")
    elif entries:
        sys.stdout.writelines(f"{line}\n" for line in history_lines(entries))
    else:
        print(f"no revision is recorded yet at {where}", file=sys.stderr)
    return SOMETHING_WRONG if any(each.problem for each in entries) else FINE


def _asked(url: str, admin_key: str | None, settings: Settings) -> list[Entry]:
    with at_address(url, admin_key, settings) as gateway:
        return list(gateway.history().revisions)
