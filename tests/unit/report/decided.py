"""Results that the gate decided on: every status, every blame, known and stale problems, both tiers."""

import datetime as dt
from typing import Any

import msgspec

from plugin_matrix.config.model import KnownProblem
from plugin_matrix.gate import Policy, decide, mark_known
from plugin_matrix.gate.ledger import editions_of
from plugin_matrix.model import (
    Cause,
    Compatible,
    Finding,
    GateMode,
    Incompatible,
    Level,
    Results,
    SurfaceResult,
    Undetermined,
    Verdict,
)

from .made import cell, finding, plugin, results, surface_finding

TODAY = dt.date(2026, 11, 28)
REASON = "port under way: see <b>#12</b> | \N{SNOWMAN}"
RELEASES = ("0.6.6", "0.7.0", "0.10.1", "0.33.0")


def decided_results() -> Results:
    """Return results of acme 1.5 with acme 1.4 beside it where the baseline has nothing."""
    old, new = plugin("acme", "1.4"), msgspec.structs.replace(plugin("acme", "1.5"), sha256="cd" * 32)
    before = results(
        (old,),
        (
            cell(old.id, "0.6.6", _told(raises(), handlers())),
            cell(old.id, "0.7.0", _told(raises())),
            cell(old.id, "0.10.1", _told()),
        ),
        releases=RELEASES,
        surface=(_checked(old, ()),),
    )
    now = results(
        (old, new),
        (
            cell(old.id, "0.33.0", _told(crashes())),
            cell(new.id, "0.6.6", _told(raises())),
            cell(new.id, "0.7.0", _told(raises(), network()), again=_told(raises())),
            cell(new.id, "0.10.1", _told(files())),
            cell(new.id, "0.33.0", _told(crashes(), accepted())),
        ),
        releases=RELEASES,
        surface=(_checked(new, (surface_finding(broken=("0.33.0",), since="0.33.0", rule="PM202"),)),),
    )
    undetermined = cell(new.id, "0.10.1", Undetermined(Cause.DISK, "no space left", (files(),)))
    now = msgspec.structs.replace(now, cells=(*now.cells[:3], undetermined, now.cells[4]))
    now = msgspec.structs.replace(now, totals=type(now.totals).of(now.cells))
    marked = mark_known(
        now,
        (
            KnownProblem(rule="PM901", symbol="acme", reason=REASON, until="0.34.0"),
            KnownProblem(rule="PM605", symbol="nothing of the kind", reason="gone"),
        ),
        TODAY,
    )
    policy = Policy(mode=GateMode.NEW, fail_on=Level.ERROR, baseline=editions_of(before))
    decision = decide(marked.results, policy, marked.stale)
    return msgspec.structs.replace(marked.results, decision=decision)


def _told(*findings: Finding) -> Verdict:
    broken = any(one.level is Level.ERROR for one in findings)
    return Incompatible(findings) if broken else Compatible(findings)


def raises() -> Finding:
    return finding()


def handlers() -> Finding:
    return finding("PM607", Level.WARNING, subject="logger acme", message="Ten calls left ten handlers.")


def crashes() -> Finding:
    return finding("PM902", subject="vllm.general_plugins:acme", message="The process died of SIGSEGV.")


def network() -> Finding:
    return finding("PM903", subject="acme", message="Importing opened a connection.")


def files() -> Finding:
    return finding("PM904", subject="acme", message="Importing wrote a file.")


def accepted() -> Finding:
    return finding("PM901", subject="acme", message="Importing took long.")


def _checked(of: Any, findings: tuple[Any, ...]) -> SurfaceResult:
    return SurfaceResult(
        plugin=of,
        releases=("0.32.0", "0.33.0"),
        declared=">=0.32",
        declared_releases=("0.32.0", "0.33.0"),
        verified=("0.32.0",) if findings else ("0.32.0", "0.33.0"),
        findings=findings,
        files=3,
    )
