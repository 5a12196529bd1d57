"""Known differences between the reference engine and the real one: data with reasons, never stale."""

import re
import tomllib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec
from packaging.specifiers import SpecifierSet

FILE = Path(__file__).parents[2] / "core" / "differences.toml"


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A difference that stands for the time being."""

    fixture: str
    """Shell pattern."""
    releases: str
    """Specifier set."""
    path: str
    """Of the fact; `*` stands for any characters, every other sign for itself."""
    reason: str

    def holds_for(self, fixture: str, release: str) -> bool:
        return fnmatchcase(fixture, self.fixture) and SpecifierSet(self.releases).contains(
            release, prereleases=True
        )

    def matches(self, path: str) -> bool:
        return re.fullmatch(".*".join(map(re.escape, self.path.split("*"))), path) is not None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    difference: tuple[Known, ...] = ()


def known_differences(file: Path = FILE) -> tuple[Known, ...]:
    return msgspec.convert(tomllib.loads(file.read_text("utf-8")), _File).difference


def unexplained(
    found: Mapping[str, tuple[str, str]], known: tuple[Known, ...], fixture: str, release: str
) -> list[str]:
    """Return a line for each difference without a reason, and for each reason without a difference."""
    here = [one for one in known if one.holds_for(fixture, release)]
    lines = [
        f"{path}\n    reference: {reference}\n    vLLM:      {real}"
        for path, (reference, real) in found.items()
        if not any(one.matches(path) for one in here)
    ]
    lines += [
        f"stale: {one.path} does not differ for {fixture} on {release}"
        for one in here
        if not any(one.matches(path) for path in found)
    ]
    return lines
