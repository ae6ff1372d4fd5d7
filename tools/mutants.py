"""Plants bugs in the cores, one at a time, and asserts that the laws and unit tests notice each: `make mutants`.

A test that cannot fail proves nothing. Works on a copy of the package, never on the checkout.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src"
MACHINE = ("tests/laws/test_machine_laws.py", "tests/unit/engine/test_machine.py")
HEALTH = ("tests/laws/test_health_laws.py", "tests/unit/health")
PLANNER = ("tests/unit/routing", "tests/laws/test_strategy_laws.py", "tests/laws/test_chances_laws.py")
EXPLAIN = ("tests/unit/server/test_explanation.py", "tests/unit/server/test_inquiry.py", "tests/unit/health")
REPLAY = ("tests/unit/engine/test_replay.py", "tests/laws/test_replay_laws.py")
LOG = ("tests/unit/telemetry",)
LEARNING = ("tests/unit/routing", "tests/laws/test_adaptive_laws.py")
KEEPER = ("tests/unit/engine/test_keeper.py",)
FEATURES = (
    "tests/unit/routing/reading",
    "tests/unit/routing/test_features.py",
    "tests/unit/routing/test_complexity.py",
    "tests/laws/test_features_laws.py",
    "tests/laws/test_complexity_laws.py",
)
TARGETS = ("tests/laws/test_target_laws.py", "tests/unit/routing")
LOAD = ("tests/unit/health", "tests/unit/providers/test_loads.py", "tests/integration/gateway/test_polling.py")
PLACES = ("tests/unit/health/test_shared_places.py", "tests/laws/test_shared_places_laws.py")
WORKERS = ("tests/unit/workers",)
RELAY = ("tests/unit/dialects/test_openai_relay.py",)
CONTINUING = ("tests/laws/dialects/test_continuation_laws.py",)
BY_HAND = ("tests/unit/server/test_by_hand.py",)
ON_PURPOSE = ("tests/unit/health/test_faults.py", "tests/unit/transport/test_broken.py")
WEB = ("tests/unit/web",)
WATCHING = ("tests/unit/client", "tests/unit/tui", "tests/unit/cli/test_status_text.py")
FIGURES = ("tests/unit/telemetry", "tests/laws/test_figures_laws.py")
OUTCOMES = ("tests/unit/reliability/test_outcomes.py", "tests/unit/reliability/test_tally.py")
NINES = ("tests/unit/reliability/test_nines.py", "tests/laws/test_availability_laws.py")
SPELLS = (
    "tests/unit/reliability/test_episodes.py",
    "tests/unit/reliability/test_uptime.py",
    "tests/laws/test_availability_laws.py",
)
LEDGER = ("tests/unit/ledger/test_sqlite.py", "tests/unit/reliability/test_report.py")
PENDING = ("tests/unit/ledger/test_pending.py",)
PAGES = ("tests/unit/engine/test_page.py",)
BOOKS = ("tests/unit/reliability/test_bookkeeper.py",)
MONEY = ("tests/unit/accounting", "tests/unit/ledger/test_spend_tables.py", "tests/unit/client/test_money.py")
LIMIT_S = 300


@dataclass(frozen=True)
class Mutant:
    """One planted bug.

    Attributes:
        what: what is broken, in a few words.
        path: the file, below `src/sixnines`.
        old: the code as it is; stands there exactly once.
        new: the code with the bug.
        tests: which must fail.
    """

    what: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]


MUTANTS = (
    # Features and complexity.
    Mutant(
        "a part without text is decoded as one", "routing/reading/whole.py",
        "each.text for each in parts if bytes(each.text).startswith(_QUOTE)), images",
        "each.text for each in parts), images", FEATURES,
    ),
    Mutant(
        "the last message asks, whoever said it", "routing/reading/whole.py",
        "            asked = index\n", "            asked = len(chat.messages) - 1\n", FEATURES,
    ),
    Mutant(
        "a body that the stack has no room for is an error", "routing/features.py",
        "UnicodeDecodeError, RecursionError)", "UnicodeDecodeError)", FEATURES,
    ),
    Mutant(
        "long bodies are read as a whole", "routing/features.py",
        "if len(body) > WHOLE:", "if len(body) > 1000 * WHOLE:", FEATURES,
    ),
    Mutant(
        "the tail begins in the middle of an escape", "routing/reading/ends.py",
        "    if cut is not None:\n", "    if cut is None and begin < 0:\n", FEATURES,
    ),
    Mutant(
        "half a character is left of a cut", "routing/reading/ends.py",
        "        clean = clean[_ESCAPE:]\n", "        clean = clean[:]\n", FEATURES,
    ),
    Mutant(
        "the head is counted again in the tail", "routing/reading/ends.py",
        "max(len(body) - _TAIL, _HEAD)", "max(len(body) - _TAIL, 0)", FEATURES,
    ),
    Mutant(
        "a message without text is taken for a cut one", "routing/reading/ends.py",
        "if said is _UNSEEN and at == 0 else said.text", "if not said.text else said.text", FEATURES,
    ),
    Mutant(
        "the next message's content is taken for this one's", "routing/reading/ends.py",
        'or b"}" in data[roles[at].end() : key.start()]', 'or b"\\0" in data[roles[at].end() : key.start()]', FEATURES,
    ),
    Mutant(
        "what was said last hides what is asked", "routing/reading/ends.py",
        "said = _said(tail, at)\n", "said = _said(tail, last)\n", FEATURES,
    ),
    Mutant(
        "the end of a long message is not seen", "routing/reading/ends.py",
        "said.text + _rest(tail.data) if said.is_cut and not tail.roles else said.text", "said.text", FEATURES,
    ),
    Mutant(
        "a picture's data is text where only samples are looked at", "routing/reading/ends.py",
        "0.0 if pictured and", "0.0 if not pictured and", FEATURES,
    ),
    Mutant(
        "material is taken for what is asked", "routing/reading/asking.py",
        'introduced = first.endswith(b":")', 'introduced = first.endswith(b"!")', FEATURES,
    ),
    Mutant(
        "a late word opens the request", "routing/reading/asking.py",
        "_OPENING_WORDS = 6", "_OPENING_WORDS = 60", FEATURES,
    ),
    Mutant(
        "stems of all languages are looked for", "routing/reading/asking.py",
        "stems = known.stems.get(language)",
        "stems = [each for some in known.stems.values() for each in some]", FEATURES,
    ),
    Mutant(
        "one word makes a language", "routing/reading/spoken.py",
        "min(_ENOUGH - 1, len(words) // _WORDS_FOR_EACH)", "0", FEATURES,
    ),
    Mutant(
        "Chinese is Japanese", "routing/reading/spoken.py",
        "kana > han * _KANA_FOR_HAN", "kana >= han * 0", FEATURES,
    ),
    Mutant(
        "what is fenced is no code", "routing/reading/machine_text.py",
        "pieces[1::2]", "pieces[2::2]", FEATURES,
    ),
    Mutant(
        "digits of escapes are counted twice", "routing/reading/tokens.py",
        "0 if escapes else size", "size", FEATURES,
    ),
    Mutant(
        "routine makes a request difficult", "routing/complexity.py",
        '"routine": -weights.routine', '"routine": weights.routine', FEATURES,
    ),
    Mutant(
        "the first turn counts as one before", "routing/complexity.py",
        "features.turns - 1", "features.turns", FEATURES,
    ),
    Mutant(
        "a class begins behind its threshold", "routing/complexity.py",
        "if value >= weights.complex_from:", "if value > weights.complex_from:", FEATURES,
    ),
    Mutant(
        "a value may be below nothing", "routing/complexity.py",
        "max(0.0, sum(points(features, weights).values()))", "sum(points(features, weights).values())", FEATURES,
    ),
    Mutant(
        "length has no end", "routing/complexity.py",
        "min(1.0, math.log2(1 + tokens / unit) / doublings)", "math.log2(1 + tokens / unit) / doublings", FEATURES,
    ),
    Mutant(
        "many signs are less than some", "routing/complexity.py",
        "1 - 3.0**-count if count > 0 else 0.0", "1 - 3.0**-count if 0 < count < 9 else 0.0", FEATURES,
    ),
    # The attempt machine.
    Mutant(
        "the caller's own fault is taken to the next candidate", "engine/machine.py",
        "if remedy is Remedy.NONE:", "if remedy is Remedy.NONE and self._next >= len(self._candidates):", MACHINE,
    ),
    Mutant(
        "a context failure may go to a window of the same size", "engine/machine.py",
        "window > self._window_floor", "window >= self._window_floor", MACHINE,
    ),
    Mutant(
        "one attempt more than allowed", "engine/machine.py",
        "if self._tries < self._limits.attempts and now < self._deadline_at:",
        "if self._tries <= self._limits.attempts and now < self._deadline_at:", MACHINE,
    ),
    Mutant(
        "a try after the deadline", "engine/machine.py",
        "if self._tries < self._limits.attempts and now < self._deadline_at:",
        "if self._tries < self._limits.attempts:", MACHINE,
    ),
    Mutant(
        "the loser of a hedge runs on", "engine/machine.py",
        "return (*(Cancel(each) for each in self._flying if each != candidate), Deliver(candidate))",
        "return (Deliver(candidate),)", MACHINE,
    ),
    Mutant(
        "a third call while two are under way", "engine/machine.py",
        "return () if self._flying else self._advance(now)", "return self._advance(now)", MACHINE,
    ),
    Mutant(
        "a hedge again and again", "engine/machine.py",
        "        self._hedge_after_s = None\n        self._flying", "        self._flying", MACHINE,
    ),
    Mutant(
        "a refused credential is asked again", "engine/machine.py",
        "if again is Again.NEVER or failure.elsewhere:", "if failure.elsewhere:", MACHINE,
    ),
    Mutant(
        "what a provider cannot express is asked of it again", "engine/machine.py",
        "if again is Again.NEVER or failure.elsewhere:", "if again is Again.NEVER:", MACHINE,
    ),
    Mutant(
        "Retry-After is not waited for", "engine/machine.py",
        "rest_s = failure.rest_s or 0.0", "rest_s = failure.rule.rest_s or 0.0", MACHINE,
    ),
    Mutant(
        "no jitter", "engine/machine.py",
        "now + longest_s * self._jitter()", "now + longest_s", MACHINE,
    ),
    Mutant(
        "loading costs attempts", "engine/machine.py",
        "        if failure.kind is FailureKind.LOADING:\n            self._tries -= 1\n",
        "        if failure.kind is FailureKind.LOADING:\n", MACHINE,
    ),
    Mutant(
        "a full provider costs an attempt", "engine/machine.py",
        "        self._tries -= 1\n        self._full = (*self._full, candidate)",
        "        self._full = (*self._full, candidate)", MACHINE,
    ),
    Mutant(
        "a request fails without having asked anybody", "engine/machine.py",
        "elif ready_at <= now or (untried and not self._failures):", "elif ready_at <= now:", MACHINE,
    ),
    Mutant(
        "one that rests is asked before its time", "engine/machine.py",
        "if ready_at <= now:\n                return candidate", "if ready_at >= 0:\n                return candidate",
        MACHINE,
    ),
    Mutant(
        "a repetition does not say that it is one", "engine/machine.py",
        "again=candidate in self._calls and candidate not in self._loading", "again=False", MACHINE,
    ),
    # The breaker.
    Mutant(
        "a half-open breaker lets everybody through", "health/breaker.py",
        "self._probing_until = now + self._settings.open_s", "self._probing_until = now", HEALTH,
    ),
    Mutant(
        "a rest without a cap", "health/breaker.py",
        "min(settings.max_open_s, settings.open_s * 2 ** min(self._openings, 30))",
        "settings.open_s * 2 ** min(self._openings, 30)", HEALTH,
    ),
    Mutant(
        "a rest that does not grow", "health/breaker.py",
        "        self._openings += 1\n", "", HEALTH,
    ),
    Mutant(
        "the shorter of two rests", "health/breaker.py",
        "self.open_until = max(now + rest_s, not_before)", "self.open_until = now + rest_s", HEALTH,
    ),
    Mutant(
        "a healthy path ends the rest of an engine that hung", "health/breaker.py",
        "if self.state is _OPEN and self._unreached:", "if self.state is _OPEN:", HEALTH,
    ),
    # Budgets, places, the board.
    Mutant(
        "repetitions are free", "health/budget.py",
        "            self._saved -= 1.0\n", "", HEALTH,
    ),
    Mutant(
        "one hedge more than allowed", "health/budget.py",
        "if self._hedges + 1 > max_ratio * self._requests:", "if self._hedges > max_ratio * self._requests:", HEALTH,
    ),
    Mutant(
        "a newcomer takes the place of those who wait", "health/places.py",
        "        if self._queue:\n            self._hand_out()\n", "", HEALTH,
    ),
    Mutant(
        "who waits in two queues gets two places", "health/places.py",
        "            if not waiter.done:\n                self.in_flight += 1",
        "            if True:\n                self.in_flight += 1", HEALTH,
    ),
    Mutant(
        "priority is ignored", "health/places.py",
        "(waiter.priority, self._number(), index, waiter)", "(0, self._number(), index, waiter)", HEALTH,
    ),
    Mutant(
        "a used-up balance rests one deployment only", "health/deployment.py",
        "if failure.kind in _OF_THE_PROVIDER:", "if failure.kind is FailureKind.CREDENTIAL:", HEALTH,
    ),
    # Breakers by hand, and what watches a gateway.
    Mutant(
        "an answer closes a breaker that an operator has opened", "health/breaker.py",
        "if self.by_hand:  # by one that was", "if False:  # by one that was", HEALTH,
    ),
    Mutant(
        "an answer calms a deployment whose breaker an operator has opened", "health/deployment.py",
        "self.calm = self.breaker.quiet  # one that", "self.calm = True  # one that", HEALTH,
    ),
    Mutant(
        "an automatic opening counts as an operator's", "health/breaker.py",
        "            self.state = BreakerState.HALF_OPEN\n            self._by_hand = False\n",
        "            self.state = BreakerState.HALF_OPEN\n", HEALTH,
    ),
    Mutant(
        "what is optional is a fault", "client/verdict.py",
        "if _is_fault(each) and not each.optional", "if _is_fault(each)", WATCHING,
    ),
    Mutant(
        "what an operator has opened is a fault", "client/verdict.py",
        "[each for each in provider.deployments if not each.opened_by_hand]", "provider.deployments", WATCHING,
    ),
    Mutant(
        "a model that nobody is left for is no fault", "client/verdict.py",
        'if each.state == "nobody"', "if False", WATCHING,
    ),
    Mutant(
        "a hedge counts as a fallback", "client/tally.py",
        ' and after.role == "fallback"', "", WATCHING,
    ),
    Mutant(
        "requests of another gateway are kept", "client/lookout.py",
        "self._instance, self._requests = instance, ()", "self._instance = instance", WATCHING,
    ),
    Mutant(
        "a look begins before the last is over", "tui/app.py",
        "if not self._looking and not self._paused:", "if not self._paused:", WATCHING,
    ),
    Mutant(
        "enter is yes", "tui/screens.py",
        '"n,escape,q,enter", "answer(False)"', '"n,escape,q,enter", "answer(True)"', WATCHING,
    ),
    # Workers.
    Mutant(
        "a newcomer takes the place that somebody in another worker waits for", "health/shared_places.py",
        "return self.limit is not None and sum(row.taken) + sum(row.waiting) >= self.limit",
        "return self.limit is not None and sum(row.taken) >= self.limit", PLACES,
    ),
    Mutant(
        "each worker goes by its own places", "health/shared_places.py",
        "return self.limit is None or sum(self._row.taken) < self.limit",
        "return self.limit is None or self.in_flight < self.limit", PLACES,
    ),
    Mutant(
        "a place is taken and not told", "health/shared_places.py",
        "self.in_flight = self._row.taken[self._row.own] = number", "self.in_flight = number", PLACES,
    ),
    Mutant(
        "who leaves a place free wakes nobody", "health/shared_places.py",
        "                self._wake(min(elsewhere)[1])\n", "", PLACES,
    ),
    Mutant(
        "a worker serves its own first", "health/shared_places.py",
        "if elsewhere and (not here or min(elsewhere)[0] < here):", "if elsewhere and not here:", PLACES,
    ),
    Mutant(
        "who has left is still counted as waiting", "health/shared_places.py",
        "        super().left()\n        self._tell()\n", "        super().left()\n", PLACES,
    ),
    Mutant(
        "each worker has a queue of the whole size", "health/shared_places.py",
        "if self.crowd >= self._size or not super()", "if not super()", PLACES,
    ),
    Mutant(
        "what a worker that hangs leaves lying is never taken", "health/shared_places.py",
        "if self._passed_over and self._free", "if False and self._free", PLACES,
    ),
    Mutant(
        "what another worker was just woken for is taken", "health/shared_places.py",
        "if self._passed_over and self._free", "if self._free", PLACES,
    ),
    Mutant(
        "a place that came free while somebody was queueing is not seen", "health/shared_places.py",
        "        self._wake(self._row.own)\n        return True", "        return True", PLACES,
    ),
    Mutant(
        "the cells of a dead worker's neighbour are cleared", "workers/memory.py",
        "for at in range(worker, len", "for at in range(worker + 1, len", WORKERS,
    ),
    Mutant(
        "figures are written over the last ones", "workers/memory.py",
        "at = self._writings % 2 * self.HALF", "at = 0", WORKERS,
    ),
    Mutant(
        "a successor writes over what its predecessor left last", "workers/memory.py",
        "        self._writings = latest[0]\n", "", WORKERS,
    ),
    Mutant(
        "a worker that dies again and again is started without a pause", "workers/respawn.py",
        "        if self._young:", "        if False:", WORKERS,
    ),
    Mutant(
        "an order that comes late undoes the next one", "server/by_hand.py",
        "known.at_s < order.at_s", "known.at_s != order.at_s", BY_HAND,
    ),
    Mutant(
        "a new worker does what has been taken back", "server/by_hand.py",
        "order.at_s + LONGEST_S > now}", "(order.until_s or 0.0) > now}", BY_HAND,
    ),
    Mutant(
        "a worker that is told leaves nothing for those that come", "server/by_hand.py",
        "        self._leave()  # first", "        pass  # first", BY_HAND,
    ),
    Mutant(
        "the end of one fault ends the next", "health/faults.py",
        "        end.cancel()\n", "", ON_PURPOSE,
    ),
    Mutant(
        "a provider stays broken by a config that does not allow it", "health/faults.py",
        "if not snapshot.server.fault_injection or provider", "if provider", ON_PURPOSE,
    ),
    Mutant(
        "an answer that shall be cut comes to its end", "transport/broken.py",
        "if not self._held or len(data) >= room:", "if len(data) >= room:", ON_PURPOSE,
    ),
    Mutant(
        "who hangs is waited for without an end", "transport/broken.py",
        "            if until >= patience.head_at:\n", "            if until > patience.head_at:\n", ON_PURPOSE,
    ),
    Mutant(
        "a change that was broken off has no end on the page", "web/change_story.py",
        "    if not ended:", "    if False:", WEB,
    ),
    Mutant(
        "a config is taken up before all can", "workers/vote.py",
        "return self.refusal is None and not self._owing", "return self.refusal is None", WORKERS,
    ),
    Mutant(
        "an answer about an earlier reload counts", "workers/vote.py",
        "        if reload == self.reload:\n            self._owing.discard(worker)",
        "        self._owing.discard(worker)", WORKERS,
    ),
    Mutant(
        "a worker that was started meanwhile is not asked", "workers/reloading.py",
        "            self._vote.joined(slot.number)\n", "", WORKERS,
    ),
    Mutant(
        "the sockets of one that is leaving are left to it", "workers/slot.py",
        "return self.process is not None and self.ready and not self.leaving",
        "return self.process is not None and self.ready", WORKERS,
    ),
    Mutant(
        "an address that others share is shared with them", "workers/listening.py",
        "    first.bind(address)\n    first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)\n",
        "    first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)\n    first.bind(address)\n", WORKERS,
    ),
    Mutant(
        "a bucket is not added up", "telemetry/counting.py",
        "own.counts = [one + other for one, other in zip(own.counts, counts, strict=True)]",
        "own.counts = list(counts)", FIGURES,
    ),
    Mutant(
        "states of workers are added up", "telemetry/counting.py",
        "max(before, value) if info.greatest else before + value", "before + value", FIGURES,
    ),
    Mutant(
        "exemplars stay where they were made", "telemetry/counting.py",
        "self._histogram(info, labels).exemplars = list(exemplars)", "self._histogram(info, labels)", FIGURES,
    ),
    Mutant(
        "gauges of the dead live on", "telemetry/counting.py",
        "            if info.type not in types:\n                continue\n", "", FIGURES,
    ),
    # The planner.
    Mutant(
        "resting candidates are dropped", "routing/planner.py",
        "            chosen += sieve.last_resort(resting)\n", "            pass\n", PLANNER,
    ),
    Mutant(
        "the worst is asked first", "routing/sieve.py",
        "health.badness(each.deployment, now))", "health.badness(each.deployment, now), reverse=True)", PLANNER,
    ),
    Mutant(
        "a request that must stay here goes to a cloud", "routing/sieve.py",
        "if self._local_only and not provider.local:", "if self._local_only and provider.local:", PLANNER,
    ),
    Mutant(
        "a pinned request has fallbacks", "routing/planner.py",
        "chosen[:1] if ask.wishes.pin else chosen", "chosen", PLANNER,
    ),
    Mutant(
        "a saturated provider is asked first", "routing/planner.py",
        "else chosen + busy\n", "else busy + chosen\n", PLANNER,
    ),
    Mutant(
        "undeclared capabilities count as declared", "routing/sieve.py",
        "rules.capabilities - (declared or _NONE)", "rules.capabilities - (declared or rules.capabilities)", PLANNER,
    ),
    Mutant(
        "tiers are counted one step too far", "routing/sieve.py",
        "tier.step <= self._lowest", "tier.step <= self._lowest + 1", PLANNER,
    ),
    Mutant(
        "a usual plan is kept for requests with wishes", "routing/planner.py",
        "            ask.wishes is NO_WISHES\n            and cannot", "            cannot", PLANNER,
    ),
    Mutant(
        "a route orders models with nobody to ask", "routing/planner.py",
        "[index for index in everyone if sifted[index].fit]\n", "list(everyone)\n", PLANNER,
    ),
    Mutant(
        "a rehearsal uses up turns", "routing/deciding.py",
        "copy.deepcopy({key: made for key, made in self._made.items() if key[0] == owner})",
        "{key: made for key, made in self._made.items() if key[0] == owner}", PLANNER,
    ),
    # Traffic targets.
    Mutant(
        "weights are not corrected", "routing/targets.py",
        "target + behind / _MADE_UP_WITHIN", "target", TARGETS,
    ),
    Mutant(
        "a correction has no bounds", "routing/targets.py",
        "min(target * _MOST, max(target / _MOST,", "min(1.0, max(0.0,", TARGETS,
    ),
    Mutant(
        "who led counts as who served", "routing/targets.py",
        "            self._count(turn.aims, server, weight)\n", "            pass\n", TARGETS,
    ),
    Mutant(
        "an outage is made up for", "routing/targets.py",
        "in self._names.items() if name not in out}", "in self._names.items()}", TARGETS,
    ),
    Mutant(
        "what was served in place of others who were out is taken back", "routing/targets.py",
        "if out and self._others not in eligible:", "if out and not eligible:", TARGETS,
    ),
    Mutant(
        "nothing is kept for the others", "routing/targets.py",
        "max(self._left / _MOST, 1.0 - taken) if self._left else 0.0", "max(0.0, 1.0 - taken - self._left)", TARGETS,
    ),
    Mutant(
        "old requests count like new ones", "routing/measured.py",
        "served[name] *= KEPT", "served[name] *= 1", TARGETS,
    ),
    Mutant(
        "a late word counts like an early one", "routing/measured.py",
        "return KEPT ** (self.at - at)", "return 1.0", (*TARGETS, "tests/unit/routing/test_measured.py"),
    ),
    Mutant(
        "turns share one memory", "routing/planner.py",
        'f"turn of {turn.part}"', '"turn"', TARGETS,
    ),
    Mutant(
        "whoever the strategy likes has the turn", "routing/planner.py",
        "[index for index in heads if turn.admits(each.provider(index))]", "heads", TARGETS,
    ),
    Mutant(
        "a spare takes turns", "routing/standing.py",
        "targeted(name) or (weight and index not in spares)", "True", TARGETS,
    ),
    Mutant(
        "one that would have to load takes turns", "routing/standing.py",
        "if not cold(group.candidates[index][1])] or leads", "] or leads", TARGETS,
    ),
    Mutant(
        "batch requests overflow to elsewhere", "routing/patience.py",
        "(stays and not each.deployment.provider.local,", "(False,", PLANNER,
    ),
    Mutant(
        "batch requests do not wait for a local place", "routing/patience.py",
        "if 0 < local < len(order):", "if local < 0:", PLANNER,
    ),
    Mutant(
        "batch requests go to local providers that nobody wanted", "routing/patience.py",
        "bool(wanted) and wanted[0].deployment.provider.local", "True", PLANNER,
    ),
    # How busy engines are.
    Mutant(
        "our own requests count twice", "health/gauge.py",
        "load.running + load.waiting - ours", "load.running + load.waiting", LOAD,
    ),
    Mutant(
        "an old word of an engine counts for ever", "health/gauge.py",
        "self.load is None or age_s > self._fresh_s", "self.load is None", LOAD,
    ),
    Mutant(
        "what waits inside an engine is forgotten", "providers/loads.py",
        "EngineLoad(running, waiting, max(1, running) if waiting else None)", "EngineLoad(running, 0, None)", LOAD,
    ),
    Mutant(
        "engines that nobody uses are asked", "health/poller.py",
        "(now - provider.used_at > IN_USE_FOR_S and not provider.places.in_flight)", "now < 0", LOAD,
    ),
    Mutant(
        "an engine is asked again before it has answered", "health/poller.py",
        "spec.name in self._asking or", "", LOAD,
    ),
    # The strategies.
    Mutant(
        "those who are passed over are owed the turn", "routing/turns.py",
        "equals = self.order(equals, weights, leads=leads)",
        "equals = [i for i in self.order(eligible, weights, leads=leads) if i in equals]", PLANNER,
    ),
    Mutant(
        "the slower of two is asked", "routing/strategies/least_latency.py",
        "leader = min(one,", "leader = max(one,", PLANNER,
    ),
    Mutant(
        "the input price is forgotten", "domain/price.py",
        "(self.input_micros * prompt_tokens + ", "(", PLANNER,
    ),
    Mutant(
        "conversations ignore weights", "routing/affinity.py",
        "(_MASK + 2)) / weight", "(_MASK + 2))", PLANNER,
    ),
    Mutant(
        "a full place keeps its conversations", "routing/strategies/sticky.py",
        "if in_flight(index) < max(", "if in_flight(index) > -max(", PLANNER,
    ),
    Mutant(
        "the largest window is taken", "routing/strategies/context.py",
        "(0, window) if window >= needed", "(0, -window) if window >= needed", PLANNER,
    ),
    Mutant(
        "better tiers come after worse ones", "routing/steps.py",
        "(0, wanted - step) if step <= wanted else (1,", "(0, wanted - step) if step == wanted else (1,", PLANNER,
    ),
    Mutant(
        "a slow answer is forgotten at once", "health/latency.py",
        "seconds + (value - seconds) * math.exp(", "seconds + 0 * math.exp(", (*HEALTH, *PLANNER),
    ),
    # Learning.
    Mutant(
        "nobody is owed a turn", "routing/strategies/adaptive.py",
        "owed[each.name] = owed.get(each.name, 0.0) + least", "owed[each.name] = owed.get(each.name, 0.0)", LEARNING,
    ),
    Mutant(
        "the floor stands above the ceiling", "routing/strategies/adaptive.py",
        "min(settings.explore, settings.max_regret / (count - 1), 1 / count)", "min(settings.explore, 1 / count)",
        LEARNING,
    ),
    Mutant(
        "regret without a ceiling", "routing/strategies/adaptive.py",
        "if may_spend or not each.surely_below(best))", "if may_spend or True)", LEARNING,
    ),
    Mutant(
        "regret costs nothing", "routing/strategies/adaptive.py",
        "            kind.saved -= 1.0\n", "            pass\n", LEARNING,
    ),
    Mutant(
        "nothing is tried out", "routing/strategies/adaptive.py",
        "return prospect.mean + normal * math.sqrt(prospect.variance)", "return prospect.mean", LEARNING,
    ),
    Mutant(
        "fallbacks are tried out too", "routing/strategies/adaptive.py",
        "if not scene.leads or len(ranked) == 1:", "if len(ranked) == 1:", LEARNING,
    ),
    Mutant(
        "the shadow acts", "routing/shadow.py",
        "            self._shadow.order(", "            order = self._shadow.order(", LEARNING,
    ),
    Mutant(
        "nothing fades", "routing/evidence.py",
        "return 1.0 if ticks <= 0 else 0.5 ** (ticks / half_life)", "return 1.0", LEARNING,
    ),
    Mutant(
        "the doubt does not shrink", "routing/evidence.py",
        "(_DOUBT + spread) / (strength * strength))", "(_DOUBT + spread) / strength)", LEARNING,
    ),
    Mutant(
        "an unknown choice is taken for the worst", "routing/evidence.py",
        "guess = (_GUESSES[part] + of_all.total * left_of_all) / (1.0 + of_all.count * left_of_all)", "guess = 0.0",
        LEARNING,
    ),
    Mutant(
        "every opinion on the same answer counts", "routing/learned.py",
        "each.feedback.correct(instead_of, score, weight)", "each.feedback.add(score, weight)", LEARNING,
    ),
    Mutant(
        "a late opinion counts more than its answer", "routing/learned.py",
        "weight = faded(bucket.ticks - credit.ticks, credit.half_life)", "weight = 1.0", LEARNING,
    ),
    Mutant(
        "a file of another version is believed", "routing/learned.py",
        "if version != _VERSION:", "if version < _VERSION:", LEARNING,
    ),
    Mutant(
        "nothing is ever forgotten", "routing/learned.py",
        "if at >= _MOST_GONE or now_unix_s - seen > KEPT_S:", "if at >= _MOST_GONE:", LEARNING,
    ),
    Mutant(
        "names that come and go pile up", "routing/learned.py",
        "if at >= _MOST_GONE or now_unix_s - seen > KEPT_S:", "if now_unix_s - seen > KEPT_S:", LEARNING,
    ),
    Mutant(
        "the caller's own fault is learned from", "routing/lessons.py",
        "if speaks_against(failure):", "if not failure.starved:", LEARNING,
    ),
    Mutant(
        "the caller's want of time is learned from", "domain/reward.py",
        "not in _NOT_ITS_FAULT and not failure.starved", "not in _NOT_ITS_FAULT", LEARNING,
    ),
    Mutant(
        "a route learns about models that it does not choose", "routing/lessons.py",
        "route.learning is not None and model.name in route.models:", "route.learning is not None:", LEARNING,
    ),
    Mutant(
        "a rehearsal teaches", "routing/deciding.py",
        "return site, ordering if self.decisions is None else copy.deepcopy(ordering)",
        "return site, ordering", LEARNING,
    ),
    Mutant(
        "the order of fallbacks counts as a decision", "routing/planner.py",
        "leads=not chosen)", "leads=True)", LEARNING,
    ),
    Mutant(
        "the file is written in place", "engine/keeper.py",
        'with beside.open("wb") as file:', 'with self._path.open("wb") as file:', KEEPER,
    ),
    Mutant(
        "a file that cannot be read is written over", "engine/keeper.py",
        "                self._path.replace(self._aside)\n", "                pass\n", KEEPER,
    ),
    Mutant(
        "two write the same file at once", "engine/keeper.py",
        "            await asyncio.shield(self._saving)\n", "            await self._saving\n", KEEPER,
    ),
    Mutant(
        "turns of those who follow are turns of those who lead", "routing/turns.py",
        "self._leading if leads else self._following", "self._leading", PLANNER,
    ),
    # Chances and explanations.
    Mutant(
        "a cold deployment keeps its share", "routing/chances.py",
        "if 0 < len(first) < len(ids):", "if False:", PLANNER,
    ),
    Mutant(
        "a route's share is its last model's", "routing/chances.py",
        "found.get(name, 0.0) + share * chance", "share * chance", PLANNER,
    ),
    Mutant(
        "the busy are expected before those with room", "routing/planner.py",
        "for choose in (_fit, _busy):", "for choose in (_busy, _fit):", PLANNER,
    ),
    Mutant(
        "an explanation goes by the load as it is", "routing/planner.py",
        "        if health is None:\n            stage._made", "        if True:\n            stage._made", EXPLAIN,
    ),
    Mutant(
        "what one model leaves out is left out for all", "routing/planner.py",
        "seen |= found.ids.difference(each.deployment for each in sifted.skipped if each.passed is _OUT)",
        "seen |= found.ids", PLANNER,
    ),
    Mutant(
        "who can wait is expected to go where there is room", "routing/planner.py",
        "if patient and any(each.busy for each in told.values()):", "if False:", PLANNER,
    ),
    Mutant(
        "what is assumed does not stand over what is known", "health/assumed.py",
        "return None if assumed - IN_MEMORY else self._board", "return self._board", EXPLAIN,
    ),
    Mutant(
        "a second deployment of a pinned provider is nowhere", "server/explanation.py",
        "if each.deployment not in asked]", "if each.passed.value == 'out']", EXPLAIN,
    ),
    Mutant(
        "the request's own model is explained", "server/inquiry.py",
        'if bytes(members.get("model", b"")) != wanted:', 'if "model" not in members:', EXPLAIN,
    ),
    # The log of decisions, and its replay.
    Mutant(
        "whose turn it was counts as a change", "engine/replay.py",
        "for stays in (_same, _same_deployment, _any):", "for stays in (_any,):", REPLAY,
    ),
    Mutant(
        "requests of different kinds are set off against each other", "engine/replay.py",
        "return frozenset((name, round(chance, 9)) for name, chance in chances.items())", "return 0", REPLAY,
    ),
    Mutant(
        "who was out is well again in a replay", "engine/then.py",
        "return self._resting.get(spec.id)", "return None", REPLAY,
    ),
    Mutant(
        "half a line spoils the next one", "telemetry/rotating_file.py",
        'b"\\n" + lines if self._torn else lines', "lines", LOG,
    ),
    Mutant(
        "two processes rotate one file twice", "telemetry/rotating_file.py",
        "        if self._is_current():\n            for", "        if True:\n            for", LOG,
    ),
    Mutant(
        "a queue without end", "telemetry/line_log.py",
        "if len(self._queue) < self._capacity:", "if True:", LOG,
    ),
    # Measured availability.
    Mutant(
        "a caller's own error is the gateway's", "reliability/outcomes.py",
        "if word == _GONE or word.removeprefix(_BROKEN) in CALLERS_OWN:", "if word == _GONE:", OUTCOMES,
    ),
    Mutant(
        "a provider is blamed for what the gateway cut off", "reliability/outcomes.py",
        "if cut and kind is FailureKind.TRUNCATED:", "if False:", OUTCOMES,
    ),
    Mutant(
        "who waits for an engine blames it again and again", "reliability/tally.py",
        "if provider in loading:", "if False:", OUTCOMES,
    ),
    Mutant(
        "what was counted is counted once more", "reliability/tally.py",
        "self._straight, self._others = {}, {}", "self._others = {}", OUTCOMES,
    ),
    Mutant(
        "an interval with one tail", "reliability/nines.py",
        "(1.0 - CONFIDENCE) / 2", "1.0 - CONFIDENCE", NINES,
    ),
    Mutant(
        "nines of the value and not of its lower end", "reliability/nines.py",
        "if self.most_bad <= 10.0**-n", "if self.bad / self.total <= 10.0**-n", NINES,
    ),
    Mutant(
        "one clean request too many", "reliability/nines.py",
        "    return high - found.good\n", "    return high - found.good + 1\n", NINES,
    ),
    Mutant(
        "99.9999 % is written as 100", "reliability/nines.py",
        "else math.ceil(scaled - _NOISE)", "else round(scaled)", NINES,
    ),
    Mutant(
        "a night without requests is downtime", "reliability/episodes.py",
        "if at - last > BRIDGED + 1:", "if False:", SPELLS,
    ),
    Mutant(
        "probes go before requests", "reliability/episodes.py",
        "down = (marks.down & ~taken)", "down = marks.down", SPELLS,
    ),
    Mutant(
        "workers that live together are counted twice", "reliability/uptime.py",
        "            up_s += end - reached\n", "            up_s += end - begin\n", SPELLS,
    ),
    Mutant(
        "a machine that slept was down", "reliability/uptime.py",
        "if life.after_jump:", "if False:", SPELLS,
    ),
    Mutant(
        "cached tokens cost twice", "domain/price.py",
        "(self.cached_input_micros - self.input_micros) * cached_tokens",
        "self.cached_input_micros * cached_tokens", MONEY,
    ),
    Mutant(
        "what cost next to nothing is told as nothing", "domain/price.py",
        "-(-picos // MICRO_PICOS)", "picos // MICRO_PICOS", MONEY,
    ),
    Mutant(
        "a count that cannot be is counted", "accounting/spending.py",
        "if not (0 <= prompt <= MOST_TOKENS and 0 <= answer <= MOST_TOKENS):", "if prompt < 0:", MONEY,
    ),
    Mutant(
        "what was taken is taken once more", "accounting/spending.py",
        "        self._told = sums\n", "", MONEY,
    ),
    Mutant(
        "the oldest minute is dropped where there are too many", "accounting/unwritten.py",
        "_add_to(kept, following[0], key[1], kept.pop(key))", "kept.pop(key)", MONEY,
    ),
    Mutant(
        "pico-dollars are not carried", "ledger/spend_tables.py",
        "excluded.micros + (picos + excluded.picos) / 1000000", "excluded.micros", MONEY,
    ),
    Mutant(
        "the pace of a first minute is taken for that of a month", "accounting/outlay.py",
        "max(_LEAST_S, int(late_s))", "max(1, int(late_s))", MONEY,
    ),
    Mutant("a budget warns when it is spent", "client/money.py", "NEARLY_SPENT = 0.8", "NEARLY_SPENT = 1.0", MONEY),
    Mutant(
        "rolled up minutes stay", "ledger/schema.py",
        '"DELETE FROM minutes WHERE minute >= :first AND minute < :end",', "", LEDGER,
    ),
    Mutant(
        "the last writer's count is the count", "ledger/schema.py",
        'SET count = count + excluded.count"""\nLIVE', 'SET count = excluded.count"""\nLIVE', LEDGER,
    ),
    Mutant(
        "what was sorted in is sorted in once more", "ledger/sqlite.py",
        "        connection.execute(pending.SORTED_IN)\n", "", PENDING,
    ),
    Mutant(
        "what a killed process has put down is never told", "ledger/sqlite.py",
        "            self._sort_in_what_waits()\n        with", "            pass\n        with", PENDING,
    ),
    Mutant(
        "answers to one name are counted as those to another", "engine/books.py",
        " and page.name == target.name", "", PAGES,
    ),
    Mutant(
        "a corrupt file is moved aside by everybody who found it so", "ledger/sqlite.py",
        "if _inode(self._path) != inode:", "if False:", LEDGER,
    ),
    Mutant(
        "a write that failed is forgotten", "reliability/bookkeeper.py",
        "self._failed(fault, cells)\n                return", "self._failed(fault, ())\n                return", BOOKS,
    ),
    Mutant(
        "outcomes belong to the minute in which they are written", "reliability/bookkeeper.py",
        "minute = int(before_s) // MINUTE_S\n        steady = self._look_at_clock()",
        "steady = self._look_at_clock()\n        minute = int(self._at_s) // MINUTE_S", BOOKS,
    ),
    Mutant(
        "a role that comes before the first content is said twice", "dialects/openai/relay.py",
        "        if news:\n            self._unnamed", "        if True:\n            self._unnamed", RELAY,
    ),
    Mutant(
        "only the first choice is told who speaks", "dialects/openai/relay.py",
        "if choice.index not in self._seen or", "if not self._seen or", RELAY,
    ),
    Mutant(
        "an answer is ended that has not come to its finish", "dialects/openai/telling.py",
        'return TERMINATOR if self.finished else b""', "return TERMINATOR", CONTINUING,
    ),
    Mutant(
        "a translated answer is ended that has not come to its finish", "dialects/translate.py",
        'return self._renderer.done() if self.finished else b""', "return self._renderer.done()", CONTINUING,
    ),
    Mutant(
        "a provider that broke off is good because its caller had all of it", "reliability/tally.py",
        ' or ticket.outcome != "ok" or attempts[0].failure is not None:', ' or ticket.outcome != "ok":', OUTCOMES,
    ),
    Mutant(
        "a verification opens breakers", "health/deployment.py",
        " and not failure.starved and not pinned:", " and not failure.starved:", HEALTH,
    ),
    Mutant(
        "whoever was slow once hangs in the end", "workers/pulse.py",
        "looks = looks + 1 if count == last else 0", "looks += count == last", WORKERS,
    ),
    Mutant(
        "time in which the parent was stopped counts against its workers", "workers/pulse.py",
        "self._due_s = now_s + LOOK_S", "self._due_s = self._due_s + LOOK_S", WORKERS,
    ),
    Mutant(
        "whoever reads holds up what is to be written", "reliability/bookkeeper.py",
        "await _in(self._reading_thread, read)", "await _in(self._thread, read)", BOOKS,
    ),
)  # fmt: skip


def main() -> int:
    """Plant every bug. Returns 1 if one of them lived."""
    lived: list[str] = []
    with tempfile.TemporaryDirectory(prefix="sixnines-mutants-") as folder:
        source = Path(folder) / "src"
        shutil.copytree(PACKAGE, source, ignore=shutil.ignore_patterns("__pycache__"))
        if not passes(source, tuple(dict.fromkeys(test for each in MUTANTS for test in each.tests))):
            print("the tests fail without any planted bug", file=sys.stderr)
            return 1
        for mutant in MUTANTS:
            began = time.monotonic()
            alive = lives(mutant, source)
            took_s = time.monotonic() - began
            print(f"{'LIVED ' if alive else 'killed'}  {took_s:5.1f} s  {mutant.path}: {mutant.what}", flush=True)
            if alive:
                lived.append(mutant.what)
    print(f"\n{len(MUTANTS) - len(lived)} of {len(MUTANTS)} planted bugs were noticed")
    return 1 if lived else 0


def lives(mutant: Mutant, source: Path) -> bool:
    """Whether the tests pass although the bug is there."""
    path = source / "sixnines" / mutant.path
    text = path.read_text()
    if text.count(mutant.old) != 1:
        raise SystemExit(
            f"{mutant.path} has {text.count(mutant.old)} places like {mutant.old!r}: mend tools/mutants.py"
        )
    path.write_text(text.replace(mutant.old, mutant.new))
    try:
        return passes(source, mutant.tests)
    finally:
        path.write_text(text)


def passes(source: Path, tests: tuple[str, ...]) -> bool:
    """Whether the tests pass with the package in `source`."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", *tests]
    environment = {**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=LIMIT_S, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"the tests did not run:\n{done.stdout.decode()}{done.stderr.decode()}")
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
