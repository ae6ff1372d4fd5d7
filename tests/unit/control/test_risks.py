"""Every rule speaks where it should, alone, and is silent where nobody is harmed."""

import copy
import json

import pytest

from sixnines.config.load import read_text
from sixnines.control.risks import RULES, find_risks
from sixnines.control.risks.interface import Level
from sixnines.registry import CATALOG

BASE = {
    "version": 1,
    "server": {
        "api_keys": ["env:ONE", "env:TWO"],
        "admin_key": "env:ADMIN",
        "expose": "minimal",
        "cors": ["https://page.example"],
        "decision_log": {"path": "decisions.jsonl"},
    },
    "domains": {"host": {}, "gpu": {"within": "host"}, "cpu": {"within": "host"}, "away": {}},
    "providers": {
        "ollama": {"kind": "ollama", "base_url": "http://127.0.0.1:11434", "domain": "gpu", "max_in_flight": 8},
        "spare": {"kind": "llamacpp", "base_url": "http://127.0.0.1:8080", "domain": "cpu", "optional": True},
        "cloud": {"kind": "ollama", "base_url": "https://ollama.com", "api_key": "env:CLOUD", "domain": "away"},
        "vendor": {"kind": "openai", "api_key": "env:VENDOR"},
    },
    "models": {
        "chat": {
            "deployments": [{"provider": "ollama", "model": "m"}, {"provider": "spare", "model": "m"}],
            "fallbacks": ["big", "small"],
            "aliases": ["talk"],
            "context_window": 8192,
            "tier": "standard",
            "capabilities": ["tools", "vision"],
            "stream_failure": "continue",
            "max_tier_drop": 1,
        },
        "big": {"deployments": [{"provider": "cloud", "model": "b"}], "tier": "premium"},
        "small": {"deployments": [{"provider": "spare", "model": "s"}], "tier": "entry", "fallbacks": ["tiny"]},
        "tiny": {"deployments": [{"provider": "spare", "model": "t"}], "tier": "local"},
        "pair": {"deployments": [{"provider": "ollama", "model": "p"}, {"provider": "cloud", "model": "p"}]},
        "private": {
            "deployments": [{"provider": "ollama", "model": "q"}, {"provider": "spare", "model": "q"}],
            "local_only": True,
            "fallbacks": ["big"],
        },
        "bought": {"deployments": [{"provider": "vendor", "model": "v"}]},
    },
    "routes": {"pick": {"models": ["chat", "small", "tiny"], "aliases": ["choose"]}},
    "patterns": [{"match": "gpt-.*", "model": "chat"}, {"match": ".*-mini", "model": "tiny"}],
    "default_model": "chat",
}  # fmt: skip
GONE = object()


def changed(**values):
    """`BASE` with something else at each place; `GONE`: nothing. Places are written `models__chat__tier`."""
    document = copy.deepcopy(BASE)
    for place, value in values.items():
        *way, last = place.split("__")
        target = document
        for key in way:
            target = target.setdefault(key, {})
        if value is GONE:
            del target[last]
        else:
            target[last] = value
    return document


def risks_of(old, new):
    documents = []
    for each in (old, new):
        loaded = read_text(json.dumps(each), "x.yaml", None, CATALOG)
        assert loaded.snapshot is not None, loaded.report()
        documents.append(loaded.document)
    return find_risks(*documents, CATALOG)


