"""Results made by hand: one small with every verdict, one hostile, one large; and golden files."""

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as replaced

from plugin_matrix.model import (
    Cause,
    Check,
    CheckStatus,
    Compatible,
    EntryPoint,
    Evidence,
    Incompatible,
    Isolation,
    Level,
    NotApplicable,
    Plugin,
    Reach,
    Reason,
    Results,
    SurfaceResult,
    Tier,
    Undetermined,
    UnseenSource,
    Verdict,
)
from plugin_matrix.model.results import PluginProblem

from .decided import decided_results
from .made import (
    HOSTILE,
    PY311,
    PY312,
    RELEASES,
    SURFACE_RELEASES,
    cell,
    finding,
    plugin,
    results,
    surface_finding,
)

RENEW = "pytest tests/unit/report --renew-golden"
GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew-golden", action="store_true", help="write the golden files of the reports anew")


_RAN: dict[str, Any] = {
    "tiers": (Tier.CONTRACT,),
    "checks": (
        Check("discovery", CheckStatus.PASSED),
        Check("repeat", CheckStatus.PASSED),
        Check("model", CheckStatus.SKIPPED, "registers no model"),
    ),
    "isolation": Isolation("process", ("network", "user"), ("container",)),
    "seconds": 0.25,
    "peak_memory": 61_865_984,
    "modules_imported": 412,
    "import_seconds": 0.125,
}
_FAILED: dict[str, Any] = {
    **_RAN,
    "checks": (
        Check("discovery", CheckStatus.PASSED),
        Check("repeat", CheckStatus.FAILED, "PM605"),
        Check("model", CheckStatus.UNDETERMINED, "no torch"),
    ),
    "notes": ("torch is not installed for this Python",),
    "output": "acme: registering\nacme: registering\n",
}


@pytest.fixture(scope="session")
def small() -> Results:
    """Return every verdict on two platforms, a cell that was not run and a plugin that was not opened."""
    good, acme, quiet = plugin("good"), plugin("acme", "1.4"), plugin("quiet")
    raises = finding()
    older = finding(message="The second call raised KeyError: acme.")
    handlers = finding(
        "PM607", Level.WARNING, subject="logger acme", message="Ten calls left ten handlers.", evidence=()
    )
    advice = finding(
        "PM102",
        Level.ADVICE,
        subject="vllm.io_processor_plugins:acme",
        message="0.10.1 does not read vllm.io_processor_plugins.",
        evidence=(Evidence(text="read since 0.10.2"),),
    )
    outside = NotApplicable(Reason.ENGINE_NOT_DECLARED, "acme requires vllm>=0.6")
    cells = [
        cell(good.id, release, Compatible(), platform, **_RAN)
        for release in RELEASES
        for platform in (PY311, PY312)
    ]
    cells += [cell(acme.id, "0.5.5", outside, platform) for platform in (PY311, PY312)]
    cells += [
        cell(acme.id, "0.6.6", Incompatible((older, handlers)), **_FAILED),
        cell(acme.id, "0.7.0", Incompatible((raises, handlers)), **_FAILED),
        cell(acme.id, "0.10.1", Incompatible((raises, advice)), **_FAILED),
        cell(acme.id, "0.33.0", Compatible((handlers,)), **_RAN, beyond_declared=("vllm<0.33",)),
        cell(acme.id, "0.7.0", Incompatible((raises,)), PY312, **_FAILED),
        cell(
            quiet.id, "0.7.0", Undetermined(Cause.NOT_MODELLED, "vllm.attention.layer", (advice,)), **_FAILED
        ),
        cell(quiet.id, "0.10.1", Undetermined(Cause.NOT_MODELLED, "vllm.attention.layer"), **_RAN),
        cell(quiet.id, "0.33.0", Undetermined(Cause.DISK, "no space left"), PY312),
    ]
    return results(
        (good, acme, quiet),
        cells,
        platforms=(PY311, PY312),
        complete=False,
        problems=(PluginProblem("missing-plugin", "No distribution is called missing-plugin.", 2),),
    )


