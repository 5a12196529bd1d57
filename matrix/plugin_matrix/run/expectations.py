"""Plugins that state what they expect: `expect.toml` beside a plugin's `pyproject.toml`.

The fixtures use it to hold the harness to the facts. Verdicts and sets of rule ids are compared,
so a finding too many is as wrong as one too few.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from plugin_matrix.errors import UsageError
from plugin_matrix.model import Cause, CellResult, CheckStatus, NotApplicable, Reason, Undetermined, word

EXPECTATION_FILE = "expect.toml"


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is expected on a range of releases."""

    releases: str
    verdict: Literal["compatible", "incompatible", "not-applicable", "undetermined"]
    rules: tuple[Annotated[str, Meta(pattern=r"^PM\d{3}$")], ...] = ()

    def covers(self, release: str) -> bool:
        """Tell whether `release` lies in the range."""
        return SpecifierSet(self.releases).contains(release, prereleases=True)


class Expectation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"beside": "with"}):
    """Content of an `expect.toml`."""

    purpose: str
    expect: tuple[Expected, ...]
    needs: tuple[Literal["torch"], ...] = ()
    beside: tuple[str, ...] = ()
    """Directories, next to this one, of plugins that are installed with it (`with` in the file)."""
    scenario_seconds: float | None = None
    """Shorter limit for a plugin that is known to hang, so that nobody waits for it."""


class Mismatch(msgspec.Struct, frozen=True):
    """A cell that is not as its plugin expects."""

    cell: str
    expected: str
    actual: str


def load_expectation(directory: Path) -> Expectation | None:
    """Read the plugin directory's `expect.toml`; None when it has none.

    Raises:
        UsageError: when the file is not of the form above.

    """
    path = directory / EXPECTATION_FILE
    if not path.is_file():
        return None
    try:
        expectation = msgspec.toml.decode(path.read_bytes(), type=Expectation)
        for expected in expectation.expect:
            SpecifierSet(expected.releases)
    except (msgspec.MsgspecError, InvalidSpecifier, UnicodeDecodeError) as error:
        raise UsageError(f"{directory.name}/{EXPECTATION_FILE}: {error}") from error
    return expectation


UNSTATED = (Reason.ENGINE_PYTHON, Reason.NO_DEVICE)
"""Reasons that are the engine's or the machine's and no plugin's."""


def mismatches(results: Iterable[CellResult], expectations: Mapping[str, Expectation]) -> Iterable[Mismatch]:
    """Yield the cells that are not as expected; `expectations` is by plugin id.

    Cells of plugins that need torch, on environments without, are passed over, and so are those whose engine
    does not support the platform's Python or whose device is not there: a plugin states nothing about these.
    """
    for result in results:
        expectation = expectations.get(result.cell.plugin)
        if expectation is None or ("torch" in expectation.needs and _lacks_torch(result)):
            continue
        if isinstance(result.verdict, NotApplicable) and result.verdict.reason in UNSTATED:
            continue
        actual = _describe(word(result.verdict), (finding.rule for finding in result.findings))
        expected = next(
            (
                _describe(one.verdict, one.rules)
                for one in expectation.expect
                if one.covers(result.cell.engine.release)
            ),
            "nothing stated for this release",
        )
        if actual != expected:
            yield Mismatch(result.id, expected, actual)


def _describe(verdict: str, rules: Iterable[str]) -> str:
    return " ".join((verdict, *sorted(set(rules))))


def _lacks_torch(result: CellResult) -> bool:
    match result.verdict:
        case Undetermined(cause=Cause.TORCH):
            return True
        case _:
            return any(
                check.status is not CheckStatus.PASSED and "torch" in check.detail.lower()
                for check in result.checks
            )
