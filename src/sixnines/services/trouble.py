"""What can go wrong with services, as one exception whose message is for the person at the terminal."""


class ServiceError(Exception):
    """The message says what happened and what to do; it is all that is shown."""
