"""A running gateway has its config changed: over its owner's socket, over the network, and by its files."""

import json
import os
import resource
import signal
import socket
import stat
import threading
import time

import httpx
import pytest

from sixnines.client.gateway import GatewayClient
from sixnines.clock import SystemClock
from sixnines.config.secret import Secret
from sixnines.config.sources import SourceFile, digest_of
from sixnines.control import presence
from sixnines.control.asked import ApplyAsked, RollbackAsked
from sixnines.control.events import Began, Checked, Ended, Ending, Step, Warned
from sixnines.control.revision import Fate, Origin
from sixnines.control.store import RevisionStore
from sixnines.errors import (
    ChangeUnderWay,
    ConfigError,
    Forbidden,
    GatewayUnreachable,
    StalePlan,
    Unauthenticated,
    UnknownRevision,
)
from support.changing import apply, archive_of, files_of, owner_of, roll_back, socket_of
from support.gateway_process import GatewayProcess
from support.lab import Lab, chat, one_engine
from support.worker_processes import samples_in

pytestmark = pytest.mark.slow

KEYS = {"CALLER": "caller-key-0123456789", "ADMIN": "admin-key-0123456789"}
WITH_KEYS = 'server: {listen: "127.0.0.1:0", api_keys: ["env:CALLER"], admin_key: "env:ADMIN"}\n'


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


@pytest.fixture
def two(lab):
    """Two configs, and what an answer under each says."""
    return {text: one_engine(lab.engine("openai", {"default": {"text": text}})) for text in ("old", "new")}


def says(gateway, **headers):
    with gateway.client() as client:
        answer = client.post("/v1/chat/completions", json=chat(), headers=headers)
    return answer.json()["choices"][0]["message"]["content"]


def record_of_last(gateway):
    with gateway.client() as client:
        return client.get("/admin/v1/requests?limit=1").json()["requests"][0]


def until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def test_a_start_is_recorded_and_so_is_what_is_applied_and_rolled_back(tmp_path, two):
    with GatewayProcess(tmp_path, two["old"]) as gateway:
        assert (says(gateway), record_of_last(gateway)["revision"]) == ("old", 1)
        ended = apply(gateway, two["new"], note="try the new one")
        assert (ended.ending, ended.revision, ended.holds, ended.running) == (Ending.APPLIED, 2, 2, 2)
        assert (says(gateway), record_of_last(gateway)["revision"]) == ("new", 2)
        ended = roll_back(gateway)
        assert (ended.ending, ended.revision, ended.running) == (Ending.APPLIED, 3, 3)
        assert says(gateway) == "old"
        with owner_of(gateway) as owner:
            state, history = owner.state(), owner.history().revisions
            shown = owner.revision(2)
        assert (state.revision, state.head, state.changing, state.problem) == (3, 3, None, "")
        assert state.pid == gateway.process.pid
        assert state.good == 3
        told = [(each.number, each.revision.origin, each.outcome.fate, each.holds) for each in history]
        assert told == [
            (3, Origin.ROLLBACK, Fate.APPLIED, True),
            (2, Origin.APPLY, Fate.APPLIED, False),
            (1, Origin.START, Fate.APPLIED, False),
        ]
        assert (shown.revision.note, shown.revision.author) == ("try the new one", "tester")
        assert shown.files == files_of(two["new"])
        with gateway.client() as client:
            figures = samples_in(client.get("/metrics").text)
        assert figures["sixnines_config_revision", ()] == 3
        assert figures["sixnines_config_changes_total", (("result", "applied"),)] == 2


def test_after_a_rollback_a_restart_does_not_bring_the_file_back(tmp_path, two):
    gateway = GatewayProcess(tmp_path, two["old"])
    with gateway:
        gateway.write(two["new"])
        apply(gateway, two["new"])
        roll_back(gateway)
    with gateway:
        assert says(gateway) == "old"
        assert gateway.says("serving revision 3, which holds")
        gateway.write(two["new"] + "# edited\n")
    with gateway:
        assert says(gateway) == "new"
        assert gateway.says("serving the file as revision 4")


