"""What engines say about how busy they are, by recorded answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sixnines.providers import llamacpp, vllm
from sixnines.providers.interface import EngineLoad, ProbeState
from support import error_bodies
from support.recorded_answers import read_recorded_answer


def told(kind, name):
    answer = read_recorded_answer(name)
    return kind.load.judge(answer.status, answer.body)


@pytest.mark.parametrize("build", ["llamacpp-native", "llamacpp-xllamacpp"])
def test_llamacpp_tells_its_slots(build):
    assert told(llamacpp.KIND, f"{build}/slots_idle").load == EngineLoad(0, 0, 2)
    busy = told(llamacpp.KIND, f"{build}/slots_busy")
    assert (busy.state, busy.reason, busy.load) == (ProbeState.HEALTHY, "2 of 2 slots busy", EngineLoad(2, 0, 2))


def test_llamacpp_that_was_started_without_slots_says_so():
    found = told(llamacpp.KIND, "llamacpp-xllamacpp/slots_disabled")
    assert (found.state, found.load) == (ProbeState.MISCONFIGURED, None)
    assert found.reason == "does not serve /slots (501); it was started with --no-slots"


def test_llamacpp_that_loads_or_wants_a_key_says_so():
    assert told(llamacpp.KIND, "llamacpp-native/props_loading").state is ProbeState.LOADING
    assert told(llamacpp.KIND, "llamacpp-native/auth_slots_nokey").state is ProbeState.MISCONFIGURED
    assert told(llamacpp.KIND, "llamacpp-python/slots").state is ProbeState.MISCONFIGURED


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"null", b'[{"id":0}]', b'[{"is_processing":1}]', b"[" * 5000])
def test_what_is_no_list_of_slots_tells_nothing(body):
    found = llamacpp.KIND.load.judge(200, body)
    assert (found.state, found.load) == (ProbeState.MISCONFIGURED, None)


def test_vllm_tells_what_runs_and_what_waits_and_while_some_wait_what_it_can_run():
    found = told(vllm.KIND, "vllm-cpu/metrics_busy")
    assert (found.state, found.reason, found.load) == (
        ProbeState.HEALTHY,
        "2 running, 2 waiting",
        EngineLoad(2, 2, 2),
    )


def metrics(*lines):
    return vllm.KIND.load.judge(200, "\n".join(lines).encode())


def test_vllm_that_does_not_make_anybody_wait_does_not_tell_what_it_can_run():
    found = metrics("vllm:num_requests_running 7", "vllm:num_requests_waiting 0")
    assert found.load == EngineLoad(7, 0, None)


def test_the_engines_of_one_vllm_are_added_up_whatever_their_names_hold():
    found = metrics(
        'vllm:num_requests_running{engine="0",model_name="a}b\\"c"} 2.0',
        'vllm:num_requests_running{engine="1",model_name="a}b\\"c"} 1e0 1795402141734',
        'vllm:num_requests_waiting{engine="0",model_name="x"} 0',
        'vllm:num_requests_waiting{engine="1",model_name="x"} 4.0',
        'vllm:num_requests_waiting_by_reason{engine="1",reason="capacity"} 4.0',
        '# vllm:num_requests_waiting{engine="1"} 9',
    )
    assert found.load == EngineLoad(3, 4, 3)


def test_vllm_that_can_run_nothing_has_one_place_all_the_same():
    assert metrics("vllm:num_requests_running 0", "vllm:num_requests_waiting 3").load == EngineLoad(0, 3, 1)


def test_vllm_without_these_metrics_says_so():
    for found in (metrics("python_info 1"), metrics("vllm:num_requests_running 1")):
        assert (found.state, found.load) == (ProbeState.MISCONFIGURED, None)
        assert "--disable-log-stats" in found.reason
    assert vllm.KIND.load.judge(404, b"").reason.startswith("has no such path (404)")


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-1", "1e30", "two"])
def test_a_number_that_is_none_tells_nothing(value):
    found = metrics(f"vllm:num_requests_running {value}", "vllm:num_requests_waiting 0")
    assert (found.state, found.load) == (ProbeState.MISCONFIGURED, None)


@pytest.mark.parametrize("kind", [llamacpp.KIND, vllm.KIND], ids=lambda kind: kind.info.name)
@given(status=st.integers(-1, 1000), body=error_bodies.bodies)
def test_no_answer_is_too_odd_to_be_judged(kind, status, body):
    found = kind.load.judge(status, body)
    assert (found.load is not None) <= (found.state is ProbeState.HEALTHY)


def test_an_unclosed_label_costs_no_more_than_its_length():
    body = b'vllm:num_requests_running{a="' + b'\\"x' * 400_000
    assert vllm.KIND.load.judge(200, body).load is None
