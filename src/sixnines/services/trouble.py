"""What can go wrong with services, as one exception whose message is for the person at the terminal."""

from sixnines.errors import SixNinesError


class ServiceError(SixNinesError):
    """The message says what happened and what to do; it is all that is shown."""