def test_a_rollback_takes_less_than_a_second(tmp_path, two):
    with GatewayProcess(tmp_path, two["old"]) as gateway:
        apply(gateway, two["new"])
        began = time.monotonic()
        roll_back(gateway)
        assert time.monotonic() - began < 1


def test_nobody_but_the_owner_can_open_the_socket_and_he_needs_no_key(tmp_path, two):
    with GatewayProcess(tmp_path, WITH_KEYS + two["old"], KEYS) as gateway:
        path = socket_of(gateway)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        transport = httpx.HTTPTransport(uds=str(path))
        with httpx.Client(transport=transport, base_url="http://any.name", trust_env=False) as owner:
            for asked in ("/admin/v1/gateway", "/admin/v1/requests", "/metrics", "/v1/models"):
                assert owner.get(asked, headers={"sec-fetch-site": "cross-site"}).status_code == 200
            assert owner.post("/v1/chat/completions", json=chat()).status_code == 200
        with gateway.client() as stranger:
            claims = {"x-forwarded-for": "owner", "forwarded": "for=owner", "x-real-ip": "owner", "host": "owner"}
            assert stranger.get("/admin/v1/gateway").status_code == 401
            assert stranger.get("/metrics", headers=claims).status_code == 401
            assert stranger.get("/admin/v1/gateway", headers=claims).status_code == 403
            assert stranger.post("/v1/chat/completions", json=chat(), headers=claims).status_code == 401


def test_over_the_network_the_admin_key_is_needed(tmp_path, two):
    asked = ApplyAsked(files=files_of(WITH_KEYS + two["new"]), watch_s=0.0, verify=False)
    with GatewayProcess(tmp_path, WITH_KEYS + two["old"], KEYS) as gateway:
        for key, refusal in ((None, Unauthenticated), ("wrong", Unauthenticated), (KEYS["CALLER"], Forbidden)):
            with GatewayClient.at_url(gateway.url, key and Secret(key)) as client, pytest.raises(refusal):
                list(client.apply(asked))
        with GatewayClient.at_url(gateway.url, Secret(KEYS["ADMIN"])) as client:
            *_, ended = client.apply(asked)
        assert ended.ending is Ending.APPLIED
        assert says(gateway, authorization=f"Bearer {KEYS['CALLER']}") == "new"


@pytest.mark.parametrize("headers", [{"host": "evil.example"}, {"origin": "http://evil.example"}])
def test_pages_of_others_cannot_change_anything(tmp_path, two, headers):
    with GatewayProcess(tmp_path, two["old"]) as gateway, gateway.client() as client:
        for path in ("apply", "rollback"):
            answer = client.post(f"/admin/v1/{path}", json={}, headers=headers)
            assert answer.status_code == 403
        assert archive_of(gateway).numbers() == [1]


def test_who_goes_away_before_the_end_has_it_taken_back(tmp_path, two):
    with GatewayProcess(tmp_path, two["old"]) as gateway:
        with owner_of(gateway) as owner:
            events = owner.apply(ApplyAsked(files=files_of(two["new"]), watch_s=60.0, verify=False))
            for event in events:
                if isinstance(event, Began) and event.step is Step.WATCH:
                    break
            assert says(gateway) == "new"
            with pytest.raises(ChangeUnderWay, match="apply by somebody with the admin key"):
                apply(gateway, two["new"])
            with owner_of(gateway) as other:
                assert "apply by" in other.state().changing
        until(lambda: archive_of(gateway).holder() is None)
        assert says(gateway) == "old"
        outcome = archive_of(gateway).outcome(2)
        assert outcome.fate is Fate.ROLLED_BACK
        assert "nobody was left to watch" in outcome.reason
        assert archive_of(gateway).head() == 1
        until(lambda: "was broken off: revision 1 is served" in gateway.log)


def test_a_gateway_that_is_stopped_in_the_middle_goes_back_and_says_so(tmp_path, two):
    with GatewayProcess(tmp_path, two["old"]) as gateway, owner_of(gateway) as owner:
        events = owner.apply(ApplyAsked(files=files_of(two["new"]), watch_s=60.0, verify=False))
        for event in events:
            if isinstance(event, Began) and event.step is Step.WATCH:
                break
        gateway.signal(signal.SIGTERM)
        with pytest.raises(GatewayUnreachable, match="The gateway is stopping; it has gone back"):
            list(events)
        assert gateway.ended() == 0
        assert archive_of(gateway).outcome(2).fate is Fate.ROLLED_BACK


