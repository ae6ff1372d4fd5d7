"""What the laws do not reach: depth, and what is left to the engines."""

import pytest

from sixnines.dialects import unambiguous
from sixnines.endpoints.chat_completions import read
from sixnines.errors import MalformedRequest


def request(depth, padding):
    nested = "[" * depth + "]" * depth
    return f'{{"model":"m","messages":[{{"role":"user","content":"x"}}],"x":{nested},"y":"{"y" * padding}"}}'.encode()


@pytest.mark.parametrize("padding", [0, 2 * 1024 * 1024])
def test_depth_is_refused_and_no_bug(padding):
    body = request(200_000, padding)
    for check in (read, unambiguous.check):
        with pytest.raises(MalformedRequest, match="nested too deeply"):
            check(body)


def test_a_number_with_a_value_is_the_engines_business():
    for number in ("1e308", "1e-999", "-0", "18446744073709551616", "0.1" + "0" * 400):
        unambiguous.check(b'{"seed":%b}' % number.encode())


def test_keys_within_values_are_the_engines_business():
    unambiguous.check(b'{"a":{"b":1,"b":2},"c":[{"a":1,"a":2}]}')


def test_large_values_are_not_built():
    """Where a list of lists would take twenty times the memory of its text."""
    large = b"[" + b"[]," * 400_000 + b"1e999]"
    unambiguous.check(b'{"a":%b}' % large)
    with pytest.raises(MalformedRequest) as caught:
        unambiguous.check(b'{"a":%b,"b":1e999}' % large)
    assert caught.value.param == "b"
