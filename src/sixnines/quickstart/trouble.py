"""What can go wrong with a quickstart, as one exception whose message is for the person at the terminal."""


class QuickstartError(Exception):
    """The message says what happened and what to do; it is all that is shown."""
