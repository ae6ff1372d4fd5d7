"""The types of single values in the config: what they may hold, and the format of those that are text."""

from typing import Annotated

from msgspec import Meta

from sixnines.config.text_formats import TextFormat

_DAY_S = 86_400

Name = Annotated[str, Meta(extra={"format": TextFormat.NAME})]
UpstreamModel = Annotated[str, Meta(extra={"format": TextFormat.UPSTREAM_MODEL})]
SecretText = Annotated[str, Meta(extra={"format": TextFormat.SECRET})]
ListenText = Annotated[str, Meta(extra={"format": TextFormat.LISTEN})]
BaseUrlText = Annotated[str, Meta(extra={"format": TextFormat.BASE_URL})]
OriginText = Annotated[str, Meta(extra={"format": TextFormat.ORIGIN})]
RegexText = Annotated[str, Meta(extra={"format": TextFormat.REGEX})]
PathText = Annotated[str, Meta(extra={"format": TextFormat.PATH})]
WordText = Annotated[str, Meta(extra={"format": TextFormat.WORD})]
VariableText = Annotated[str, Meta(extra={"format": TextFormat.VARIABLE})]
# A day is longer than any of these is good for; what is beyond it is a unit mixed up.
Duration = Annotated[float, Meta(ge=0.001, le=_DAY_S, extra={"format": TextFormat.DURATION})]
Grace = Annotated[float, Meta(ge=0, le=_DAY_S, extra={"format": TextFormat.DURATION})]
BodySize = Annotated[int, Meta(ge=1024, le=1024**3, extra={"format": TextFormat.SIZE})]
FileSize = Annotated[int, Meta(ge=1024, le=100 * 1024**3, extra={"format": TextFormat.SIZE})]
ContentSize = Annotated[int, Meta(ge=16, le=1024**2, extra={"format": TextFormat.SIZE})]
Kept = Annotated[int, Meta(ge=0, le=1000)]
RevisionsKept = Annotated[int, Meta(ge=1, le=10_000)]
Days = Annotated[int, Meta(ge=1, le=36_500)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Tokens = Annotated[int, Meta(ge=1, le=1_000_000_000)]
# -1 is all of them; the largest models have some hundred.
GpuLayers = Annotated[int, Meta(ge=-1, le=10_000)]
Weight = Annotated[int, Meta(ge=0, le=1_000_000)]
Attempts = Annotated[int, Meta(ge=1, le=100)]
Ratio = Annotated[float, Meta(ge=0, le=1)]
Rate = Annotated[float, Meta(gt=0, le=1_000_000)]
QueueSize = Annotated[int, Meta(ge=0, le=1_000_000)]
HedgeAfter = Annotated[str, Meta(extra={"format": TextFormat.HEDGE_AFTER})]
Saturation = Annotated[float, Meta(gt=0, le=1)]
Target = Annotated[float, Meta(gt=0, le=1)]
# Less than half is a share that was taken for a percentage; beyond nine nines nothing could be measured.
Percent = Annotated[float, Meta(ge=50, le=99.9999999)]
# A thousand dollars for a million tokens is ten times the dearest that was ever sold.
Dollars = Annotated[float, Meta(ge=0, le=1000)]
# A cent is the least that is worth telling of; what is beyond a billion is no budget.
BudgetDollars = Annotated[float, Meta(ge=0.01, le=1_000_000_000)]
# Beside the others: a part that counts a thousand times as much as another makes that one count nothing.
Emphasis = Annotated[float, Meta(ge=0, le=1000)]
# Fewer outcomes say nothing; after more than the last, hardly anybody would notice a change.
HalfLife = Annotated[int, Meta(ge=10, le=100_000)]
TierSteps = Annotated[int, Meta(ge=0, le=3)]
