"""What an endpoint is: a path, and how its body is read. One file an endpoint, one line in `registry.ENDPOINTS`."""

from collections.abc import Callable
from dataclasses import dataclass

from sixnines.dialects.call import Call
from sixnines.domain.operation import Dialect, Operation


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path that takes a model call.

    Attributes:
        path: exact, without a trailing slash.
        operation: what it asks of a model.
        dialect: the format of request, answer and errors.
        read: body to call; raises `MalformedRequest`.
    """

    path: str
    operation: Operation
    dialect: Dialect
    read: Callable[[bytes], Call]
