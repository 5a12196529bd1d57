"""A cell's report comes out of a container: whatever it is, it is read without harm."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin_matrix.sandbox.container.exchange import CellReport, decode_report

BOUND = 100


def told(report: object, result: bytes = b"") -> bytes:
    content = report if isinstance(report, bytes) else json.dumps(report).encode()
    return b"SR" + len(content).to_bytes(8, "big") + content + result


def test_a_whole_report_is_read_with_its_result() -> None:
    assert decode_report(told({"status": 256, "result_size": 2}, b"hi"), BOUND) == (
        CellReport(status=256, result_size=2),
        b"hi",
    )
    assert decode_report(told({"problem": "none"}), BOUND) == (CellReport(problem="none"), None)


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"S",
        b"SR",
        b"SR" + bytes(8),
        b"SR" + b"\xff" * 8 + b"{}",
        told(b"{"),
        told(b"[" * 50_000),
        told([]),
        told({"status": "x"}),
        told({"result_size": 5}, b"four"),
        told({"result_size": 3}, b"four"),
        told({"result_size": BOUND + 1}, bytes(BOUND + 1)),
        told({"result_size": 1e300}),
        told({"counted": {"memory_kills": None}}),
        told(b'{"status": "\xff"}'),
    ],
    ids=lambda value: repr(value[:30]),
)
def test_anything_else_is_no_report(hostile: bytes) -> None:
    assert decode_report(hostile, BOUND) is None


@given(st.binary(max_size=200))
def test_no_bytes_do_harm(content: bytes) -> None:
    for data in (content, told(content)):
        decoded = decode_report(data, BOUND)
        assert decoded is None or decoded[1] is None or len(decoded[1]) <= BOUND
