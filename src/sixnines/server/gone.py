"""What an application is told that answers somebody who has gone. Never reaches the edge: nobody is left to tell."""


class CallerGone(ConnectionError):  # noqa: N818 - it names what happened, as `errors` does
    """The caller closed the connection before the answer was complete."""
