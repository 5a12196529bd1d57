"""Tokens: one model, written against vLLM's interface, on the reference engine and on builds for CPUs."""

from pathlib import Path

import pytest

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.engines.interpreters import default_platforms
from plugin_matrix.model import Compatible, Engine, EngineKind, Observation, Tier
from plugin_matrix.model.observation import ModelSeen
from plugin_matrix.run.matrix import Request, RunSettings, run_matrix
from plugin_matrix.run.progress import SilentProgress
from plugin_matrix.sandbox.process import ProcessSandbox

from .bench import FIXTURES, Bench

RELEASES = ("0.28.0", "0.30.0", "0.31.0", "0.32.0")
MODEL = "model-attention"


def model(observation: Observation | None) -> ModelSeen:
    assert observation is not None
    (seen,) = (one for one in observation.scenarios if isinstance(one, ModelSeen))
    return seen


@pytest.mark.parametrize("release", RELEASES)
def test_a_model_answers_the_same_on_both_engines_in_this_process_and_in_a_spawned_core(
    release: str, bench: Bench
) -> None:
    reference = model(bench.observe(MODEL, Engine(EngineKind.REFERENCE, release)))
    real = model(bench.observe(MODEL, Engine(EngineKind.CPU_BUILD, release)))
    assert (real.generate_raised, real.spawn_raised) == (None, None)
    assert len(set(reference.tokens)) > 1
    assert real.tokens == real.spawn_tokens == reference.tokens == reference.spawn_tokens


@pytest.mark.usefixtures("bench")
def test_a_cell_on_a_build_for_cpus_is_judged_by_its_tokens(store: Path) -> None:
    results = run_matrix(
        [Request(str(FIXTURES / MODEL))],
        [Engine(EngineKind.CPU_BUILD, RELEASES[-1])],
        default_platforms(),
        settings=RunSettings(store=store),
        sandbox=ProcessSandbox(store / "scratch"),
        history=InterfaceHistory.load(),
        progress=SilentProgress(),
    )
    (cell,) = results.cells
    assert cell.verdict == Compatible()
    assert cell.tiers == (Tier.ENGINE,)
    (models,) = (check for check in cell.checks if check.id == "models")
    assert models.detail == ""
