"""Sizes are read as people write them, and printed so that they can be read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin_matrix.model.size import parse_size, size_text


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("4096", 4096),
        ("7B", 7),
        ("2kB", 2000),
        ("2K", 2000),
        ("2 KiB", 2048),
        ("512MiB", 512 * 1024**2),
        ("512mb", 512 * 1000**2),
        (" 10GiB ", 10 * 1024**3),
        ("1.5Ti", 3 * 1024**4 // 2),
        ("1PB", 1000**5),
    ],
)
def test_sizes_are_read_as_written(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "GiB", "-1GiB", "1e3", "10GX", "ten", "1,5GiB", "1..5G", "nan", "inf", "1iB"]
)
def test_what_is_no_size_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="like 10GiB"):
        parse_size(text)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1024**2 - 1, "1.0 MiB"),
        (10 * 1024**3, "10.0 GiB"),
        (5000 * 1024**5, "5000.0 PiB"),
    ],
)
def test_a_size_is_printed_in_the_largest_unit(size: int, text: str) -> None:
    assert size_text(size) == text


@given(st.integers(min_value=0, max_value=2**60))
def test_what_is_printed_is_read_back_within_its_digits(size: int) -> None:
    assert parse_size(size_text(size)) == pytest.approx(size, rel=0.05)
