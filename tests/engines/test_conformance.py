"""The reference engine held to the real one: the same probes on both, compared observation by observation.

Set PLUGIN_MATRIX_CONFORMANCE to `all` for every fixture, or to names with commas between them, and
PLUGIN_MATRIX_CONFORMANCE_RELEASES to other releases.
"""

import os

import pytest

from plugin_matrix.model import Engine, EngineKind

from .bench import FIXTURES, Bench
from .comparing import differences, facts
from .differences import known_differences, unexplained

# Every kind of scenario, well and not well; `all` takes hours on two processors.
CHOSEN = (
    "attn-backend-signature-0-13-0,endpoint-plugin,filter-ignored,io-processor,lazy-string-wrong-class,"
    "logits-processor,model-attention,model-lazy,name-collides-first,name-with-comma,no-sample,"
    "overrides-builtin-model,platform-dummy,platform-members-missing,platform-shadows-builtin,"
    "platforms-two-active,quantization-unguarded,register-raises,registry-grows,second-call-raises,"
    "several-entry-points,stat-logger"
)
RELEASES = "0.7.3,0.8.5.post1,0.9.2,0.10.2,0.11.2,0.13.0,0.16.0,0.20.2,0.25.1,0.30.0,0.32.0,0.33.0"


def _chosen() -> list[str]:
    wanted = os.environ.get("PLUGIN_MATRIX_CONFORMANCE") or CHOSEN
    if wanted == "all":
        # What attacks its cell says nothing about an engine, and takes all the time there is.
        names = sorted(path.parent.name for path in FIXTURES.glob("*/expect.toml"))
        return [name for name in names if not name.startswith("hostile-")]
    return wanted.split(",")


def _releases() -> list[str]:
    return (os.environ.get("PLUGIN_MATRIX_CONFORMANCE_RELEASES") or RELEASES).split(",")


@pytest.mark.parametrize("release", _releases())
@pytest.mark.parametrize("fixture", _chosen())
def test_a_plugin_sees_on_the_reference_engine_what_it_sees_on_the_release(
    fixture: str, release: str, bench: Bench
) -> None:
    reference = bench.observe(fixture, Engine(EngineKind.REFERENCE, release))
    if reference is None:
        pytest.skip(f"{fixture} is not meant for {release}")
    real = bench.observe(fixture, Engine(EngineKind.RELEASE, release))
    assert real is not None
    lines = unexplained(differences(facts(reference), facts(real)), known_differences(), fixture, release)
    assert not lines, "\n".join(lines)
