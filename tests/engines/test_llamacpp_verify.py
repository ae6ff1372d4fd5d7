"""Verification and preflight against a real llama.cpp: what it says of itself, and what it answers."""

from sixnines.bootstrap import looking_up
from sixnines.clock import SystemClock
from sixnines.control.events import CheckStatus
from sixnines.control.preflight import ProviderPreflight
from sixnines.control.verify.scene import Options
from support.real_engines import ALIAS
from support.verifying import loaded, verify

CONFIG = """
providers:
  native: {{kind: llamacpp, base_url: "{url}"}}
models:
  m: {{deployments: [{{provider: native, model: {alias}, context_window: {window}}}], capabilities: [json_schema]}}
  next: {{deployments: [{{provider: native, model: {alias}}}], fallbacks: []}}
routes:
  chat: {{models: [m]}}
"""


def config(engine, *, window=512):
    return CONFIG.format(url=engine.base_url, alias=ALIAS, window=window)


async def test_a_real_engine_is_verified_and_measured(lab, llamacpp):
    text = config(llamacpp)
    lab.serve(text)
    found = await verify(lab, loaded(text), options=Options(samples=3, answer_s=30.0))
    assert found.of(CheckStatus.FAILED) == set(), found.table()
    assert found.one("models", "native/smollm2 alone answers", "m").served_by == "native"
    assert found.one("json", "native/smollm2 keeps to a schema", "m").status is CheckStatus.PASSED
    measured = found.one("latency", "its streams are measured (3)", "native").measured
    assert measured["ttfb_p50_s"] > 0
    assert measured["tokens_per_s_p50"] > 1


async def test_a_window_that_a_real_engine_does_not_hold_is_found_before_anything_is_served(llamacpp):
    async with looking_up() as lookup:
        preflight = ProviderPreflight(lookup, SystemClock())
        fits = [each async for each in preflight(None, loaded(config(llamacpp)))]
        larger = [each async for each in preflight(None, loaded(config(llamacpp, window=999_999)))]
    assert {each.status for each in fits} == {CheckStatus.PASSED}, fits
    (failed,) = [each for each in larger if each.status is CheckStatus.FAILED]
    assert "999,999 is declared" in failed.message
