"""Spans of octets against a plain set of them."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from roverctl.core.spans import Spans


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 12)), max_size=25), st.integers(0, 80))
def test_spans_are_what_a_set_of_octets_says(pieces: list[tuple[int, int]], size: int) -> None:
    spans, octets = Spans(), set[int]()
    for begin, length in pieces:
        new = spans.add(begin, begin + length)
        wanted = set(range(begin, begin + length)) - octets
        assert {octet for first, last in new for octet in range(first, last)} == wanted
        assert sum(last - first for first, last in new) == len(wanted)
        octets |= wanted
    missing = {octet for first, last in spans.gaps(size) for octet in range(first, last)}
    assert missing == set(range(size)) - octets
    assert spans.end == max(octets, default=-1) + 1
    plain = spans.save()
    assert all(a[1] < b[0] for a, b in pairwise(plain)), "they do not touch"
    assert Spans(plain).save() == plain