def test_of_two_at_once_one_is_told_who_the_other_is(tmp_path, two):
    answers = []

    def change(gateway, text):
        try:
            answers.append(apply(gateway, two[text], watch_s=0.5).ending)
        except ChangeUnderWay:
            answers.append("refused")

    with GatewayProcess(tmp_path, two["old"]) as gateway:
        threads = [threading.Thread(target=change, args=(gateway, "new")) for _ in range(2)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert sorted(answers) == ["applied", "refused"]
        assert says(gateway) == "new"


def test_a_config_with_errors_changes_nothing_and_is_told_with_its_lines(tmp_path, two):
    with GatewayProcess(tmp_path, two["old"]) as gateway:
        for broken, what in (("a: [", "sixnines.yaml:"), ("providers: {a: {kind: olama}}\n", 'did you mean "ollama"')):
            with pytest.raises(ConfigError, match=what):
                apply(gateway, broken)
        assert says(gateway) == "old"
        assert archive_of(gateway).numbers() == [1]


def test_what_is_no_request_for_a_change_is_refused_with_a_reason(tmp_path, two):
    good = {"path": "sixnines.yaml", "content": "dmVyc2lvbjogMQo="}
    with GatewayProcess(tmp_path, two["old"]) as gateway, gateway.client() as client:
        for body, part in (
            ({}, "files"),
            ({"files": []}, "`files` is empty"),
            ({"files": [{**good, "path": "../x"}]}, "no `..`"),
            ({"files": [{**good, "path": "/etc/x"}]}, "no `..`"),
            ({"files": [good, good]}, "twice"),
            ({"files": [{**good, "content": "version: 1"}]}, "content"),
            ({"files": [good], "watch_s": -1}, "watch_s"),
            ({"files": [good], "note": "x" * 3000}, "note"),
            ({"files": [good], "surprise": 1}, "surprise"),
        ):
            answer = client.post("/admin/v1/apply", json=body)
            assert (answer.status_code, part in answer.json()["error"]["message"]) == (400, True), answer.text
        assert client.get("/admin/v1/apply").status_code == 405
        assert client.get("/admin/v1/revisions/7").status_code == 404
        assert client.get("/admin/v1/revisions/x").status_code == 404
        with owner_of(gateway) as owner:
            with pytest.raises(UnknownRevision):
                list(owner.rollback(RollbackAsked(revision=9)))
            with pytest.raises(StalePlan):
                list(owner.apply(ApplyAsked(files=files_of(two["new"]), base=7)))
        assert says(gateway) == "old"


def test_a_dry_run_changes_nothing(tmp_path, two):
    with GatewayProcess(tmp_path, two["old"]) as gateway:
        assert apply(gateway, two["new"], dry_run=True).ending is Ending.CHECKED
        assert (says(gateway), archive_of(gateway).numbers()) == ("old", [1])


def test_keys_that_need_a_restart_are_told(tmp_path, two):
    with GatewayProcess(tmp_path, two["old"]) as gateway:
        asked = ApplyAsked(files=files_of('server: {listen: "127.0.0.1:1"}\n' + two["new"]), watch_s=0.0, verify=False)
        with owner_of(gateway) as owner:
            *events, ended = owner.apply(asked)
            assert owner.state().restart == ["server.listen"]
        assert ended.restart == ("server.listen",)
        assert Warned(message="server.listen has changed; the change takes effect at the next start") in events
        assert says(gateway) == "new"


def test_sighup_records_what_it_takes_up(tmp_path, two):
    with GatewayProcess(tmp_path, two["old"]) as gateway:
        gateway.write(two["new"])
        gateway.signal(signal.SIGHUP)
        until(lambda: "config reloaded" in gateway.log)
        assert says(gateway) == "new"
        archive = archive_of(gateway)
        assert (archive.head(), archive.read(2).origin) == (2, Origin.RELOAD)
        gateway.signal(signal.SIGHUP)
        until(lambda: "it has not changed (revision 2)" in gateway.log)
        assert archive.numbers() == [2, 1]


def test_the_last_of_several_signals_counts(tmp_path, two):
    with GatewayProcess(tmp_path, two["old"]) as gateway:
        for number in range(3):
            gateway.write(f"{two['new']}# {number}\n")
            gateway.signal(signal.SIGHUP)
            time.sleep(0.02)  # a signal that comes while the same one waits is lost with it
        until(lambda: archive_of(gateway).holder() is None and says(gateway) == "new")
        until(lambda: archive_of(gateway).read(archive_of(gateway).head()).digest == digest_of(files_now(gateway)))
        assert "the old one stays" not in gateway.log


def files_now(gateway):
    return [SourceFile("sixnines.yaml", gateway.file.read_bytes())]


def test_with_watch_an_edited_file_is_taken_up_by_itself_and_a_broken_one_is_not(tmp_path, two):
    with GatewayProcess(tmp_path, two["old"], words=["--watch"]) as gateway:
        gateway.write(two["new"])
        until(lambda: "config reloaded" in gateway.log)
        assert says(gateway) == "new"
        gateway.write("nonsense: true\n")
        until(lambda: "the old one stays" in gateway.log)
        assert says(gateway) == "new"
        roll_back(gateway)
        gateway.file.touch()
        until(lambda: gateway.log.count("the old one stays") == 2)
        assert says(gateway) == "old"


def test_where_nothing_can_be_recorded_the_gateway_serves_all_the_same(tmp_path, two):
    (tmp_path / "state").write_text("a file where the folder should be")
    with GatewayProcess(tmp_path, two["old"]) as gateway:
        assert gateway.says("nothing can be recorded now")
        assert (says(gateway), record_of_last(gateway)["revision"]) == ("old", None)
        for text in ("new", "old"):
            gateway.write(two[text])
            gateway.signal(signal.SIGHUP)
            until(lambda: says(gateway) == text)  # noqa: B023 - it is called at once
        assert gateway.log.count("changes are served and not recorded") == 1


def test_a_reload_in_the_middle_of_another_change_waits_for_its_end(tmp_path, two):
    with GatewayProcess(tmp_path, two["old"], words=["--watch"]) as gateway:
        store = RevisionStore(archive_of(gateway).folder, SystemClock())
        with store.locked("bob", "apply"):
            gateway.write("nonsense: true\n")
            gateway.signal(signal.SIGHUP)
            assert gateway.says("the old one stays")  # a broken file need not wait for anybody
            gateway.write(two["new"])  # it is watched too: both wait, and neither is lost
            gateway.signal(signal.SIGHUP)
            assert gateway.says("config will be reloaded when another change is over")
            assert gateway.says("apply by bob")
            assert says(gateway) == "old"
        assert gateway.says("config reloaded from")
        assert says(gateway) == "new"


def test_with_a_full_disk_a_rollback_is_served_and_told_to_be_no_more_than_that(tmp_path, two):
    """A limit on the size of files stands in for the disk."""
    with GatewayProcess(tmp_path, two["old"]) as gateway:
        apply(gateway, two["new"])
        pid = gateway.process.pid
        usual = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, usual[1]))
        ended = roll_back(gateway)
        assert (ended.ending, ended.revision, ended.holds, ended.running) == (Ending.SERVED, None, 2, 1)
        assert says(gateway) == "old"
        assert gateway.says("rollback by tester: served: revision 2 holds still")
        resource.prlimit(pid, resource.RLIMIT_FSIZE, usual)
        ended = roll_back(gateway, 1)
        assert (ended.ending, ended.revision, ended.holds) == (Ending.APPLIED, 3, 3)
        assert says(gateway) == "old"


