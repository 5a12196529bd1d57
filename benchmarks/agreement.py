"""How often what is told from source agrees with what happens on the real releases of vLLM.

    python benchmarks/agreement.py run agreement.jsonl --minutes 60   # adds what is not there yet
    python benchmarks/agreement.py predict agreement.jsonl            # predicts anew for what is there
    python benchmarks/agreement.py table agreement.jsonl              # what it comes to, as Markdown

Each artefact of `agreement.toml` is held against the source of every release, as `plugin-matrix check`
does, and its entry points are imported and called on the releases named there, each in a sandboxed process
on the release's own Python files. *Predicted*: an error that is reached when an entry point is imported or
called. *Happened*: importing or calling raised something about vLLM. What reality cannot decide (a
dependency is absent, the cell ran out of time, what was raised says nothing about vLLM) counts in no number
but its own. Modules that cannot be installed here, triton and vendors' packages above all, are stood in for.
"""

import argparse
import re
import sys
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from enum import StrEnum
from pathlib import Path

import msgspec
from packaging.version import Version

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.engines.interpreters import default_platforms
from plugin_matrix.gate.surface import unread
from plugin_matrix.model import (
    CellResult,
    Check,
    CheckStatus,
    Engine,
    EngineKind,
    Finding,
    Level,
    NotApplicable,
    Reach,
    Results,
    SurfaceResult,
    Undetermined,
)
from plugin_matrix.model.verdict import findings_of
from plugin_matrix.plugins.store import default_store
from plugin_matrix.run.cell import ProbeSettings
from plugin_matrix.run.check import check_all, open_surface
from plugin_matrix.run.matrix import Request, RunSettings, run_matrix
from plugin_matrix.sandbox import Limits
from plugin_matrix.sandbox.process import ProcessSandbox

STUDY = Path(__file__).with_suffix(".toml")
REACHED = (Reach.IMPORT, Reach.CALL)
CALLING = ("load", "register", "platform")
"""Checks that import and call the entry points."""
ABOUT_CALLING = re.compile("PM60[1234]|PM701|PM821")
"""Rules about what importing and calling raise."""
_ABSENT = r"has no attribute|AttributeError: [A-Z][A-Z0-9_]*$"
_UNBOUND = r"unexpected keyword argument|missing \d+ required|positional arguments? but"
_ABSTRACT = r"abstract class"
OF_VLLM = re.compile(
    r"No module named 'vllm[.']|from (?:partially initialized module )?'vllm[.']|module 'vllm[.']"
    rf"|\bvllm\.[\w.]+|{_UNBOUND}|{_ABSENT}|{_ABSTRACT}"
)
"""What exceptions say that are about vLLM, the absent member of an enumeration too.

Which of them are not is told when a disagreement is looked at.
"""
RAISED = {
    "PM201": r"No module named 'vllm[.']|'vllm[\w.]*' is not a package",
    "PM202": r"cannot import name '\w+' from (?:partially initialized module )?'vllm[.']",
    "PM203": _ABSENT,
    "PM301": _UNBOUND,
    "PM401": _ABSTRACT,
}
"""What rules predict to be raised; the first that fits counts."""
OF_OTHERS = "says nothing about vLLM: "

UNREAD = "none of its source can be read, so nothing is predicted"


