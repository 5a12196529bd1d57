"""vLLM's version in the plugin's hands: the forms it takes and what comparing each comes to."""

import re

import msgspec
from packaging.version import InvalidVersion, Version

from plugin_matrix.plugins.uses.guards import ALWAYS, NEVER, disjunction, negation
from plugin_matrix.plugins.uses.records import Guard, OnRelease

RELEASE_TEXTS = frozenset({"vllm.__version__", "vllm.version.__version__", "vllm._version.__version__"})
RELEASE_TUPLES = frozenset(
    {"vllm.__version_tuple__", "vllm.version.__version_tuple__", "vllm._version.__version_tuple__"}
)
RELEASE_NAMES = RELEASE_TEXTS | RELEASE_TUPLES
"""Names under which vLLM tells its own version."""


class ReleaseText(msgspec.Struct, frozen=True):
    """`"0.11.0"`, the version as a string."""


class ReleaseVersion(msgspec.Struct, frozen=True):
    """`Version("0.11.0")`."""


class ReleaseNumbers(msgspec.Struct, frozen=True):
    """`(0, 11, 0)`, or the first `length` of it."""

    length: int | None = None


class ReleaseNumber(msgspec.Struct, frozen=True):
    """One of the numbers: 0 is the major one."""

    position: int


ReleaseForm = ReleaseText | ReleaseVersion | ReleaseNumbers | ReleaseNumber

_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_PREFIX = re.compile(r"\d+(\.\d+){1,2}\.?")
_PARTS = 3
"""A release of vLLM has three numbers."""


def mirrored(operator: str) -> str | None:
    """Return the operator with its sides exchanged; None for those that compare nothing."""
    return _MIRRORED.get(operator)


def compare_version(operator: str, text: str) -> Guard | None:
    """Return where `release operator Version(text)` holds."""
    if operator not in _MIRRORED:
        return None
    try:
        version = Version(text)
    except InvalidVersion:
        return None
    return OnRelease(operator, version.public if version.local else text)


def compare_text(operator: str, text: str) -> Guard | None:
    """Return where `release operator text` holds; the order of strings is not that of versions."""
    return compare_version(operator, text) if operator in {"==", "!="} else None


def compare_numbers(operator: str, length: int | None, numbers: tuple[int, ...]) -> Guard | None:
    """Return where the first `length` numbers of the release (all for None) compare so with `numbers`.

    A tuple that begins with another and is longer is the greater one.
    """
    if not numbers or operator not in _MIRRORED:
        return None
    if operator in {"<", "<=", "!="}:
        opposite = compare_numbers({"<": ">=", "<=": ">", "!=": "=="}[operator], length, numbers)
        return None if opposite is None else negation(opposite)
    own = _PARTS if length is None else length
    cut = numbers[:own]
    if operator == "==":
        if len(numbers) != own:
            return NEVER
        return _from("==", numbers) if own >= _PARTS else OnRelease("specifier", f"=={_dots(numbers)}.*")
    beyond = (operator == ">" and len(numbers) >= own) or len(numbers) > own
    return _from(">=", (*cut[:-1], cut[-1] + 1) if beyond else cut)


def compare_number(operator: str, position: int, number: int) -> Guard | None:
    """Return where one number of the release compares so, as long as vLLM's major number is 0."""
    match position:
        case 0:
            return compare_numbers(operator, 1, (number,))
        case 1 if number >= 0:
            return compare_numbers(operator, 2, (0, number))
        case _:
            return None


def starts_with(prefix: str) -> Guard | None:
    """Return where the release, as text, starts with `prefix`."""
    if not _PREFIX.fullmatch(prefix):
        return None
    if prefix.endswith("."):
        return OnRelease("specifier", f"=={prefix}*")
    # "0.1" begins 0.1.3 and 0.12.0 alike.
    longer = [] if prefix.endswith(".0") else [f"{prefix}{digit}" for digit in range(10)]
    return disjunction(OnRelease("specifier", f"=={text}.*") for text in (prefix, *longer))


def contains_text(part: str) -> Guard | None:
    """Return where the release, as text, contains `part`: taken for a version that it names."""
    return OnRelease("specifier", f"=={part.rstrip('.')}.*") if _PREFIX.fullmatch(part) else None


def _from(operator: str, numbers: tuple[int, ...]) -> Guard:
    if operator == ">=" and not any(numbers):
        return ALWAYS
    return OnRelease(operator, _dots(numbers))


def _dots(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))
