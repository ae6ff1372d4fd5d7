"""The columns that several cases have, and how their values are written. Pure."""

from report import Column


def number(value: float) -> str:
    """A rate or a count."""
    return f"{value:,.0f}"


def milliseconds(value: float) -> str:
    """A time, to a hundredth."""
    return f"{value:,.2f} ms"


def signed_milliseconds(value: float) -> str:
    """A difference of times."""
    return f"{value:+,.2f} ms"


def microseconds(value: float) -> str:
    """A short time."""
    return f"{value:,.0f} us" if value >= 10 else f"{value:.1f} us"


def times(value: float) -> str:
    """A quotient."""
    return f"{value:.2f}" if value >= 0.1 else f"{value:.4f}"


def seconds(value: float) -> str:
    """A long time."""
    return f"{value:.2f} s"


def percent(value: float) -> str:
    """A share."""
    return f"{value:.0%}"


SPREAD_TITLE = "spread"


def rate(unit: str, baseline: str) -> tuple[Column, ...]:
    """A rate, its spread, and what part of the baseline's it is."""
    return (
        Column(f"{unit}/s", "rate", number, is_rate=True),
        Column(SPREAD_TITLE, "rate", number, of="spread"),
        Column(f"of {baseline}", "rate", times, of="ratio", is_rate=True),
    )


LATENCY = (Column("p50", "p50_ms", milliseconds), Column("p99", "p99_ms", milliseconds))
ADDED = (
    Column("added to p50", "p50_ms", signed_milliseconds, of="added"),
    Column("added to p99", "p99_ms", signed_milliseconds, of="added"),
)
CPU = Column("CPU/request", "cpu_us", microseconds)
CPU_CHUNK = Column("CPU/chunk", "cpu_us", microseconds)
CORE = Column("core in use", "busy", percent)
