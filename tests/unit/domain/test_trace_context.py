"""W3C Trace Context: the cases of the recommendation and of its test suite (w3c/trace-context, test/test.py)."""

import random
from binascii import hexlify

import pytest

from sixnines.domain.trace_context import Parent, Roots, continued, read_parent, read_state

TRACE = "12345678901234567890123456789012"
SPAN = "1234567890123456"
SEEN = bytes.fromhex(TRACE), bytes.fromhex(SPAN)


def parent_of(*values, states=()):
    headers = [(b"traceparent", value.encode("latin-1")) for value in values]
    return read_parent([(b"host", b"x"), *headers, *((b"tracestate", each) for each in states)])


def test_a_parent_is_read_with_its_flag():
    assert parent_of(f"00-{TRACE}-{SPAN}-01") == Parent(*SEEN, sampled=True)
    assert parent_of(f"00-{TRACE}-{SPAN}-00") == Parent(*SEEN, sampled=False)


@pytest.mark.parametrize("flags", ["03", "ff", "09"])
def test_of_the_flags_only_the_lowest_bit_means_something(flags):
    assert parent_of(f"00-{TRACE}-{SPAN}-{flags}").sampled


@pytest.mark.parametrize("flags", ["02", "fe", "08"])
def test_other_flags_do_not_mean_that_it_is_recorded(flags):
    assert not parent_of(f"00-{TRACE}-{SPAN}-{flags}").sampled


@pytest.mark.parametrize("version", ["01", "cc", "fe"])
@pytest.mark.parametrize("more", ["", "-what-the-future-will-be-like", "-"])
def test_later_versions_are_read_as_far_as_they_are_known(version, more):
    assert parent_of(f"{version}-{TRACE}-{SPAN}-01{more}") == Parent(*SEEN, sampled=True)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "-",
        f"ff-{TRACE}-{SPAN}-01",  # a version that is none
        f"cc-{TRACE}-{SPAN}-01.what-the-future-will-not-be-like",
        f"00-{TRACE}-{SPAN}-01-more",  # this version has no fifth field
        f"00-{TRACE}-{SPAN}-01-",
        f"00-{TRACE}-{SPAN}-01.",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE[:-1]}.-{SPAN}-01",
        f"00-{TRACE[:-1]}-{SPAN}-01",
        f"00-{TRACE}0-{SPAN}-01",
        f"00-{TRACE}-{SPAN[:-1]}-01",
        f"00-{TRACE}-{SPAN}0-01",
        f"00-{TRACE}-{SPAN[:-1]}.-01",
        f"00-{TRACE}-{SPAN}-0",
        f"00-{TRACE}-{SPAN}-001",
        f"00-{TRACE}-{SPAN}-.0",
        f"00-{TRACE}-{SPAN}",
        f".0-{TRACE}-{SPAN}-01",
        f"0-{TRACE}-{SPAN}-01",
        f"000-{TRACE}-{SPAN}-01",
        f"00-{'A' * 32}-{SPAN}-01",  # upper case
        f"00-{TRACE}-{'A' * 16}-01",
        f"CC-{TRACE}-{SPAN}-01",
        f"00_{TRACE}_{SPAN}_01",
        f"00-{TRACE}-{SPAN}-01\n",
        f"00-{TRACE}-{SPAN}-01,00-{TRACE}-{SPAN}-01",
        f"00-{'é' * 32}-{SPAN}-01",
        "x" * 100_000,
    ],
)
def test_a_malformed_parent_is_none(value):
    assert parent_of(value, states=[b"a=1"]) is None


def test_two_parents_are_none():
    value = f"00-{TRACE}-{SPAN}-01"
    assert parent_of(value, value) is None


def test_a_state_comes_with_its_parent():
    assert parent_of(f"00-{TRACE}-{SPAN}-01", states=[b"foo=1", b"bar=2"]).state == b"foo=1,bar=2"
    assert parent_of(f"00-{TRACE}-{SPAN}-01", states=[b"foo =1"]) == parent_of(f"00-{TRACE}-{SPAN}-01")


