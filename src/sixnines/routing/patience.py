"""What `x-sixnines-priority: batch` means for the order of candidates. Pure.

Nobody waits for such an answer, so it need not cost anything. Never leaves anybody out.
"""

import math
from collections.abc import Collection, Sequence

from sixnines.domain.candidate import Facts
from sixnines.routing.candidate import Candidate


def staying_local(wanted: Sequence[Candidate], saturated: Collection[Candidate]) -> list[Candidate]:
    """The order of a batch request, which does not leave the host because of load.

    Where its first choice is local, all that are local come first, those with enough to do behind the others, and the
    last of them is waited for before somebody elsewhere is asked. Where it is not, the order is that of any request.

    Args:
        wanted: as strategies put them, load aside.
        saturated: those of them whose providers have enough to do.
    """
    busy = {each.deployment.id for each in saturated}
    stays = bool(wanted) and wanted[0].deployment.provider.local
    order = sorted(wanted, key=lambda each: (stays and not each.deployment.provider.local, each.deployment.id in busy))
    local = sum(each.deployment.provider.local for each in order) if stays else 0
    if 0 < local < len(order):
        order[local - 1] = _waited_for(order[local - 1])
    return order


def _waited_for(candidate: Candidate) -> Candidate:
    facts = Facts(candidate.facts.window, candidate.facts.ready_at, math.inf)
    return Candidate(candidate.deployment, candidate.model, facts)