class Happened(StrEnum):
    """What importing and calling the entry points came to."""

    WORKED = "worked"
    BROKE = "broke"
    UNDECIDED = "undecided"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One artefact on one release."""

    artefact: str
    release: str
    predicted: tuple[str, ...]
    """Errors reached by importing and calling: `rule subject`."""
    happened: Happened
    said: str = ""
    """What was raised, or why nothing was decided."""
    stand_ins: tuple[str, ...] = ()
    """Absent modules that were stood in for."""

    @property
    def outcome(self) -> str:
        """`true positive` and so on; `undecided`."""
        if self.happened is Happened.UNDECIDED:
            return "undecided"
        right = bool(self.predicted) is (self.happened is Happened.BROKE)
        return f"{'true' if right else 'false'} {'positive' if self.predicted else 'negative'}"


class Quiet:
    """Progress that is not shown."""

    def start(self, total: int) -> None:
        """Show nothing."""

    def finished(self, result: CellResult) -> None:
        """Show nothing."""

    def stop(self) -> None:
        """Show nothing."""

    def note(self, text: str) -> None:
        """Show nothing."""


def predicted(result: SurfaceResult, release: str) -> tuple[str, ...]:
    """Return the errors that importing and calling reach on a release."""
    return tuple(
        sorted(
            f"{one.rule} {one.subject}"
            for one in result.findings
            if one.level is Level.ERROR
            and one.reach in REACHED
            and not one.rule.startswith("PM1")
            and release in one.broken
        )
    )


def happened(cell: CellResult) -> tuple[Happened, str]:
    """Return what importing and calling came to in a cell, and what was said."""
    checks = {check.id: check for check in cell.checks}
    found = [one for one in findings_of(cell.verdict) if ABOUT_CALLING.match(one.rule)]
    about = [one for one in found if OF_VLLM.search(_raised(one))]
    if about:
        return Happened.BROKE, _said(about[0])
    if found:
        return Happened.UNDECIDED, f"{OF_OTHERS}{_said(found[0])}"
    why = _undecided(cell, checks)
    return (Happened.UNDECIDED, why) if why else (Happened.WORKED, "")


def _undecided(cell: CellResult, checks: Mapping[str, Check]) -> str:
    """Return why nothing was decided about importing and calling, empty where it was."""
    match cell.verdict:
        case NotApplicable(reason, detail):
            return f"{reason.value}: {detail}"
        case Undetermined(cause, detail) if not checks:
            return f"{cause.value}: {detail}"
        case _:
            pass
    calling = [checks[name] for name in CALLING if name in checks]
    open_ones = [check.detail for check in calling if check.status is CheckStatus.UNDETERMINED]
    if open_ones:
        return open_ones[0]
    return "" if any(one.status is CheckStatus.PASSED for one in calling) else "nothing was imported"


def _said(finding: Finding) -> str:
    return f"{finding.rule} {finding.subject}: {_raised(finding) or finding.message}"


def _raised(finding: Finding) -> str:
    return "; ".join(one.text for one in finding.evidence if one.text)


def study(releases: Sequence[str], artefacts: Sequence[str], output: Path, store: Path, until: float) -> None:
    """Add the rows that `output` lacks, one artefact after the other, until the time is up."""
    done = {(row.artefact, row.release) for row in read(output)}
    surface = open_surface(store)
    history = InterfaceHistory.load()
    platform = default_platforms()[0]
    settings = RunSettings(
        store=store,
        store_bytes=1 << 40,
        jobs=1,
        probe=ProbeSettings(repeat=2, scenario_seconds=180.0, stub_missing=True, brief=True),
        limits=Limits(wall_seconds=900.0),
        beyond_declared=True,
    )
    for artefact in artefacts:
        wanted = [release for release in releases if (artefact, release) not in done]
        if not wanted or time.monotonic() > until:
            continue
        checked = check_all([artefact], surface, surface.axis.all, store=store)
        engines = [Engine(EngineKind.RELEASE, release) for release in wanted]
        with closing(ProcessSandbox(store / "scratch")) as sandbox:
            ran = run_matrix(
                [Request(artefact)],
                engines,
                [platform],
                settings=settings,
                sandbox=sandbox,
                history=history,
                progress=Quiet(),
            )
        for row in rows(artefact, wanted, checked, ran):
            _append(output, row)
            print(row.artefact, row.release, row.outcome, row.said[:160], flush=True)


def predict(output: Path, store: Path) -> None:
    """Ask anew what is predicted for the rows of `output`, and judge anew what was said there."""
    surface = open_surface(store)
    found = read(output)
    renewed: list[Row] = []
    for artefact in dict.fromkeys(row.artefact for row in found):
        checked = check_all([artefact], surface, surface.axis.all, store=store)
        for row in (row for row in found if row.artefact == artefact):
            told = predicted(checked.surface[0], row.release) if checked.surface else ()
            what, said = row.happened, row.said
            if checked.surface and unread(checked.surface[0]):
                what, said = Happened.UNDECIDED, UNREAD
            elif said.startswith(OF_OTHERS) and OF_VLLM.search(said.split(": ", 2)[-1]):
                what, said = Happened.BROKE, said.removeprefix(OF_OTHERS)
            renewed.append(msgspec.structs.replace(row, predicted=told, happened=what, said=said))
            if told != row.predicted:
                print(row.artefact, row.release, "before", row.predicted, "now", told, flush=True)
    output.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in renewed))


def rows(artefact: str, releases: Sequence[str], checked: Results, ran: Results) -> Iterator[Row]:
    """Yield what was predicted and what happened on each release."""
    cells = {cell.cell.engine.release: cell for cell in ran.cells}
    problem = next((one.message for one in (*checked.problems, *ran.problems)), "was not judged")
    for release in releases:
        told = predicted(checked.surface[0], release) if checked.surface else ()
        came = happened(cells[release]) if release in cells and checked.surface else None
        if checked.surface and release not in checked.surface[0].releases:
            came = (Happened.UNDECIDED, "this release reads none of its entry points")
        if checked.surface and unread(checked.surface[0]):
            came = (Happened.UNDECIDED, UNREAD)
        what, said = came or (Happened.UNDECIDED, problem)
        yield Row(
            artefact=artefact,
            release=release,
            predicted=told,
            happened=what,
            said=said[:600],
            stand_ins=cells[release].stand_ins if release in cells else (),
        )


def _append(path: Path, row: Row) -> None:
    with path.open("ab") as file:
        file.write(msgspec.json.encode(row) + b"\n")


def read(path: Path) -> list[Row]:
    """Return the rows of a file; a line that was cut off is left out."""
    found = []
    for line in path.read_bytes().splitlines() if path.exists() else ():
        try:
            found.append(msgspec.json.decode(line, type=Row))
        except msgspec.DecodeError:
            continue
    return found


def table(found: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of the Markdown that the documentation has."""
    counts = Counter(row.outcome for row in found)
    artefacts = {row.artefact for row in found}
    plugins = {one.partition("==")[0] for one in artefacts}
    releases = sorted({row.release for row in found}, key=Version)
    yield f"{len(found)} cells: {len(artefacts)} artefacts of {len(plugins)} plugins on {len(releases)}"
    yield f"releases ({', '.join(releases)}); {counts['undecided']} undecided."
    yield ""
    yield "| | broke | worked |"
    yield "|---|---|---|"
    yield f"| predicted to break | {counts['true positive']} | {counts['false positive']} |"
    yield f"| predicted to work | {counts['false negative']} | {counts['true negative']} |"
    yield ""
    right = counts["true positive"]
    precision = _share(right, right + counts["false positive"])
    recall = _share(right, right + counts["false negative"])
    yield f"Precision {precision}, recall {recall}."
    yield ""
    yield "| rule | predicted and broke | predicted and worked | precision |"
    yield "|---|---|---|---|"
    for rule, (confirmed, wrong) in sorted(_by_rule(found).items()):
        yield f"| {rule} | {confirmed} | {wrong} | {_share(confirmed, confirmed + wrong)} |"
    yield ""
    yield "| raised as this rule says | cells | told by this rule | by any | recall |"
    yield "|---|---|---|---|---|"
    for rule, (broke, by_it, by_any) in sorted(_raised_by_rule(found).items()):
        yield f"| {rule} | {broke} | {by_it} | {by_any} | {_share(by_any, broke)} |"
    yield ""
    yield "| undecided because | cells |"
    yield "|---|---|"
    reasons = Counter(_reason(row.said) for row in found if row.happened is Happened.UNDECIDED)
    yield from (f"| {reason} | {number} |" for reason, number in reasons.most_common())
    wrong_rows = [row for row in found if row.outcome.startswith("false")]
    if wrong_rows:
        yield ""
        yield "| disagreement | artefact | releases | predicted | said |"
        yield "|---|---|---|---|---|"
    grouped: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    for row in wrong_rows:
        grouped[row.outcome, row.artefact, ", ".join(row.predicted), row.said].append(row.release)
    for (outcome, artefact, told, said), on in grouped.items():
        text = said.replace("|", "\\|")[:200]
        yield f"| {outcome} | {artefact} | {', '.join(on)} | {told} | {text} |"