@pytest.mark.parametrize(
    ("values", "read"),
    [
        ([b"foo=1"], b"foo=1"),
        ([b"foo=1", b""], b"foo=1"),
        ([b"foo=1,", b",bar=2"], b"foo=1,bar=2"),
        ([b"foo=1 \t , \t bar=2, \t baz=3"], b"foo=1,bar=2,baz=3"),
        ([b"foo=1\t \t,\t \tbar=2,\t \tbaz=3"], b"foo=1,bar=2,baz=3"),
        ([b"foo=1", b"bar=2,rojo=1,congo=2", b"baz=3"], b"foo=1,bar=2,rojo=1,congo=2,baz=3"),
        ([b"foo= 1"], b"foo= 1"),  # a value may begin with a space
        ([b"z" * 256 + b"=1"], b"z" * 256 + b"=1"),
        ([b"t" * 241 + b"@" + b"v" * 14 + b"=1"], b"t" * 241 + b"@" + b"v" * 14 + b"=1"),
        ([b"0t@v=1"], b"0t@v=1"),
        ([b"a=" + b"x" * 256], b"a=" + b"x" * 256),
        ([b",".join(b"bar%02d=%02d" % (n, n) for n in range(32))],) * 1
        + (b",".join(b"bar%02d=%02d" % (n, n) for n in range(32)),),
        ([b"a= !\"#$%&'()*+-./0123456789:;<>?@A~"], b"a= !\"#$%&'()*+-./0123456789:;<>?@A~"),
    ],
)
def test_a_state_is_passed_on_as_one_list(values, read):
    assert read_state(values) == read


@pytest.mark.parametrize(
    "value",
    [
        b"foo",
        b"foo =1",
        b"FOO=1",
        b"foo.bar=1",
        b"foo@=1",
        b"@foo=1",
        b"foo@@bar=1",
        b"foo@bar@baz=1",
        b"foo=1=2",
        b"foo=",
        b"foo=\x01",
        b"foo=\xe9",
        b"=1",
        b"z" * 257 + b"=1",
        b"t" * 242 + b"@v=1",
        b"t@" + b"v" * 15 + b"=1",
        b"0foo=1",  # only the name of a tenant may begin with a digit
        b"a=" + b"x" * 257,
        b"foo=1,foo=2",
        b",".join(b"bar%02d=%02d" % (n, n) for n in range(33)),
        b",".join(b"bar%02d=%s" % (n, b"x" * 200) for n in range(30)),
    ],
)
def test_a_malformed_state_is_left_out(value):
    assert read_state([value]) == b""


def test_a_request_is_the_child_of_its_parent():
    parent = parent_of(f"00-{TRACE}-{SPAN}-01", states=[b"foo=1"])
    place = continued(parent, random.Random(1).getrandbits)
    assert (place.trace_id, place.parent_id, place.sampled) == (parent.trace_id, parent.span_id, True)
    assert place.span_id not in (bytes(8), parent.span_id)
    attempt = place.new_span()
    sent = place.lines(attempt).decode()
    assert sent == f"\r\ntraceparent: 00-{TRACE}-{attempt.hex()}-01\r\ntracestate: foo=1"
    assert read_parent([(b"traceparent", sent.split()[1].encode())]).span_id == attempt


def roots(share=1.0, seed=1):
    rng = random.Random(seed)
    return Roots(rng.getrandbits, rng.random, share)


def test_without_a_parent_a_trace_begins():
    taken = roots()
    places = [taken.take() for _ in range(200)]  # made some at a time
    assert all((each.parent_id, each.state, each.sampled) == (b"", b"", True) for each in places)
    assert len({each.trace_id for each in places}) == 200
    assert all((each.trace_text, each.span_text) == (hexlify(each.trace_id), hexlify(each.span_id)) for each in places)
    assert len({each.span_id for each in places} | {each.first for each in places}) == 400


@pytest.mark.parametrize("parent", [None, Parent(*SEEN, True, b""), Parent(*SEEN, False, b"a=b")])
def test_the_first_attempt_and_the_further_ones_have_ids_and_lines_of_their_own(parent):
    place = roots().take() if parent is None else continued(parent, random.Random(1).getrandbits)
    first, second, third = (place.new_span() for _ in range(3))
    assert len({first, second, third, place.span_id, bytes(8)}) == 5
    flags, state = ("01", "") if parent is None or parent.sampled else ("00", "\r\ntracestate: a=b")
    for span in (first, second, third):
        line = f"\r\ntraceparent: 00-{place.trace_id.hex()}-{span.hex()}-{flags}{state}"
        assert place.lines(span) == line.encode()


def test_a_share_of_those_without_a_parent_is_recorded():
    taken = roots(0.25)
    places = [taken.take() for _ in range(4000)]
    assert 900 < sum(each.sampled for each in places) < 1100
    assert all(each.line.endswith(b"-01" if each.sampled else b"-00") for each in places)
    assert not any(roots(0.0).take().sampled for _ in range(70))


def test_no_id_is_zero():
    for place in (Roots(lambda _: 0, lambda: 0.0, 1.0).take(), continued(Parent(*SEEN, True), lambda _: 0)):
        assert all(map(any, (place.trace_id, place.span_id, place.new_span(), place.new_span())))