def test_a_gateway_that_was_killed_is_not_taken_for_one_that_runs(tmp_path, two):
    gateway = GatewayProcess(tmp_path, two["old"])
    with gateway:
        before = socket_of(gateway)
    assert presence.find(archive_of(gateway).folder) is None
    with gateway:
        assert socket_of(gateway) != before
        assert not before.exists()
        gateway.signal(signal.SIGTERM)
        assert gateway.ended() == 0
    assert presence.announced(archive_of(gateway).folder) is None


def test_of_two_gateways_of_one_config_the_first_is_found(tmp_path, two):
    with GatewayProcess(tmp_path, two["old"]) as first, GatewayProcess(tmp_path, None) as second:
        assert f"process {first.process.pid} serves this config too" in second.log
        with owner_of(second) as owner:
            assert owner.state().pid == first.process.pid


def test_a_gateway_that_goes_away_in_the_middle_is_told_as_that(tmp_path, two):
    with GatewayProcess(tmp_path, two["old"]) as gateway, owner_of(gateway) as owner:
        events = owner.apply(ApplyAsked(files=files_of(two["new"]), watch_s=60.0, verify=False))
        next(events)
        os.kill(gateway.process.pid, signal.SIGKILL)
        with pytest.raises(GatewayUnreachable, match="went away before it had answered"):
            list(events)


