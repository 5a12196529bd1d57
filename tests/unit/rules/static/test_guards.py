"""Guards are sets of releases: where one certainly holds, and where it may."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.model.version_set import Mask, release_axis
from plugin_matrix.plugins.uses.records import (
    All,
    Always,
    AnyOf,
    Exists,
    Guard,
    HasArchitecture,
    Not,
    OnRelease,
    Unknown,
)
from plugin_matrix.rules.static.guards import Guards
from plugin_matrix.surface.answers import Answer, Missing, Unclear, Value

AXIS = release_axis(["0.6.1", "0.6.1.post1", "0.9.0rc1", "0.9.0", "0.10.0"])
ALL = AXIS.all


class Here:
    """A surface in which `vllm.new` came with 0.9.0 and is conditional since 0.10.0; `vllm._C` is unclear."""

    axis = AXIS

    def resolve(self, path: AccessPath, mask: Mask) -> tuple[Answer, ...]:
        if path.root == "vllm._C":
            return (Answer(mask, Unclear("compiled")),)
        answers = (
            Answer(mask & 0b00111, Missing("vllm", "new", "module")),
            Answer(mask & 0b01000, Value()),
            Answer(mask & 0b10000, Value(), conditional=True),
        )
        return tuple(answer for answer in answers if answer.mask)


def guards(mask: Mask = ALL) -> Guards:
    made = Guards(Here(), InterfaceHistory.load(), mask)  # type: ignore[arg-type]  # they ask for nothing else
    made.start_over({"acme": 0, "acme.new": 0b00011})
    return made


NEW = Exists(AccessPath("vllm.new"))


@pytest.mark.parametrize(
    ("guard", "certain", "possible"),
    [
        (Always(), ALL, ALL),
        (Unknown("os.environ"), 0, ALL),
        (OnRelease(">", "0.6.1"), 0b11110, 0b11110),  # Python's comparison, not a specifier's
        (OnRelease(">=", "0.6.1.post1"), 0b11110, 0b11110),
        (OnRelease("==", "0.6.1"), 0b00001, 0b00001),
        (OnRelease("!=", "0.9"), 0b10111, 0b10111),
        (OnRelease("<", "0.9.0"), 0b00111, 0b00111),
        (OnRelease("<=", "0.9.0"), 0b01111, 0b01111),
        (OnRelease("specifier", ">=0.9,<0.10"), 0b01000, 0b01000),
        (OnRelease(">=", "main"), 0, ALL),
        (OnRelease("specifier", "about 0.9"), 0, ALL),
        (NEW, 0b01000, 0b11000),
        (Not(NEW), 0b00111, 0b10111),
        (Exists(AccessPath("vllm._C")), 0, ALL),
        (Exists(AccessPath("torch_npu")), 0, ALL),
        (Exists(AccessPath("acme.new.f")), 0b11100, 0b11100),
        (Exists(AccessPath("acme.other")), ALL, ALL),
        (Not(Not(NEW)), 0b01000, 0b11000),
        (All((NEW, OnRelease(">", "0.6.1"))), 0b01000, 0b11000),
        (All(()), ALL, ALL),
        (AnyOf((NEW, OnRelease("==", "0.6.1"))), 0b01001, 0b11001),
        (AnyOf(()), 0, 0),
        (All((Unknown(), OnRelease("<", "0.9.0"))), 0, 0b00111),
        (AnyOf((Unknown(), OnRelease("<", "0.9.0"))), 0b00111, ALL),
        # `FalconH1ForCausalLM` came with 0.9.0 (and with the candidate before it, as far as is known, not).
        (HasArchitecture("FalconH1ForCausalLM"), 0b11000, ALL),
        (Not(HasArchitecture("FalconH1ForCausalLM")), 0b00111, 0b00111),
        (HasArchitecture("AcmeForCausalLM"), 0, ALL),
        (Not(HasArchitecture("AcmeForCausalLM")), ALL, ALL),
    ],
)
def test_a_guard_holds_on_a_set_of_releases(guard: Guard, certain: Mask, possible: Mask) -> None:
    assert guards().bounds(guard) == (certain, possible)


leaves = st.sampled_from(
    [
        Always(),
        Unknown(),
        NEW,
        OnRelease(">=", "0.9.0"),
        OnRelease("==", "0.6.1"),
        Exists(AccessPath("acme.new")),
    ]
)
trees = st.recursive(
    leaves,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(All, st.lists(inner, max_size=3).map(tuple))
        | st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple))
    ),
    max_leaves=8,
)
masks = st.integers(0, ALL)


@given(trees, masks)
def test_what_is_certain_is_possible_and_lies_in_what_is_asked_for(guard: Guard, mask: Mask) -> None:
    certain, possible = guards(mask).bounds(guard)
    assert certain & ~possible == 0
    assert possible & ~mask == 0


@given(trees, masks)
def test_asking_for_fewer_releases_changes_nothing_on_those(guard: Guard, mask: Mask) -> None:
    whole, part = guards().bounds(guard), guards(mask).bounds(guard)
    assert part == (whole[0] & mask, whole[1] & mask)


@given(trees)
def test_a_guard_and_its_negation_share_the_releases_out(guard: Guard) -> None:
    certain, possible = guards().bounds(guard)
    assert guards().bounds(Not(guard)) == (ALL & ~possible, ALL & ~certain)