def _by_rule(found: Sequence[Row]) -> dict[str, tuple[int, int]]:
    right, wrong = Counter[str](), Counter[str]()
    for row in found:
        for rule in {one.partition(" ")[0] for one in row.predicted}:
            if row.happened is Happened.BROKE:
                right[rule] += 1
            elif row.happened is Happened.WORKED:
                wrong[rule] += 1
    return {rule: (right[rule], wrong[rule]) for rule in right | wrong}


def _raised_by_rule(found: Sequence[Row]) -> dict[str, tuple[int, int, int]]:
    """Return for each rule the cells that broke as it says, those it predicted and those any rule did."""
    broke, by_it, by_any = Counter[str](), Counter[str](), Counter[str]()
    for row in found:
        if row.happened is Happened.BROKE:
            said = row.said.partition("; caused by ")[0]
            rule = next((rule for rule, text in RAISED.items() if re.search(text, said)), "other")
            broke[rule] += 1
            by_it[rule] += any(one.startswith(f"{rule} ") for one in row.predicted)
            by_any[rule] += bool(row.predicted)
    return {rule: (broke[rule], by_it[rule], by_any[rule]) for rule in broke}


def _reason(said: str) -> str:
    """Return a reason without what differs between cells."""
    if found := re.search(r"has no ([\w]+)", said):
        return f"no {found[1]}"
    return re.sub(r"vLLM \d[\w.]*", "vLLM", said.partition(": ")[0])[:80].replace("|", "/")


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} % ({part} of {whole})" if whole else "of none"


def main() -> int:
    """Run the study, or print its table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=("run", "predict", "table"))
    parser.add_argument("output", type=Path)
    parser.add_argument("--minutes", type=float, default=24 * 60.0, help="begin no artefact after so long")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="only this plugin")
    parser.add_argument(
        "--store", type=Path, default=default_store(), help="cache of environments and wheels"
    )
    parser.add_argument("--releases", nargs="*", help="instead of those of the study")
    options = parser.parse_args()
    if options.what == "table":
        print("\n".join(table(read(options.output))))
        return 0
    if options.what == "predict":
        predict(options.output, options.store)
        return 0
    wanted = tomllib.loads(STUDY.read_text())
    artefacts = [
        f"{name}=={version}"
        for name, versions in wanted["plugins"].items()
        for version in versions
        if not options.only or name in options.only
    ]
    until = time.monotonic() + 60 * options.minutes
    study(options.releases or wanted["releases"], artefacts, options.output, options.store, until)
    return 0


if __name__ == "__main__":
    sys.exit(main())
