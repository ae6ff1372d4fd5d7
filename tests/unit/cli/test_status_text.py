"""What `sixnines status` prints of a picture."""

from dataclasses import replace

import msgspec
import pytest

from sixnines.cli.status_text import Look, status_lines, status_values
from sixnines.client.seen import Availability, Available, BrokenBy, Deployment, Ledger, Providers, Served, ServedList
from support.pictures import FELL_BACK, NINES, NOW, STATE, picture, provider, request


def said(found, width=140, **look) -> str:
    return "\n".join(status_lines(found, Look(width, **look)))


def test_all_is_well():
    text = said(picture(), width=130)
    assert (
        text
        == f"""\
GATEWAY  sixnines 0.1.0, up 1 d 1 h
  revision 3, served for 2 h 5 min; 2 workers; 0 in flight; since the start 1,204 calls were good and 3 bad
  /srv/lab.yaml, reached at http://lab:4000

PROVIDERS  STATE    SINCE  IN FLIGHT  QUEUE  FIRST TOKEN  WHY
  a        healthy  3 min          0      0            -  answers
  b        healthy  3 min          0      0            -  answers

MODELS  1 model and 1 route: all can be served

AVAILABILITY  of the last 24h
  gateway  {NINES}

SPEND  of the last 24h
  $12.35 for 1,204 answers: 2,000,000 tokens of prompts, 500,000 of them from a cache, and 340,000 of answers
  budget this month: $34.10 of $100.00 (34 %), $61.00 at the pace of late

FALLBACKS  in the last hour: none

All that is required is up."""
    )


def test_what_is_down_is_said_last_where_it_is_read():
    text = said(picture(provider("a", "down", "the connection was refused"), provider("b")))
    assert "  a        down     3 min          0      0            -  the connection was refused" in text
    assert text.endswith("DOWN\n  - provider a is down: the connection was refused")


def test_what_is_optional_is_shown_and_is_no_fault():
    text = said(picture(provider("a", "down", "refused", optional=True)))
    assert "a (optional)" in text
    assert text.endswith("All that is required is up.")


def test_a_provider_whose_deployments_are_all_out_is_down_whatever_its_probes_say():
    broken = Deployment(id="a/up", state="down", reason="breaker open", breaker="open", for_s=16.7)
    text = said(picture(provider("a", "healthy", "lists its models", deployments=(broken,))))
    assert "  a        down   -              0      0            -  breaker of a/up open, 17 s left" in text
    assert text.endswith("- provider a: none of its deployments can be asked (breaker open)")


def test_in_flight_queue_and_first_tokens_are_in_their_columns():
    busy = provider("a", in_flight=3, max_in_flight=4, waiting=2)
    found = picture(busy, requests=(request(ago_s=1), request(attempts=(("a", "ok", 40.0),)), request(streamed=False)))
    assert "  a        healthy  3 min        3/4      2   30 ms of 2  answers" in said(found)


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_no_line_is_wider_than_the_screen(width):
    long = provider("a-provider-with-a-name-that-is-long", "down", "a reason " * 30)
    found = picture(
        long,
        requests=(FELL_BACK,),
        gateway=replace_state(problem="no space left on the device " * 5),
        served=ServedList(models=tuple(Served(name=f"model-{n}", kind="model", state="nobody") for n in range(30))),
    )
    lines = status_lines(found, Look(width))
    assert max(map(len, lines)) <= width
    assert "18 more" in " ".join(" ".join(lines).split())


def replace_state(**more):
    return msgspec.structs.replace(STATE, **more)


def test_models_that_nobody_can_serve_are_named_and_are_a_fault():
    models = (
        Served(name="m", kind="model", state="nobody"),
        Served(name="chat", kind="route", state="fallback"),
        Served(name="x", kind="model", state="ok"),
    )
    text = said(picture(served=ServedList(models=models)))
    assert "MODELS  2 models and 1 route\n  cannot be served now: m\n  by fallbacks only: chat\n" in text
    assert text.endswith("DOWN\n  - nobody can serve the model m now")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, "AVAILABILITY  not measured"),
        (Availability(window="24h"), "AVAILABILITY  not measured"),
        (
            Availability(window="24h", ledger=Ledger(state="none", fault="no place")),
            "AVAILABILITY  not measured: no place",
        ),
        (Availability(window="24h", gateway=Available(text="nonsense")), "  gateway  not measured"),
    ],
)
def test_what_was_not_measured_is_said_so(found, words):
    assert words in said(picture(availability=found))


def test_models_with_bad_outcomes_are_listed_below_the_gateway():
    bad = Available(name="m", text="90 % (80-95)", good=90, bad=10)
    fine = Available(name="x", text="100 % (99-100)", good=90)
    found = Availability(window="24h", gateway=Available(text="95 %", good=95, bad=5), models=(bad, fine))
    assert "  gateway  95 %\n  m        90 % (80-95)\n\n" in said(picture(availability=found))


def test_fallbacks_are_counted_by_edge_and_those_of_yesterday_are_not():
    old = request("r0", 4000.0, (("a", "server", 3.0), ("b", "ok", 40.0)))
    text = said(picture(requests=(FELL_BACK, FELL_BACK, old)))
    assert "FALLBACKS  in the last hour\n  a -> b  transport  2\n" in text