@pytest.fixture(scope="session")
def hostile() -> Results:
    """Return results with `HOSTILE` in every text that is not ours."""
    entry = EntryPoint(HOSTILE, HOSTILE, HOSTILE)
    evil = Plugin(
        name=HOSTILE,
        version=HOSTILE,
        entry_points=(entry,),
        requires_dist=(HOSTILE,),
        requires_python=HOSTILE,
        wheel_tags=(HOSTILE,),
        source=HOSTILE,
        sha256=HOSTILE,
    )
    trouble = finding(
        HOSTILE,
        subject=HOSTILE,
        message=HOSTILE,
        effect=HOSTILE,
        hint=HOSTILE,
        evidence=(Evidence(file=HOSTILE, line=1, symbol=HOSTILE, text=HOSTILE),),
    )
    more: dict[str, Any] = {
        "checks": (Check(HOSTILE, CheckStatus.FAILED, HOSTILE),),
        "isolation": Isolation(HOSTILE, (HOSTILE,), (HOSTILE,)),
        "beyond_declared": (HOSTILE,),
        "notes": (HOSTILE,),
        "output": f"{HOSTILE}\n{HOSTILE}",
    }
    verdicts: tuple[Verdict, ...] = (
        Compatible((trouble,)),
        Incompatible((trouble,)),
        Undetermined(Cause.PROBE, HOSTILE, (trouble,)),
        NotApplicable(Reason.WHEEL_TAG, HOSTILE),
    )
    return results(
        (evil,),
        (
            cell(evil.id, release, verdict, **more)
            for release, verdict in zip(RELEASES, verdicts, strict=False)
        ),
        problems=(PluginProblem(HOSTILE, HOSTILE, 2),),
        tool_version=HOSTILE,
        started=HOSTILE,
    )


@pytest.fixture(scope="session")
def large() -> Results:
    """Return 1025 cells (25 plugins on 41 engines), each with findings, output and texts of its own."""
    releases = tuple(f"0.{minor}.{patch}" for minor in range(6, 27) for patch in (0, 1))[:41]
    plugins = tuple(plugin(f"plugin-{number:02}") for number in range(25))
    cells = []
    for number, tested in enumerate(plugins):
        for place, release in enumerate(releases):
            findings = tuple(
                finding(
                    f"PM60{rule}",
                    subject=f"vllm.general_plugins:{tested.name}-{rule}",
                    message=f"Call {rule} of register() raised ValueError at {place // 4}.",
                    evidence=(
                        Evidence(
                            file="acme/__init__.py", line=rule, symbol="register", text="ValueError: twice"
                        ),
                        Evidence(file="vllm/plugins/__init__.py", line=60 + place, text=f"in vLLM {release}"),
                    ),
                )
                for rule in range(4, 8)
            )
            verdict = Incompatible(findings) if (number + place) % 3 else Compatible()
            output = f"{release} of {tested.name}\n" + "INFO loading the plugin\n" * 100
            cells.append(cell(tested.id, release, verdict, **{**_FAILED, "output": output}))
    return results(plugins, cells, releases=releases)


