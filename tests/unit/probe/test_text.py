"""The probe's own reader and writer of JSON agree with the standard library's."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin_matrix.probe.text import decode, encode

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(-1e9, 1e9) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_what_is_written_is_read_alike_by_both(value: Any) -> None:
    text = encode(value)
    assert decode(text) == json.loads(text)
    assert decode(json.dumps(value, indent=1) + "\n") == value


@pytest.mark.parametrize(
    "text",
    ["", " ", "{", "[1", "[1]]", "{} {}", "nul", "{1: 2}", '"a', "[" * 100_000, '{"a"}', "\x00"],
    ids=lambda text: repr(text[:8]),
)
def test_anything_else_is_refused_by_both(text: str) -> None:
    for read in (json.loads, decode):
        with pytest.raises((ValueError, RecursionError)):
            read(text)
