"""The one page that lists the groups of checks, in the order in which they run. A new one is a file and a line here."""

from sixnines.control.verify.groups import (
    chains,
    embeddings,
    gateway,
    keys,
    latency,
    limits,
    metrics,
    models,
    names,
    providers,
    streaming,
    structured,
    tools,
)
from sixnines.control.verify.interface import Group

GROUPS: tuple[Group, ...] = (
    gateway.GROUP,
    keys.GROUP,
    providers.GROUP,
    models.GROUP,
    chains.GROUP,
    names.GROUP,
    streaming.GROUP,
    embeddings.GROUP,
    tools.GROUP,
    structured.GROUP,
    limits.GROUP,
    latency.GROUP,
    metrics.GROUP,
)