@pytest.fixture(scope="session")
def surface() -> Results:
    """Return what `check` finds of four plugins: broken, sound, unread, and beside the declared range."""
    acme, good, opaque, pinned = (
        plugin("acme", "1.4"),
        plugin("good"),
        plugin("opaque"),
        plugin("pinned", "2.0"),
    )
    patch = surface_finding(
        "PM501",
        Level.WARNING,
        subject="vllm.config.ModelConfig.verify",
        message="The target of the patch is gone.",
        hint="",
        broken=("0.9.0", "0.9.1", "0.33.0"),
        since="0.33.0",
        reach=Reach.LATER,
        occurrences=9,
        replacement="try:\n    from vllm.config import a\nexcept ImportError:\n    from vllm.config import b",
    )
    old = surface_finding(
        "PM202",
        subject="vllm.utils.cdiv",
        message="vllm.utils has no cdiv yet.",
        broken=("0.9.0",),
        since=None,
        declared=False,
        evidence=(Evidence(file="acme/ops.py", line=7),),
    )
    private = [
        surface_finding(
            "PM105",
            Level.ADVICE,
            subject=f"vllm._custom_ops.name_{number}",
            message="The name begins with an underscore.",
            broken=SURFACE_RELEASES,
            since=None,
        )
        for number in range(8)
    ]
    checked = (
        SurfaceResult(
            plugin=acme,
            releases=SURFACE_RELEASES,
            declared=">=0.9.1",
            declared_releases=SURFACE_RELEASES[1:],
            verified=("0.9.1", "0.10.0", "0.11.0"),
            proposed=">=0.9.1,<0.11.1",
            findings=(*private, patch, old, surface_finding()),
            unseen=(UnseenSource("acme/_kernels.so", "it is compiled"),),
            files=12,
            seconds=0.25,
        ),
        SurfaceResult(
            plugin=good,
            releases=SURFACE_RELEASES,
            declared_releases=SURFACE_RELEASES,
            verified=SURFACE_RELEASES,
            files=1,
        ),
        SurfaceResult(plugin=opaque, releases=SURFACE_RELEASES, verified=SURFACE_RELEASES, files=0),
        SurfaceResult(
            plugin=pinned,
            releases=SURFACE_RELEASES,
            declared="==0.11.0",
            declared_releases=("0.11.0",),
            verified=("0.10.0", "0.11.0"),
            findings=(surface_finding(declared=False),),
            built="entry-points is dynamic in it",
            files=3,
        ),
    )
    return results(
        (acme, good, opaque, pinned),
        (),
        releases=(),
        platforms=(),
        surface=checked,
        problems=(PluginProblem("missing-plugin", "No distribution is called missing-plugin.", 2),),
    )


@pytest.fixture(scope="session")
def hostile_surface() -> Results:
    """Return surface results with `HOSTILE` in every text that is not ours."""
    evil = Plugin(
        name=HOSTILE,
        version=HOSTILE,
        entry_points=(EntryPoint(HOSTILE, HOSTILE, HOSTILE),),
        source=HOSTILE,
        sha256=HOSTILE,
    )
    trouble = surface_finding(
        HOSTILE,
        subject=HOSTILE,
        message=HOSTILE,
        effect=HOSTILE,
        hint=HOSTILE,
        evidence=(Evidence(file=HOSTILE, line=1, symbol=HOSTILE, text=HOSTILE),) * 3,
        replacement=f"{HOSTILE}\n```\n{HOSTILE}",
    )
    return results(
        (evil,),
        (),
        releases=(),
        platforms=(),
        surface=(
            SurfaceResult(
                plugin=evil,
                releases=SURFACE_RELEASES,
                declared=HOSTILE,
                declared_releases=SURFACE_RELEASES,
                verified=("0.9.0",),
                proposed=HOSTILE,
                findings=tuple(replaced(trouble, level=level) for level in Level),
                unseen=(UnseenSource(HOSTILE, HOSTILE),),
                built=HOSTILE,
                files=1,
            ),
        ),
        problems=(PluginProblem(HOSTILE, HOSTILE, 2),),
        tool_version=HOSTILE,
        started=HOSTILE,
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Return a comparison of a text with a golden file; `--renew-golden` writes the file instead."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--renew-golden", default=False):
            path.write_text(text, encoding="utf-8", newline="")
        if not path.exists():
            pytest.fail(f"there is no golden {name}; make it with: {RENEW}")
        expected = path.read_bytes().decode()
        if text != expected:
            lines = difflib.unified_diff(
                expected.splitlines(), text.splitlines(), "golden", "now", lineterm=""
            )
            shown = "\n".join(list(lines)[:40])
            pytest.fail(f"{name} changed; look at it, then renew with: {RENEW}\n{shown}", pytrace=False)

    return compare


@pytest.fixture
def build() -> Callable[..., Results]:
    """Return the maker of results."""
    return results


@pytest.fixture
def hostile_text() -> str:
    """Return the text that `hostile` has everywhere."""
    return HOSTILE


@pytest.fixture(scope="session")
def decided() -> Results:
    """Return results with a decision of the gate's, of cells and of source."""
    return decided_results()
