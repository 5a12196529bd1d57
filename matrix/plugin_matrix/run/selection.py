"""From what the user typed to engines, and from selectors to cells."""

import difflib
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.errors import UnknownEngineError
from plugin_matrix.model import Engine, EngineKind

COVERING = "covering"
"""Releases that together show every value of every core dimension since 0.7.0, and 0.6.4.post1."""
ALL = "all"
LATEST = "latest"
NAMED = (COVERING, ALL, LATEST)
FIRST_WITH_PLATFORMS = "0.7.0"
LAST_BEFORE_PLATFORMS = "0.6.4.post1"


def select_engines(terms: Sequence[str], history: InterfaceHistory) -> tuple[Engine, ...]:
    """Return the engines that `terms` name, oldest first and each once.

    A term is `covering`, `all`, `latest`, a release (`0.33.0`), an engine id
    (`reference-0.33.0`) or a PEP 440 specifier set over the releases (`>=0.20,<0.30`);
    commas between whole terms are allowed too.

    Raises:
        UnknownEngineError: for a term that names nothing.

    """
    releases = history.releases
    chosen: set[str] = set()
    for term in _split(terms):
        chosen.update(_matching(term, history))
    return tuple(Engine(EngineKind.REFERENCE, release) for release in releases if release in chosen)


def select_engine(name: str, history: InterfaceHistory) -> Engine:
    """Return the one engine that `name` names; raises `UnknownEngineError` where it names several or none."""
    found = select_engines([name], history)
    if len(found) != 1:
        raise UnknownEngineError(
            f"{name!r} names {len(found)} engines, and one is wanted.",
            next_step=f"Write for example {found[-1].id}.",
        )
    return found[0]


def _split(terms: Iterable[str]) -> Iterable[str]:
    for term in terms:
        if any(character in term for character in "<>=!~"):
            yield term.strip()
        else:
            yield from (part.strip() for part in term.split(",") if part.strip())


def _matching(term: str, history: InterfaceHistory) -> Iterable[str]:
    releases = history.releases
    if term == COVERING:
        return {LAST_BEFORE_PLATFORMS, *history.covering_set(since=FIRST_WITH_PLATFORMS)}
    if term in NAMED:
        return releases if term == ALL else releases[-1:]
    if any(character in term for character in "<>=!~"):
        return _in_specifier(term, releases)
    if term.startswith("vllm-"):
        raise UnknownEngineError(
            f"Engine {term!r} is a real vLLM release; this version runs reference engines only.",
            next_step=f"Use reference-{term.removeprefix('vllm-')} for the release's plugin contract.",
        )
    near = difflib.get_close_matches(term, NAMED, n=1)
    if near:
        raise UnknownEngineError(f"No engine is called {term!r}.", next_step=f"Did you mean {near[0]}?")
    return (history.resolve(term.removeprefix("reference-")),)


def _in_specifier(term: str, releases: tuple[str, ...]) -> tuple[str, ...]:
    try:
        specifiers = SpecifierSet(term)
    except InvalidSpecifier as error:
        raise UnknownEngineError(
            f"{term!r} is not a version specifier.", next_step="Write for example '>=0.20,<0.30'."
        ) from error
    found = tuple(specifiers.filter(releases, prereleases=True))
    if not found:
        raise UnknownEngineError(
            f"No vLLM release with plugins matches {term!r}.",
            next_step=f"Known: {releases[0]} to {releases[-1]}.",
        )
    return found


def selected(cell_id: str, select: Sequence[str], deselect: Sequence[str]) -> bool:
    """Tell whether a cell id matches the selectors.

    A selector is a shell pattern over the whole id (`acme*|*|cpu-py311`); one without `|`
    matches when any part of the id matches it. Nothing selected means everything.
    """
    return (not select or any(_matches(cell_id, pattern) for pattern in select)) and not any(
        _matches(cell_id, pattern) for pattern in deselect
    )


def _matches(cell_id: str, pattern: str) -> bool:
    if "|" in pattern:
        return fnmatchcase(cell_id, pattern)
    return any(fnmatchcase(part, pattern) for part in cell_id.split("|"))
