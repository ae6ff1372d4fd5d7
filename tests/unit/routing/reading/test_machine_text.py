"""How much of a text is code."""

import pytest

from sixnines.routing.reading.machine_text import code_share

PROSE = b"The lift had stopped between the third and the fourth floor (again), and nobody was surprised. "
CODE = b"for (i = 0; i < n; i++) { total += prices[i] * (1 + tax); }\n"


@pytest.mark.parametrize(
    ("text", "share"),
    [
        (b"", 0.0),
        (PROSE, 0.0),
        (PROSE * 20, 0.0),
        (CODE, 1.0),
        (b"```\n" + PROSE + b"```", 1.0),
        (b"``````", 0.0),
        (PROSE * 2 + b"```\n" + CODE + b"```", 0.24),
        (b"Solve 3x + 7 = 22", 0.0),
        (b'{"temp": 14, "sky": {"rain": true, "wind": [1, 2, 3]}, "place": {"name": "Graz"}}', 0.27),
    ],
)
def test_the_share_is_told_by_fences_and_signs(text, share):
    assert code_share(text) == pytest.approx(share, abs=0.05)


def test_more_code_is_a_larger_share():
    shares = [code_share(PROSE * 10 + CODE * times) for times in range(0, 40, 4)]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] > 0.8
