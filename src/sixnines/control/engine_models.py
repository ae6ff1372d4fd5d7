"""Whether the models that config names are among those that an engine lists. Pure."""

from collections.abc import Iterable

_DEFAULT_TAG = ":latest"  # Ollama adds it to a name without a tag


def missing(wanted: Iterable[str], listed: Iterable[str]) -> list[str]:
    """The names that are not listed, each once."""
    known = set(listed)
    known |= {each.removesuffix(_DEFAULT_TAG) for each in known}
    return [each for each in dict.fromkeys(wanted) if each not in known]