def test_the_decision_log_says_by_which_revision_a_request_was_served(tmp_path, two):
    log = f'server: {{listen: "127.0.0.1:0", decision_log: {{path: "{tmp_path}/decisions.jsonl"}}}}\n'
    with GatewayProcess(tmp_path, log + two["old"]) as gateway:
        says(gateway)
        apply(gateway, log + two["new"])
        says(gateway)
        gateway.signal(signal.SIGTERM)
        gateway.ended()
    lines = (tmp_path / "decisions.jsonl").read_text().splitlines()
    assert [json.loads(line)["revision"] for line in lines] == [1, 2]


def test_something_else_at_the_socket_is_no_gateway(tmp_path):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(tmp_path / "x.sock"))
        said = presence.Presence(
            pid=1, socket=str(tmp_path / "x.sock"), address="", instance="", version="", started_unix_s=0.0
        )
        presence.announce(tmp_path, said)
        assert presence.find(tmp_path) is None  # bound, and nobody listens
        sock.listen()
        assert presence.find(tmp_path) == said


def test_the_last_event_says_how_it_ended(tmp_path, two):
    with GatewayProcess(tmp_path, two["old"]) as gateway, owner_of(gateway) as owner:
        *events, last = owner.apply(ApplyAsked(files=files_of(two["new"]), watch_s=0.0, preflight=False, verify=False))
        assert isinstance(last, Ended)
        steps = [each.step for each in events if isinstance(each, Began)]
        assert steps == [Step.CHECK, Step.RECORD, Step.ACTIVATE, Step.COMMIT]


@pytest.mark.parametrize("keys", ["", WITH_KEYS])
def test_what_is_verified_and_found_wrong_is_taken_back_by_itself(tmp_path, two, lab, keys):
    bad = one_engine(lab.engine("openai", {"default": {"error": {"preset": "server_error"}}}))
    with GatewayProcess(tmp_path, keys + two["old"], KEYS) as gateway:
        asked = ApplyAsked(files=files_of(keys + bad), watch_s=0.0)
        with owner_of(gateway) as owner:
            *events, ended = owner.apply(asked)
        failed = [each.result for each in events if isinstance(each, Checked) and each.result.status == "failed"]
        assert (ended.ending, ended.running, ended.holds) == (Ending.ROLLED_BACK, 1, 1), events
        assert failed
        assert ended.reason.startswith("verify failed")
        assert says(gateway, authorization=f"Bearer {KEYS['CALLER']}") == "old"
        assert archive_of(gateway).outcome(2).fate is Fate.ROLLED_BACK
        assert apply(gateway, keys + two["new"], verify=True).ending is Ending.APPLIED


def test_a_provider_that_is_not_there_is_found_before_anything_is_served_by_it(tmp_path, two):
    dead = two["new"].replace("http://127.0.0.1:", "http://127.0.0.1:1/")
    with GatewayProcess(tmp_path, two["old"]) as gateway:
        ended = apply(gateway, dead)
        assert (ended.ending, ended.running) == (Ending.REFUSED, 1)
        assert ended.reason.startswith("preflight failed")
        assert archive_of(gateway).outcome(2).fate is Fate.REFUSED
