"""The last requests of a gateway, kept while one looks again and again: only those that are new are asked for. Pure."""

from collections.abc import Sequence

from sixnines.client.seen import Request

MOST_REQUESTS = 1000
"""As many as a gateway remembers of those that were planned."""

NEW_REQUESTS = 100
"""As many as are asked for in one look, unless all of them were new."""

USUAL_WINDOW = "24h"
"""Of availability."""


def merged(new: Sequence[Request], known: Sequence[Request], most: int = MOST_REQUESTS) -> tuple[Request, ...]:
    """Both, each once, the new ones first: a gateway gives them in the order in which they ended."""
    seen = {each.id for each in new}
    return tuple([*new, *(each for each in known if each.id not in seen)][:most])


def meet(new: Sequence[Request], known: Sequence[Request]) -> bool:
    """Whether nothing is missing between them."""
    seen = {each.id for each in known}
    return len(new) < NEW_REQUESTS or any(each.id in seen for each in new)
