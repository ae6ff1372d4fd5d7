"""A change plan as a file: JSON with the version of its form and a SHA-256, so that what is applied was reviewed.

Never a secret in it: the sources hold references only. Never half a plan: what is damaged is refused as a whole.
"""

import hashlib

import msgspec

from sixnines.config.sources import digest_of
from sixnines.control.change_plan import ChangePlan
from sixnines.errors import UnusablePlan

FORM = "sixnines plan"
FORM_VERSION = 1
# Eight MiB is the largest config; here it stands in base64, beside all that is different in it.
LARGEST = 64 * 1024**2
_AGAIN = "make it again: sixnines plan --out PLAN"

_encode = msgspec.json.Encoder().encode


class _Head(msgspec.Struct, frozen=True):
    """What tells a plan from any other JSON; the rest is read when it is known to be one."""

    form: str
    form_version: int


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file.

    Attributes:
        form, form_version: of this format.
        sha256: of the plan as msgspec encodes it, in hex.
        plan: the plan.
    """

    form: str
    form_version: int
    sha256: str
    plan: ChangePlan


def write_plan(plan: ChangePlan) -> bytes:
    """The file."""
    content = _encode(_File(FORM, FORM_VERSION, _digest(plan), plan))
    return msgspec.json.format(content, indent=1) + b"\n"


def read_plan(content: bytes, *, name: str, config: str | None = None) -> ChangePlan:
    """The plan in a file.

    Args:
        content: of the file.
        name: of the file, for messages.
        config: the config file that it is to be applied to, as an absolute path; None: any.

    Raises:
        UnusablePlan: it is no plan, damaged, of another version, or made for another config.
    """
    if len(content) > LARGEST:
        raise UnusablePlan(f"{name}: larger than {LARGEST // 1024**2} MiB: not a change plan")
    try:
        head = msgspec.json.decode(content, type=_Head)
    except msgspec.MsgspecError:
        raise UnusablePlan(f"{name}: not a change plan, or cut off; {_AGAIN}") from None
    if head.form != FORM:
        raise UnusablePlan(f"{name}: not a change plan; {_AGAIN}")
    if head.form_version != FORM_VERSION:
        raise UnusablePlan(
            f"{name}: version {head.form_version} of the form of plans, and this sixnines reads version "
            f"{FORM_VERSION}; {_AGAIN}"
        )
    try:
        file = msgspec.json.decode(content, type=_File)
    except msgspec.MsgspecError as problem:
        raise UnusablePlan(f"{name}: damaged ({problem}); {_AGAIN}") from None
    plan = file.plan
    if _digest(plan) != file.sha256:
        raise UnusablePlan(f"{name}: changed since it was made (its SHA-256 differs); {_AGAIN}")
    if not plan.sources or digest_of(plan.sources) != plan.digest:
        raise UnusablePlan(f"{name}: the config in it is not the one that it was made for; {_AGAIN}")
    if config is not None and plan.config != config:
        raise UnusablePlan(f"{name}: made for {plan.config}, not for {config}; make one for this config")
    return plan


def _digest(plan: ChangePlan) -> str:
    return hashlib.sha256(_encode(plan)).hexdigest()