def test_it_says_so_where_the_gateway_does_not_remember_a_whole_hour():
    text = said(picture(requests=tuple(request(str(n), 60.0) for n in range(1000)), held=1000))
    assert "FALLBACKS  since 02:59 UTC, in the last 1,000 requests: none" in text
    text = said(picture(gateway=replace_state(started_unix_s=NOW - 60)))
    assert "FALLBACKS  since the gateway was started: none" in text


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"problem": "no space"}, "- revisions cannot be recorded: no space"),
        ({"head": 4}, "- revision 3 is served, and revision 4 is the one that holds"),
        ({"head": 4, "changing": "ada since 02:59"}, "- the config is being changed: ada since 02:59"),
        ({"restart": ["server.listen"]}, "- takes effect at the next start only: server.listen"),
        ({"missing_workers": [2]}, "- workers that did not answer in time: 2"),
    ],
)
def test_warnings_of_the_config(more, words):
    text = said(picture(gateway=replace_state(**more)))
    assert "WARNINGS\n  " + words in text
    assert text.endswith("All that is required is up.")


def test_a_change_under_way_is_not_told_twice():
    assert "the one that holds" not in said(picture(gateway=replace_state(head=4, changing="ada")))


def test_what_was_done_by_hand_is_a_warning_with_the_time_that_is_left():
    opened = Deployment(id="b/up", state="down", breaker="open", opened_by_hand=True, for_s=42.0)
    held = provider("a", "busy", "held back by the operator", for_s=59.6)
    text = said(picture(held, provider("b", deployments=(opened, Deployment(id="b/x", state="healthy")))))
    assert "  - a is held back by hand, 60 s left\n  - the breaker of b/up was opened by hand, 42 s left" in text
    assert "breaker of b/up open by hand, 42 s left" in text


def test_a_provider_that_is_broken_on_purpose_is_no_fault_and_says_for_how_long():
    broken = provider("a", "down", "the connection was refused", broken_on_purpose=BrokenBy(fault="refuse", for_s=90.2))
    text = said(picture(broken, provider("b")))
    assert "  - a is broken on purpose: refuse, 90 s left" in text
    assert "broken on purpose: refuse, 90 s left; the connection was refused" in text
    assert text.endswith("All that is required is up.")


def test_what_was_opened_by_hand_is_no_fault_as_long_as_somebody_is_left():
    opened = Deployment(id="b/up", state="down", breaker="open", opened_by_hand=True, for_s=42.0)
    rest = Deployment(id="b/x", state="down", reason="breaker open", breaker="open")
    assert said(picture(provider("b", deployments=(opened,)))).endswith("All that is required is up.")
    assert "  b        down" in said(picture(provider("b", deployments=(opened,))))
    assert (
        said(picture(provider("b", deployments=(opened, rest)))).split("DOWN\n")[1].startswith("  - provider b: none")
    )


def test_a_ledger_that_loses_outcomes_is_a_warning():
    found = Availability(window="24h", ledger=Ledger(state="failing", fault="no space", lost=1200))
    text = said(picture(availability=found))
    assert "- availability is not recorded: no space\n  - 1,200 outcomes were lost" in text


def test_a_gateway_that_does_not_tell_is_no_fault():
    text = said(picture(gateway=None, served=None))
    assert "GATEWAY  http://lab:4000" in text
    assert "MODELS  this gateway does not tell who is left" in text


def test_colours_are_only_there_where_they_are_wanted_and_change_no_word():
    found = picture(provider("a", "down", "refused"), provider("b"))
    coloured = said(found, colour=True)
    assert "\x1b[31mdown\x1b[0m" in coloured
    plain = coloured
    for code in ("31", "32", "1;31", "1", "0"):
        plain = plain.replace(f"\x1b[{code}m", "")
    assert plain == said(found)
    assert "\x1b" not in said(found)


def test_a_name_that_holds_the_word_of_its_state_is_not_coloured_instead():
    coloured = said(picture(provider("down-the-hall", "down", "refused")), colour=True)
    assert "down-the-hall  \x1b[31mdown\x1b[0m" in coloured


def test_words_from_outside_cannot_move_the_cursor():
    text = said(picture(provider("a", "down", "\x1b[2Jgone\r\n")))
    assert "\x1b" not in text
    assert "\r" not in text


def test_programs_get_the_same():
    values = status_values(picture(provider("a", "down", "refused"), requests=(FELL_BACK,)))
    again = msgspec.json.decode(msgspec.json.encode(values))
    assert again["ok"] is False
    assert again["faults"] == ["provider a is down: refused"]
    assert again["fallbacks"]["edges"] == [{"source": "a", "target": "b", "kind": "transport", "count": 1}]
    assert again["gateway"]["revision"] == 3


def test_workers_that_only_one_page_misses_are_told():
    found = picture()
    found = replace(found, providers=Providers(providers=found.providers.providers, missing_workers=(3,)))
    assert "workers that did not answer in time: 3" in said(found)
