"""A verification as JSON, for programs. Pure."""

import msgspec

from sixnines.control.events import CheckResult, CheckStatus

_encode = msgspec.json.Encoder().encode


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One run.

    Attributes:
        config: the config file.
        digest: of the config.
        gateway: where it was asked.
        began_unix_s: when.
        seconds: how long it took.
        max_cost_micros: what it might have cost, in millionths of a dollar.
        results: of all checks.
    """

    config: str
    digest: str
    gateway: str
    began_unix_s: float
    seconds: float
    max_cost_micros: float
    results: list[CheckResult]

    def json(self) -> str:
        """The document; beside the fields, how many results there are of each status, and what they cost."""
        counts = {status.value: sum(each.status is status for each in self.results) for status in CheckStatus}
        spent = sum(each.cost_micros for each in self.results)
        fields = {name: getattr(self, name) for name in self.__struct_fields__}
        document = {**fields, "counts": counts, "spent_micros": spent}
        return msgspec.json.format(_encode(document), indent=2).decode() + "\n"
