"""Whatever decodes is judged: no observation, however odd, makes the judge raise or contradict itself."""

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import inspect

from plugin_matrix.model import (
    Compatible,
    Incompatible,
    Level,
    NotApplicable,
    Observation,
    Undetermined,
)
from plugin_matrix.rules import CHECKS, catalogue, decode_observation
from plugin_matrix.sandbox.protocol import End

from .seen import ENDPOINT, GENERAL, HISTORY, IO, LOGITS, PLATFORM, STATS, execution, judged, plugin

POINTS = (GENERAL, PLATFORM, LOGITS, IO, STATS, ENDPOINT)
WORDS = st.sampled_from(
    [
        *("", "acme", "acme_device", "register", "named", "ModuleNotFoundError", "ImportError", "TypeError"),
        *("SystemExit", "MemoryError", "AttributeError", "No module named 'vllm.worker'", "vllm.worker"),
        *("module 'vllm' has no attribute 'x'", "cannot import name 'a' from 'torch'", "NoneType", "str"),
        *("Only one platform plugin can be activated", "forward() missing", "/etc/x", "$SCRATCH/x", "cpu"),
        *(point.group for point in POINTS),
        *(point.name for point in POINTS),
        *(point.id for point in POINTS),
    ]
) | st.text(st.characters(codec="utf-8"), max_size=20)


PLAIN = {
    inspect.StrType: WORDS,
    inspect.BoolType: st.booleans(),
    inspect.IntType: st.integers(-2, 80) | st.integers(),
    inspect.FloatType: st.floats(allow_nan=False, allow_infinity=False),
    inspect.NoneType: st.none(),
}


def _strategy(kind: inspect.Type) -> st.SearchStrategy[Any]:
    """Return values of a type as JSON would hold them, built from the type itself."""
    match kind:
        case inspect.Metadata():
            return _strategy(kind.type)
        case inspect.StructType():
            return _object(kind)
        case inspect.UnionType():
            return st.one_of(*(_strategy(one) for one in kind.types))
        case inspect.VarTupleType():
            return st.lists(_strategy(kind.item_type), max_size=3)
        case inspect.LiteralType():
            return st.sampled_from(kind.values)
    return PLAIN[type(kind)]


def _object(kind: inspect.StructType) -> st.SearchStrategy[dict[str, Any]]:
    required = {field.name: _strategy(field.type) for field in kind.fields if field.required}
    optional = {field.name: _strategy(field.type) for field in kind.fields if not field.required}
    if kind.tag is not None:
        required["type"] = st.just(kind.tag)
    return st.fixed_dictionaries(required, optional=optional)


def _observations() -> st.SearchStrategy[dict[str, Any]]:
    observation = inspect.type_info(Observation)
    assert isinstance(observation, inspect.StructType)
    fields: dict[str, Any] = {field.name: field for field in observation.fields}
    scenarios = st.lists(_strategy(fields["scenarios"].type.item_type), max_size=12)
    return st.fixed_dictionaries(
        {
            **{name: _strategy(fields[name].type) for name in ("python", "entry_points")},
            "schema": st.just(1),
            "engine_version": st.sampled_from(["0.33.0+reference", "0.7.0", "", "dev"]),
            "scenarios": scenarios,
        },
        optional={
            "engine_raised": st.none() | _strategy(fields["engine_raised"].type),
            "tampering": st.just([]) | _strategy(fields["tampering"].type),
        },
    )


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    data=_observations(),
    release=st.sampled_from(HISTORY.releases),
    end=st.sampled_from(End),
    code=st.integers(0, 64),
    refused=st.sampled_from([0, 1, 1000]),
    has_torch=st.booleans(),
)
def test_any_observation_is_judged_without_contradiction(
    data: dict[str, Any], release: str, end: End, code: int, refused: int, *, has_torch: bool
) -> None:
    decoded = decode_observation(msgspec.json.encode(data))
    assert isinstance(decoded, Observation)
    judgement = judged(
        decoded,
        release,
        of=plugin(*POINTS, requires_dist=("vllm>=0.7", "acme-core")),
        ran=execution(end, code, refused_forks=refused),
        has_torch=has_torch,
    )
    found = [] if isinstance(judgement.verdict, NotApplicable) else list(judgement.verdict.findings)
    worst = any(one.level is Level.ERROR for one in found)
    match judgement.verdict:
        case Incompatible():
            assert worst
        case Compatible() | Undetermined():
            assert not worst
        case NotApplicable():
            pytest.fail("general plugins are always read")
    assert all(one.rule in catalogue() and one.level is catalogue()[one.rule].level for one in found)
    assert len({(one.rule, one.subject) for one in found}) == len(found)
    assert all(one.message.isprintable() and len(one.message) < 2_000 for one in found)
    assert [check.id for check in judgement.checks] == [kind.id for kind in CHECKS]
    # What is judged can be written.
    assert msgspec.json.encode(judgement)
