"""Output is counted, bounded and made harmless."""

import pytest

from plugin_matrix.sandbox.output import Output, harmless


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"plain \xc3\xa9\ttab\nnewline", "plain é\ttab\nnewline"),
        (b"\x1b[1;31mred\x1b[0m", "red"),
        (b"\x1b]0;title\x07shown", "shown"),
        (b"\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\", "link"),
        (b"\x1b]52;c;ZWNobw==\x07", ""),
        (b"\x1bP1$rx\x1b\\after", "after"),
        (b"\x1b[2J\x1b[H\x1b(B\x1b7", ""),
        (b"end\x1b", "end"),
        (b"a\x00b\x07c\x08d\x7fe", "abcde"),
        ("c1 \x9b31m".encode(), "c1 31m"),
        (b"progress 1\rprogress 2\r\nend", "progress 1\nprogress 2\nend"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        ("left\u202eright\u2066".encode(), "leftright"),
    ],
)
def test_what_commands_a_terminal_or_deceives_a_reader_is_removed(data: bytes, text: str) -> None:
    assert harmless(data) == text


def test_short_output_is_kept_whole() -> None:
    output = Output()
    for word in (b"one ", b"two ", b"three"):
        output.add(word)
    assert (output.text(), output.total) == ("one two three", 13)


@pytest.mark.parametrize("chunk", [1, 1000, 65536, 1 << 20])
def test_of_long_output_the_beginning_and_the_end_are_kept(chunk: int) -> None:
    data = b"".join(b"%07d\n" % number for number in range(1 << 17 if chunk > 1 else 1 << 14))
    output = Output()
    for start in range(0, len(data), chunk):
        output.add(data[start : start + chunk])
    text = output.text()
    assert output.total == len(data)
    assert text.startswith("0000000\n0000001\n")
    assert text.endswith(data[-800:].decode())
    assert f"[... {len(data) - 64 * 1024} bytes left out ...]" in text
    assert len(text) < 66_000


def test_output_that_just_fits_has_nothing_left_out() -> None:
    output = Output()
    output.add(b"x" * 64 * 1024)
    assert output.text() == "x" * 64 * 1024
