"""Sizes as people write and read them: `10GiB`, `512 MB`, `1.5T`."""

import re

_FACTORS: dict[str, int] = {
    prefix.lower() + binary: base**power
    for power, prefix in enumerate(("", "K", "M", "G", "T", "P"))
    for binary, base in (("i", 1024), ("", 1000))
    if prefix or not binary
}
_SIZE = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?)\s*(?P<prefix>[KMGTP]i?)?B?", re.ASCII | re.IGNORECASE)


def parse_size(text: str) -> int:
    """Return the bytes that `text` names: `GiB` are powers of 1024, `GB` and `G` of 1000.

    Raises `ValueError` with a sentence.
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no size; sizes are written like 10GiB, 512MiB or 2GB.")
    return round(float(found["number"]) * _FACTORS[(found["prefix"] or "").lower()])


def size_text(size: int) -> str:
    """Return `size` bytes in the largest unit that leaves at least one of it: `3.4 GiB`."""
    if size < 1024:  # noqa: PLR2004 - the unit's definition
        return f"{size} B"
    value = float(size)
    for unit in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        value /= 1024
        # What would be printed as 1024.0 is one of the next unit.
        if value < 1023.95 or unit == "PiB":  # noqa: PLR2004 - see above
            break
    return f"{value:.1f} {unit}"
