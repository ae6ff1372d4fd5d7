"""All cases, in the order in which they are measured and shown. The only page that lists them."""

from cases import dialects, fallback, fast_streams, many_models, paced_streams, start, switches, whole
from cases.interface import Case

CASES: tuple[Case, ...] = (
    *whole.CASES,
    *fast_streams.CASES,
    *paced_streams.CASES,
    *dialects.CASES,
    *fallback.CASES,
    *many_models.CASES,
    *switches.CASES,
    *start.CASES,
)