DEPLOYMENTS = BASE["models"]["chat"]["deployments"]
PAIR = BASE["models"]["pair"]["deployments"]
# The rule that speaks, what is changed, and what it says: its level, where, and a part of the sentence.
SPOKEN = [
    ("keys_opened", changed(server__api_keys=[]), "high", "server.api_keys", "callers need no key any more"),
    ("key_withdrawn", changed(server__api_keys=["env:ONE", "env:NEW"]), "high", "server.api_keys", 'the key of "env:TWO" get 401'),
    ("admin_opened", changed(server__admin_key=GONE), "high", "server.admin_key", "need no key any more"),
    ("reachable", changed(server__listen="0.0.0.0:4000"), "high", "server.listen", "0.0.0.0:4000 is not loopback"),
    ("reachable", changed(server__listen="127.0.0.1:4001"), "medium", "server.listen", "at 127.0.0.1:4001 after the next start"),
    ("expose", changed(server__expose="trail"), "medium", "server.expose", "told which provider answered"),
    ("cors", changed(server__cors=["*"]), "high", "server.cors", "every web page"),
    ("cors", changed(server__cors=[]), "medium", "server.cors", 'pages of "https://page.example" may no longer'),
    (
        "cors",
        changed() | {"was": changed(server__cors=["*", "https://page.example"])},
        "medium",
        "server.cors",
        "pages of other origins may no longer",
    ),
    (
        "pattern_gone",
        changed(patterns=[{"match": "gpt-.*", "model": "big"}])
        | {"was": changed(patterns=[{"match": "gpt-4.*", "model": "chat"}, {"match": "gpt-.*", "model": "big"}])},
        "medium",
        "patterns",
        'match "gpt-4.*" now mean big, not chat',
    ),
    ("breakable", changed(server__fault_injection=True), "medium", "server.fault_injection", "may break providers on purpose"),
    (
        "breakable",
        changed(server__fault_injection=True, server__listen="0.0.0.0:4000") | {"was": changed(server__listen="0.0.0.0:4000")},
        "high",
        "server.fault_injection",
        "may break providers on purpose",
    ),
    ("unrecorded", changed(server__decision_log=GONE), "medium", "server.decision_log", "no longer recorded"),
    ("name_gone", changed(models__pair=GONE, default_model=GONE) | {"was": changed(default_model=GONE)}, "high", "models.pair", "the model pair gets 404"),
    ("name_gone", changed(models__chat__aliases=[], default_model=GONE) | {"was": changed(default_model=GONE)}, "high", "models.chat", "the alias talk gets 404"),
    ("name_gone", changed(routes={}, default_model=GONE) | {"was": changed(default_model=GONE, routes__pick__aliases=[])}, "high", "routes.pick", "the route pick gets 404"),
    ("name_means", changed(models__pair=GONE), "medium", "models.chat", "who asks for pair now gets chat"),
    ("name_means", changed(models__chat__aliases=[], models__big__aliases=["talk"]), "medium", "models.big", "who asks for talk now gets big"),
    ("default_model", changed(default_model="pick"), "medium", "default_model", "now means pick, not chat"),
    ("default_model", changed(default_model=GONE), "high", "default_model", "gets 404; chat answered it"),
    ("default_model", changed() | {"was": changed(default_model=GONE)}, "medium", "default_model", "is answered by chat"),
    ("pattern_gone", changed(patterns=BASE["patterns"][:1]), "medium", "patterns", 'names that match ".*-mini" mean chat (default_model)'),
    ("pattern_gone", changed(patterns=BASE["patterns"][:1], default_model=GONE) | {"was": changed(default_model=GONE)}, "high", "patterns", 'names that match ".*-mini" get 404'),
    ("pattern_means", changed(patterns=[{"match": "gpt-.*", "model": "big"}, BASE["patterns"][1]]), "medium", "patterns[0].model", 'match "gpt-.*" now mean big, not chat'),
    ("pattern_order", changed(patterns=BASE["patterns"][::-1]), "medium", "patterns[0]", 'match both ".*-mini" and "gpt-.*" now mean tiny, not chat'),
    ("pattern_order", changed(patterns=[{"match": "gpt-4.*", "model": "big"}, *BASE["patterns"]]), "medium", "patterns[0]", 'match both "gpt-4.*" and "gpt-.*" now mean big, not chat'),
    ("last_outside_domain", changed(models__chat__fallbacks=["small"]), "high", "domains.host", "chat and pick have no provider outside host any more"),
    ("last_outside_domain", changed(providers__cloud__domain="cpu"), "high", "domains.host", "the same providers as before, and all of them now lie in host"),
    ("last_outside_domain", changed(domains__away={"within": "host"}), "high", "domains.host", "now lie in host"),
    ("last_outside_domain", changed(models__pair__deployments=PAIR[:1]), "high", "models.pair", "pair has no provider outside gpu any more: ollama alone is left"),
    ("one_provider", changed(models__pair__deployments=PAIR[:1]) | {"providers": {**BASE["providers"], "ollama": {"kind": "ollama", "max_in_flight": 8}}, "was": changed(providers__ollama={"kind": "ollama", "max_in_flight": 8})}, "high", "models.pair", "pair hangs on ollama alone"),
    ("shorter_chain", changed(models__small__fallbacks=[]), "high", "models.small.fallbacks", "small has no fallback any more"),
    ("shorter_chain", changed(models__chat__fallbacks=["big", "tiny"]), "medium", "models.chat.fallbacks", "chat no longer falls back to small"),
    ("fewer_deployments", changed(models__chat__deployments=DEPLOYMENTS[:1]), "medium", "models.chat.deployments", "is served by 1 deployment, not 2"),
    ("fewer_deployments", changed(routes__pick__models=["chat", "small"]), "medium", "routes.pick.models", "chooses among 2 models, not 3"),
    ("one_attempt", changed(models__pair__attempts=1) | {"was": changed(models__pair__attempts=2)}, "high", "models.pair.attempts", "when the first attempt for pair fails, nobody else is asked"),
    ("other_address", changed(providers__cloud__base_url="https://other.example"), "medium", "providers.cloud.base_url", "go to https://other.example:443, not to https://ollama.com:443"),
    ("leaves_host", changed(providers__ollama__base_url="http://10.0.0.1:11434"), "high", "providers.ollama.base_url", "leaves the host now, to http://10.0.0.1:11434"),
    ("leaves_host", changed(providers__ollama__local=False), "high", "providers.ollama.local", "leaves the host now"),
    ("plain_text", changed(providers__cloud__base_url="http://ollama.com:443"), "high", "providers.cloud.base_url", "go to http://ollama.com:443, not to https://ollama.com:443: no longer encrypted"),
    ("unverified", changed(providers__cloud__tls={"insecure_skip_verify": True}), "high", "providers.cloud.tls.insecure_skip_verify", "any certificate"),
    ("no_credential", changed(providers__cloud__api_key=GONE), "high", "providers.cloud.api_key", "no credential any more"),
    ("other_kind", changed(providers__spare__kind="vllm"), "medium", "providers.spare.kind", "as vllm, not as llamacpp"),
    ("required", changed(providers__spare__optional=False), "medium", "providers.spare.optional", "counts as a fault now"),
    ("optional", changed(providers__ollama__optional=True), "medium", "providers.ollama.optional", "nobody is told"),
    ("paid", changed(models__chat__fallbacks=["big", "small", "bought"]), "medium", "providers.vendor", "answers for chat and pick may cost money now, at vendor; so far they were free"),
    ("paid", changed(models__pair__price={"input": 1, "output": 2}), "medium", "models.pair", "answers for pair may cost money now, at ollama; so far it was free"),
    ("window_shrinks", changed(models__chat__context_window=4096), "medium", "models.chat", "from 8,192 to 4,096 tokens"),
    ("tier_drops", changed(models__tiny__tier="local", models__big__tier="standard"), "medium", "models.big", "drops from premium to standard"),
    ("capability_lost", changed(models__chat__capabilities=["vision"]), "medium", "models.chat", "no deployment declares tools any more"),
    ("stream_failure", changed(models__chat__stream_failure="error"), "medium", "models.chat.stream_failure", "it was saved by continue"),
    ("local_only", changed(models__private__local_only=False), "high", "models.private.local_only", "may leave the host, to cloud"),
    ("max_tier_drop", changed(models__chat__max_tier_drop=GONE), "medium", "models.chat.max_tier_drop", "of any tier now"),
    ("max_tier_drop", changed(models__chat__max_tier_drop=2), "medium", "models.chat.max_tier_drop", "2 tiers worse now, not 1"),
    ("limit_lowered", changed(providers__ollama__max_in_flight=2), "medium", "providers.ollama.max_in_flight", "requests at once: 2, and so far 8"),
    ("limit_lowered", changed(providers__ollama__queue={"size": 10}), "medium", "providers.ollama.queue.size", "may wait: 10, and so far 100"),
    ("limit_lowered", changed(defaults__timeouts={"first_token": "5s"}), "medium", "defaults.timeouts.first_token", "the first content: 5s, and so far 30s"),
    ("limit_lowered", changed(models__chat__timeouts={"total": "30s"}), "medium", "models.chat.timeouts.total", "a whole request: 30s, and so far 5m"),
    ("limit_lowered", changed(server__max_body="1MiB"), "medium", "server.max_body", "the largest request: 1MiB, and so far 32MiB"),
    ("limit_lowered", changed(server__drain="1s"), "medium", "server.drain", "at shutdown: 1s, and so far 30s"),
    ("no_probes", changed(defaults__health={"active": False}), "medium", "defaults.health.active", "not probed any more"),
]  # fmt: skip
SPOKEN.append(
    ("keys_demanded", {**changed(), "was": changed(server__api_keys=[])}, "high", "server.api_keys", "who sends none gets 401")
)  # fmt: skip
# What harms nobody.
SILENT = {
    "a key more": changed(server__api_keys=["env:ONE", "env:TWO", "env:THREE"]),
    "keys in another order": changed(server__api_keys=["env:TWO", "env:ONE"]),
    "the same address, written otherwise": changed(providers__ollama__base_url="http://127.0.0.1:11434/v1/"),
    "providers may not be broken any more": changed() | {"was": changed(server__fault_injection=True)},
    "less is told": changed() | {"was": changed(server__expose="trail")},
    "a page more": changed(server__cors=["https://page.example", "https://more.example"]),
    "a new model": changed(models__new={"deployments": PAIR}),
    "a new name for a model": changed(models__pair__aliases=["double"]),
    "a model under another name that keeps the old one": changed(models__pair=GONE, models__both={"deployments": PAIR, "aliases": ["pair"]}),
    "a new provider": changed(providers__more={"kind": "ollama", "domain": "away"}),
    "a provider that nobody is sent to moves": changed(providers__more={"kind": "ollama", "base_url": "http://b"}) | {"was": changed(providers__more={"kind": "ollama", "base_url": "http://a"})},
    "a deployment more": changed(models__pair__deployments=[*PAIR, {"provider": "spare", "model": "p"}]),
    "deployments in another order": changed(models__pair__deployments=PAIR[::-1]),
    "fallbacks in another order": changed(models__chat__fallbacks=["small", "big"]),
    "a longer chain": changed(models__tiny__fallbacks=["big"]),
    "a model that stands alone, as before": changed(models__big__context_window=1000),
    "a window that was not declared": changed(models__pair__context_window=1000),
    "a larger window": changed(models__chat__context_window=16384),
    "a better tier": changed(models__tiny__tier="entry"),
    "a capability more": changed(models__chat__capabilities=["tools", "vision", "json_schema"]),
    "another way to save a stream": changed(models__chat__stream_failure="buffer"),
    "local only where it was not": changed(models__pair__local_only=True),
    "a tighter bound": changed(models__chat__max_tier_drop=0),
    "a limit lowered a little": changed(providers__ollama__max_in_flight=4),
    "a limit raised": changed(providers__ollama__max_in_flight=64),
    "a limit where there was none": changed(providers__spare__max_in_flight=1),
    "a time that grows": changed(defaults__timeouts={"first_token": "90s"}),
    "more attempts": changed(defaults__attempts=8),
    "one attempt for who has one deployment": changed(models__bought__attempts=1) | {"was": changed(models__bought__attempts=2)},
    "a paid answer that was paid before": changed(models__bought__price={"input": 3, "output": 9}),
    "a pattern behind the others": changed(patterns=[*BASE["patterns"], {"match": "o1-.*", "model": "big"}]),
    "a pattern before others for other names": changed(patterns=[{"match": "claude-.*", "model": "big"}, *BASE["patterns"]]) | {"was": changed(patterns=BASE["patterns"][:1])} | {"patterns": [{"match": "claude-.*", "model": "big"}, BASE["patterns"][0]]},
    "a pattern before others that means the same": changed(patterns=[{"match": "gpt-4.*", "model": "chat"}, *BASE["patterns"]]),
    "a pattern whose names another one takes for the same": changed()
    | {"was": changed(patterns=[{"match": "gpt-4.*", "model": "chat"}, *BASE["patterns"]])},
    "weights": changed(models__pair__strategy="weighted", models__pair__deployments=[{**PAIR[0], "weight": 9}, PAIR[1]]),
    "another credential": changed(providers__cloud__api_key="env:OTHER"),
    "verified again": changed() | {"was": changed(providers__cloud__tls={"insecure_skip_verify": True})},
}  # fmt: skip


