"""The check that finds plugins which make a context at import or register, with torch's real `cuda`."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

import plugin_matrix.probe
from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.model import Accelerator, Cell, Engine, EngineKind, Isolation, Observation, Platform
from plugin_matrix.model.verdict import findings_of
from plugin_matrix.rules import decode_observation, judge
from plugin_matrix.rules.judge import Judgement
from plugin_matrix.run.cell import ProbeRequest
from plugin_matrix.run.expectations import load_expectation
from plugin_matrix.sandbox import End, Execution

from .conftest import Lay, Tree, environment, plugin_of, site_packages
from .test_platform import CUDA_PLATFORM, RELEASES

FIXTURES = Path(__file__).parents[2] / "plugins_fixtures"
PROBE = Path(plugin_matrix.probe.__file__).parent
THIS_PYTHON = Platform(Accelerator.CUDA, f"{sys.version_info.major}.{sys.version_info.minor}")
HISTORY = InterfaceHistory.load()


class Probed(msgspec.Struct):
    """What the probe saw of a fixture, and what that is."""

    observation: Observation
    judgement: Judgement

    @property
    def rules(self) -> set[str]:
        """The rules that are broken."""
        return {finding.rule for finding in findings_of(self.judgement.verdict)}


def probe(fixture: Path, release: str, tree: Tree, lay: Lay, place: Path) -> Probed:
    """Run the probe as a cell does, but in no sandbox: none gives devices to processes of this machine."""
    plugin, layer, engine = plugin_of(fixture), lay(fixture), tree(release)
    request = ProbeRequest(
        distribution=plugin.name,
        companions=(),
        layers={
            "plugin": (str(layer),),
            "companions": (),
            "dependencies": (str(engine), *site_packages()),
            "engine": (str(engine),),
        },
        repeat=3,
        threads=2,
        scenario_seconds=120,
        torch=True,
        generate=False,
        scratch=str(place),
    )
    asked, result = place / "request.json", place / "result.json"
    asked.write_bytes(msgspec.json.encode(request))
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", str(PROBE / "__main__.py"), str(asked), str(result)],
        env=environment(place),
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        cwd=place,
    )
    printed = done.stdout + done.stderr
    observation = decode_observation(result.read_bytes() if result.exists() else None)
    assert isinstance(observation, Observation), printed
    judgement = judge(
        plugin=plugin,
        cell=Cell(plugin.id, Engine(EngineKind.REFERENCE, release), THIS_PYTHON),
        execution=Execution(
            end=End.EXITED,
            code=done.returncode,
            seconds=1.0,
            output=printed,
            output_bytes=len(printed),
            result=None,
            isolation=Isolation(kind="none", enforced=(), missing=()),
        ),
        observation=observation,
        history=HISTORY,
        has_torch=True,
    )
    return Probed(observation, judgement)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", ["import-initialises-accelerator", "register-initialises-accelerator"])
def test_a_plugin_that_makes_a_context_is_found(
    name: str, release: str, tree: Tree, lay: Lay, tmp_path: Path
) -> None:
    found = probe(FIXTURES / name, release, tree, lay, tmp_path)
    stated = load_expectation(FIXTURES / name)
    assert stated is not None
    assert found.rules == set(stated.expect[0].rules) == {"PM904"}
    # Elsewhere the attempt is what is seen; here the context itself.
    contexts = [getattr(seen, "accelerator_initialised", False) for seen in found.observation.scenarios]
    assert any(contexts)


@pytest.mark.parametrize("release", RELEASES)
def test_a_platform_that_waits_until_it_computes_is_not_reproached_with_a_context(
    release: str, tree: Tree, lay: Lay, tmp_path: Path
) -> None:
    found = probe(CUDA_PLATFORM, release, tree, lay, tmp_path)
    assert "PM904" not in found.rules
    assert not any(getattr(seen, "accelerator_initialised", False) for seen in found.observation.scenarios)
