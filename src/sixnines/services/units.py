"""A service as a systemd user unit: name and text. Pure. Sources: systemd.service(5), systemd.exec(5), systemd.unit(5).

Never holds a secret: what needs one is started by `launch.py`, which is told the reference. Each unit ends with a
digest of itself, so that it can be told whether somebody has changed it.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

from sixnines.domain.restart import Restart
from sixnines.services.plan import GATEWAY, ServicePlan
from sixnines.services.trouble import ServiceError
from sixnines.services.unit_words import LONGEST_NAME, command_line, quoted_word, unit_part

STEPS_SINCE = 254
"""The version of systemd that knows RestartSteps= and RestartMaxDelaySec=."""

WATCHDOG_S = 30
"""A gateway whose event loop has not turned for so long is restarted."""

_MARK = "# sixnines-digest: "
_DIGEST = re.compile(rf"^{_MARK}([0-9a-f]{{64}})\n\Z", re.MULTILINE)
_ORIGIN = re.compile(r"# Written by `sixnines service install (\S+)` from (.*)\.\n")
_RESTARTS = {Restart.ON_FAILURE: "on-failure", Restart.ALWAYS: "always", Restart.NEVER: "no"}
# Caches of the engines and of what they are made with, below the home folder.
CACHES = {
    "llamacpp": (".cache", ".nv"),
    "llamacpp-python": (".cache", ".nv"),
    "vllm": (".cache", ".config/vllm", ".nv", ".triton"),
    "ollama": (".ollama", ".nv"),
}


@dataclass(frozen=True, slots=True)
class UnitSettings:
    """What the machine is like.

    Attributes:
        systemd: its version.
        namespaces: this user may make namespaces, without which most of the sandbox is not to be had.
        config: the config file; absolute.
        environment_file: where the variables are that hold the gateway's secrets.
        python: the interpreter that runs sixnines.
        home: the user's home folder.
    """

    systemd: int
    namespaces: bool
    config: PurePath
    environment_file: PurePath
    python: str
    home: PurePath


def unit_name(name: str) -> str:
    """The name of the unit of `gateway`, or of a provider.

    Raises:
        ServiceError: it would be too long.
    """
    if name == GATEWAY:
        return "sixnines-gateway.service"
    unit = f"sixnines-provider-{unit_part(name)}.service"
    if len(unit) > LONGEST_NAME:
        raise ServiceError(f"the provider's name is too long for systemd: {name}; rename the provider")
    return unit


def unit_text(plan: ServicePlan, settings: UnitSettings) -> str:
    """The whole unit, with its digest."""
    lines = [*_head(plan, settings), *_unit(plan), *_service(plan, settings), *_sandbox(plan, settings), *_install()]
    text = "\n".join(lines) + "\n"
    return f"{text}{_MARK}{_digest(text)}\n"


def is_ours(text: str) -> bool:
    """`sixnines service install` has written it, whatever became of it since."""
    return _MARK in text


def origin_of(text: str) -> tuple[str, str] | None:
    """The service and the config file that a unit of ours was written for."""
    found = _ORIGIN.match(text)
    return None if found is None else (found.group(1), found.group(2).encode().decode("unicode_escape"))


def is_untouched(text: str) -> bool:
    """It is as `sixnines service install` has written it."""
    found = _DIGEST.search(text)
    return found is not None and _digest(text[: found.start()]) == found.group(1)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _head(plan: ServicePlan, settings: UnitSettings) -> Iterator[str]:
    config = str(settings.config).encode("unicode_escape").decode()
    yield f"# Written by `sixnines service install {plan.name}` from {config}."
    yield "# What is changed here by hand is kept until `install --force`; better: `systemctl --user edit` beside it."
    yield ""


def _unit(plan: ServicePlan) -> Iterator[str]:
    what = "the gateway" if plan.is_gateway else f"provider {plan.name} ({plan.kind})"
    yield "[Unit]"
    yield f"Description=sixnines: {what} on {plan.address}".replace("%", "%%")
    # It is tried again for ever: callers wait for it, and the pauses grow.
    yield "StartLimitIntervalSec=0"
    yield ""


def _service(plan: ServicePlan, settings: UnitSettings) -> Iterator[str]:
    yield "[Service]"
    if plan.is_gateway:
        yield "Type=notify"
        yield "NotifyAccess=main"
        yield f"WatchdogSec={WATCHDOG_S}s"
        yield f"TimeoutStartSec={plan.ready_within_s:g}s"
        yield f"EnvironmentFile=-{_path(settings.environment_file)}"
    else:
        yield "Type=exec"
    yield f"WorkingDirectory={_path(PurePath(plan.directory))}"
    for name, value in plan.environment.items():
        yield f"Environment={quoted_word(f'{name}={value}')}"
    if hidden := _hidden(plan):
        yield f"UnsetEnvironment={' '.join(hidden)}"
    yield f"ExecStart={command_line(_words(plan, settings))}"
    if plan.is_gateway:
        yield "ExecReload=/bin/kill -HUP $MAINPID"
    # What a main process leaves behind is killed; it is asked first.
    yield "KillMode=mixed"
    yield f"TimeoutStopSec={plan.stop_within_s:g}s"
    yield f"Restart={_RESTARTS[plan.restart]}"
    if settings.systemd >= STEPS_SINCE:
        yield "RestartSec=1s"
        yield "RestartSteps=6"
        yield "RestartMaxDelaySec=60s"
    else:
        yield "RestartSec=5s"
    yield ""


def _hidden(plan: ServicePlan) -> list[str]:
    """Secrets of others. What `launch.py` has to read is taken away by itself."""
    read = {reference.removeprefix("env:") for reference in plan.secrets.values()}
    return [name for name in plan.hidden if name not in read]


def _words(plan: ServicePlan, settings: UnitSettings) -> tuple[str, ...]:
    if not plan.secrets:
        return plan.command
    sets = tuple(word for name, reference in plan.secrets.items() for word in ("--set", f"{name}={reference}"))
    file = ("--environment-file", str(settings.environment_file))
    return (settings.python, "-P", "-m", "sixnines.services.launch", *sets, *file, "--", *plan.command)


def _sandbox(plan: ServicePlan, settings: UnitSettings) -> Iterator[str]:
    """What the service may not do. Engines keep what GPUs and compilers at run time need."""
    yield "NoNewPrivileges=yes"
    yield "UMask=0077"
    yield "LimitCORE=0"  # keys and prompts are in its memory
    yield "LockPersonality=yes"
    yield "RestrictRealtime=yes"
    yield "RestrictSUIDSGID=yes"
    yield "RestrictNamespaces=yes"
    yield "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6" + ("" if plan.is_gateway else " AF_NETLINK")
    yield "SystemCallArchitectures=native"
    if plan.is_gateway:
        yield "MemoryDenyWriteExecute=yes"
        yield "SystemCallFilter=@system-service"
        yield "SystemCallFilter=~@resources @privileged"
    else:
        # Not what may be: drivers use odd ones, and threads and memory are bound to cores.
        yield "SystemCallFilter=~@clock @cpu-emulation @module @mount @obsolete @raw-io @reboot @swap"
    yield "SystemCallErrorNumber=EPERM"
    if not settings.namespaces:
        yield "# No namespaces on this machine, so no file system of its own: see the guide."
        yield ""
        return
    yield "PrivateUsers=yes"
    yield "PrivateTmp=yes"
    yield "ProtectSystem=strict"
    yield "ProtectHome=read-only"
    yield "ProtectHostname=yes"
    yield "ProtectKernelLogs=yes"
    yield "ProtectKernelModules=yes"
    yield "ProtectKernelTunables=yes"
    yield "CapabilityBoundingSet="
    if plan.is_gateway:
        yield "PrivateDevices=yes"
        yield "ProtectClock=yes"
        yield "ReadWritePaths=-%t"
    for path in _writable(plan, settings):
        yield f"ReadWritePaths=-{_path(path)}"
    yield ""


def _writable(plan: ServicePlan, settings: UnitSettings) -> Iterator[PurePath]:
    for cache in CACHES.get(plan.kind, ()):
        yield settings.home / cache
    yield from map(PurePath, plan.writable)


def _path(path: PurePath) -> str:
    return quoted_word(str(path))


def _install() -> Iterator[str]:
    yield "[Install]"
    yield "WantedBy=default.target"
    yield ""
