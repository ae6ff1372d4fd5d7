"""No chain of fallbacks is longer than a request could follow, and no domain lies deeper than things do."""

from collections.abc import Iterator

from sixnines.config.chains import MOST_FOLLOWERS, flatten
from sixnines.config.checks.interface import MOST_DOMAINS, Check, Subject, enclosing_domains
from sixnines.config.diagnostics import Finding, error


def _run(subject: Subject) -> Iterator[Finding]:
    document = subject.document
    long = [name for name, chain in subject.chains.items() if len(chain) > MOST_FOLLOWERS]
    if long:
        others = f", and so do {len(long) - 1:,} others" if len(long) > 1 else ""
        message = f"leads to more than {MOST_FOLLOWERS} models{others}: a request tries 100 at most"
        yield error(("models", long[0], "fallbacks"), message, hint="end the chain earlier")
    enclosing = enclosing_domains(document)
    for name in document.domains:
        if len(flatten(name, enclosing, most=MOST_DOMAINS + 1)) > MOST_DOMAINS:
            yield error(("domains", name, "within"), f"lies within more than {MOST_DOMAINS} domains")
            return


CHECK = Check("lengths", _run)
