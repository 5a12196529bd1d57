"""From what the user typed to releases of an axis."""

import difflib
from collections.abc import Iterable

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from plugin_matrix.errors import UnknownEngineError
from plugin_matrix.model.version_set import Mask, ReleaseAxis

ALL, LATEST = "all", "latest"


def select_releases(terms: Iterable[str], axis: ReleaseAxis) -> Mask:
    """Return the releases that any of `terms` names.

    A term is `all`, `latest`, a release, or a PEP 440 specifier set (`>=0.20,<0.30`); commas between whole
    terms are allowed too. Raises `UnknownEngineError` for one that names nothing.
    """
    mask = 0
    for term in _split(terms):
        if term == ALL:
            mask |= axis.all
        elif term == LATEST:
            mask |= axis.bit(axis.releases[-1])
        elif _is_specifier(term):
            mask |= _matching(term, axis)
        else:
            mask |= axis.bit(find_release(term, axis))
    return mask


def find_release(name: str, axis: ReleaseAxis) -> str:
    """Return the release meant by `name`, another spelling of a version allowed.

    Raises `UnknownEngineError` for one that is not on the axis, with the nearest that are.
    """
    try:
        wanted = Version(name)
    except InvalidVersion:
        near = difflib.get_close_matches(name, [*axis.releases, ALL, LATEST], n=3) or [axis.releases[-1]]
    else:
        for release in axis.releases:
            if Version(release) == wanted:
                return release
        earlier = [release for release in axis.releases if Version(release) < wanted]
        near = earlier[-2:] + list(axis.releases[len(earlier) : len(earlier) + 1])
    raise UnknownEngineError(
        f"There is no vLLM release {name!r} among the {len(axis.releases)} of the index, "
        f"{axis.releases[0]} to {axis.releases[-1]}.",
        next_step=f"Did you mean {', '.join(near)}? `plugin-matrix engines sync` fetches newer releases.",
    )


def _split(terms: Iterable[str]) -> Iterable[str]:
    for term in terms:
        if _is_specifier(term):
            yield term.strip()
        else:
            yield from (part.strip() for part in term.split(",") if part.strip())


def _is_specifier(term: str) -> bool:
    return any(sign in term for sign in "<>=!~")


def _matching(term: str, axis: ReleaseAxis) -> Mask:
    try:
        mask = axis.matching(SpecifierSet(term))
    except InvalidSpecifier as error:
        raise UnknownEngineError(
            f"{term!r} is not a version specifier.", next_step="Write for example '>=0.20,<0.30'."
        ) from error
    if not mask:
        raise UnknownEngineError(
            f"No vLLM release of the index matches {term!r}.",
            next_step=f"There are {axis.releases[0]} to {axis.releases[-1]}.",
        )
    return mask
