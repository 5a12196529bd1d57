"""What cannot be seen is written out, what can be seen is left alone."""

import unicodedata

import pytest

from plugin_matrix.report.visible import ascii_only, block, last_part, line, shorten


@pytest.mark.parametrize(
    ("text", "as_line", "as_block"),
    [
        ("plain text, é, \N{SNOWMAN}", "plain text, é, \N{SNOWMAN}", "plain text, é, \N{SNOWMAN}"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("one\ntwo\tthree", r"one\ntwo\tthree", "one\ntwo\tthree"),
        ("one\r\ntwo\rthree", r"one\r\ntwo\rthree", "one\ntwo\\rthree"),
        ("\u202egnp.exe\u2066", r"\u202egnp.exe\u2066", r"\u202egnp.exe\u2066"),
        ("a\u200bb\u2028c\ufeff", r"a\u200bb\u2028c\ufeff", r"a\u200bb\u2028c\ufeff"),
        ("\ud800 \ufffe \U000e0041", r"\ud800 \ufffe \U000e0041", r"\ud800 \ufffe \U000e0041"),
        ("\x00\x7f\x85\x9b", r"\x00\x7f\x85\x9b", r"\x00\x7f\x85\x9b"),
        ("שלום", "שלום", "שלום"),
    ],
)
def test_unseen_characters_are_written_out(text: str, as_line: str, as_block: str) -> None:
    assert line(text) == as_line
    assert block(text) == as_block


def test_no_control_or_direction_character_is_left_of_all_there_are() -> None:
    left = line("".join(map(chr, range(0x110000))))
    assert not {char for char in left if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}}
    directions = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    assert not {char for char in left if unicodedata.bidirectional(char) in directions}


def test_ascii_only_escapes_the_rest() -> None:
    assert ascii_only("é \N{SNOWMAN}") == r"\xe9 \u2603"


def test_what_is_left_out_is_counted() -> None:
    assert shorten("abc", 3) == last_part("abc", 3) == "abc"
    assert shorten("abcdef", 2) == "ab [... 4 more characters]"
    assert last_part("abcdef", 2) == "[4 characters ...] ef"