def before_and_after(case):
    case = dict(case)
    return case.pop("was", BASE), case


@pytest.mark.parametrize(("rule", "case", "level", "path", "says"), SPOKEN, ids=[each[0] for each in SPOKEN])
def test_a_rule_speaks_and_no_other(rule, case, level, path, says):
    old, new = before_and_after(case)
    risks = risks_of(old, new)
    assert {each.rule for each in risks} == {rule}, risks
    [found] = [each for each in risks if each.path == path and says in each.message]
    assert found.level == level


@pytest.mark.parametrize("case", SILENT.values(), ids=SILENT)
def test_what_harms_nobody_is_no_risk(case):
    old, new = before_and_after(case)
    assert old != new
    assert risks_of(old, new) == ()


def test_every_rule_has_a_case_and_its_notes_bear_its_name():
    assert {rule for rule, *_ in SPOKEN} == {each.name for each in RULES}
    assert len({each.name for each in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda each: each.name)
def test_without_its_rule_a_risk_is_not_seen(rule):
    cases = [before_and_after(case) for name, case, *_ in SPOKEN if name == rule.name]
    for old, new in cases:
        documents = [read_text(json.dumps(each), "x.yaml", None, CATALOG).document for each in (old, new)]
        others = [each for each in RULES if each is not rule]
        assert find_risks(*documents, CATALOG, rules=others) == ()
        assert find_risks(*documents, CATALOG, rules=[rule]) != ()


def test_the_worst_come_first():
    risks = risks_of(
        BASE, changed(providers__spare__optional=False, server__api_keys=[], models__chat__context_window=1)
    )
    assert [each.level for each in risks] == [Level.HIGH, Level.MEDIUM, Level.MEDIUM]


def test_of_many_names_three_are_said():
    models = {f"m{number}": {"deployments": PAIR} for number in range(5)}
    fewer = {f"m{number}": {"deployments": PAIR[:1]} for number in range(5)}
    [risk] = risks_of(BASE | {"models": BASE["models"] | models}, BASE | {"models": BASE["models"] | fewer})
    assert risk.message == "m0, m1, m2 and 2 more have no provider outside gpu any more: ollama alone is left"
    assert risk.path == "domains.gpu"


def test_where_nothing_was_recorded_nobody_relies_on_it():
    document = read_text(json.dumps(BASE), "x.yaml", None, CATALOG).document
    assert find_risks(None, document, CATALOG) == ()
    assert find_risks(document, document, CATALOG) == ()
