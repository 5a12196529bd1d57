"""Whether a function of the plugin takes what vLLM passes; and which release broke it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin_matrix.model.signature import Kind, Parameter, Shape, Signature, unbindable
from plugin_matrix.rules.static.fitting import Passed, Theirs, covers, demanded, fit
from plugin_matrix.rules.static.grouping import since


def signature(*names: str) -> Signature:
    """Return the signature of names; `b=` has a default, `*b` is keyword only, `**` is any keyword."""
    return Signature(
        tuple(
            Parameter("rest", Kind.VAR_KEYWORD)
            if name == "**"
            else Parameter(
                name.strip("*="),
                Kind.KEYWORD_ONLY if name.startswith("*") else Kind.POSITIONAL_OR_KEYWORD,
                name.endswith("="),
            )
            for name in names
        )
    )


def test_a_call_in_vllm_that_is_not_taken_is_a_failure_with_its_place() -> None:
    found = fit(
        signature("a"),
        "m",
        [Theirs(0b11, signature("a", "b="))],
        [Passed(0b01, Shape(1), "vllm.x"), Passed(0b10, Shape(1, ("b",)), "vllm.y")],
    )
    (failure,) = found.calls
    assert failure.mask == found.mask == 0b10
    assert failure.reason == "got an unexpected keyword argument 'b'; vllm.y calls m(_, b=)"
    assert failure.taken == "(a, b=...)"
    assert found.demands == ()


def test_a_call_that_vllms_own_function_does_not_take_is_to_another_function() -> None:
    theirs = [Theirs(0b11, signature("a"))]
    assert fit(signature("a"), "m", theirs, [Passed(0b10, Shape(3), "vllm.y")]).mask == 0


def test_without_a_known_call_what_every_caller_has_to_pass_decides() -> None:
    theirs = [Theirs(0b01, signature("a")), Theirs(0b10, signature("a", "b"))]
    found = fit(signature("a"), "m", theirs, [])
    assert [one.mask for one in found.demands] == [0b10]
    assert found.calls == ()


def test_a_known_call_that_is_taken_outweighs_the_signature() -> None:
    theirs = [Theirs(0b01, signature("a")), Theirs(0b10, signature("a", "b="))]
    assert fit(signature("a"), "m", theirs, [Passed(0b10, Shape(1), "vllm.y")]).mask == 0


def test_what_fits_no_release_was_not_written_for_it() -> None:
    assert fit(signature("a", "b", "c"), "m", [Theirs(0b11, signature("a"))], []).mask == 0


@pytest.mark.parametrize(
    ("names", "shape"),
    [
        ((), Shape()),
        (("a", "b="), Shape(1)),
        (("a", "*b", "*c="), Shape(1, ("b",))),
        (("a", "**"), Shape(1)),
    ],
)
def test_every_caller_has_to_pass_what_has_no_default(names: tuple[str, ...], shape: Shape) -> None:
    assert demanded(signature(*names)) == shape


def test_nobody_has_to_pass_what_takes_anything() -> None:
    anything = Signature((Parameter("args", Kind.VAR_POSITIONAL), Parameter("kwargs", Kind.VAR_KEYWORD)))
    assert demanded(anything) == Shape()


@pytest.mark.parametrize(
    ("mask", "failing", "judged", "first"),
    [
        (0b1100, 0b1100, 0b1111, 0b0100),
        (0b1110, 0b1110, 0b1111, 0b0010),
        (0b1111, 0b1111, 0b1111, 0),  # worked nowhere
        (0b0011, 0b0011, 0b1111, 0),  # older releases alone
        (0b1001, 0b1001, 0b1111, 0b1000),  # what breaks now counts, not what was never there
        (0b0110, 0b0111, 0b1111, 0),  # failed for another cause before
        (0b1100, 0b1100, 0b1101, 0b0100),  # of the releases looked at
        (0b1100, 0b1100, 0b1100, 0),
    ],
)
def test_the_release_that_broke_it_follows_one_that_worked(
    mask: int, failing: int, judged: int, first: int
) -> None:
    assert since(mask, failing, judged) == first


def test_a_call_beside_one_that_is_taken_is_doubtful() -> None:
    theirs = [Theirs(0b11, signature("a", "b="))]
    calls = [Passed(0b11, Shape(1), "vllm.x"), Passed(0b10, Shape(1, ("b",)), "vllm.y")]
    found = fit(signature("a"), "m", theirs, calls)
    assert found.calls == ()
    assert [one.mask for one in found.doubtful] == [0b10]


def test_a_function_with_parameters_of_its_own_speaks_another_protocol() -> None:
    theirs = [Theirs(0b01, signature("a", "b")), Theirs(0b10, signature("old="))]
    found = fit(signature("a", "b"), "m", theirs, [Passed(0b10, Shape(0, ("old",)), "vllm.y")])
    assert found.calls == ()
    assert [one.mask for one in found.doubtful] == [0b10]


@pytest.mark.parametrize(
    ("mine", "theirs", "covered"),
    [
        ("a b=", "a b=", True),
        ("a b= c=", "a b=", True),
        ("a b", "a b=", False),
        ("a", "a b=", False),
        ("a b c", "a b", False),
        ("b a", "a b", False),
        ("a *b", "a *b", True),
        ("a b", "a *b", True),
        ("a *b", "a b", False),
        ("x a *b", "a *b", False),
        ("a **", "a **", True),
        ("a", "a **", False),
        ("**", "a", False),  # it may, where `a` is passed by keyword
    ],
)
def test_a_signature_covers_another(mine: str, theirs: str, covered: bool) -> None:  # noqa: FBT001
    assert covers(signature(*mine.split()), signature(*theirs.split())) is covered


parameter_names = st.lists(st.sampled_from("abc"), unique=True, max_size=3)


@st.composite
def signatures(draw: st.DrawFn) -> Signature:
    names = draw(parameter_names)
    plain, keyword = names[: (split := draw(st.integers(0, len(names))))], names[split:]
    required = draw(st.integers(0, len(plain)))
    parts = [*plain[:required], *(f"{name}=" for name in plain[required:])]
    parts += [f"*{name}{draw(st.sampled_from(['', '=']))}" for name in keyword]
    return signature(*parts, *draw(st.sampled_from([(), ("**",)])))


@given(signatures(), signatures(), st.integers(0, 3), parameter_names)
def test_a_covering_signature_takes_every_call(
    mine: Signature, theirs: Signature, positional: int, keywords: list[str]
) -> None:
    shape = Shape(positional, tuple(keywords))
    if covers(mine, theirs) and unbindable(theirs, shape) is None:
        assert unbindable(mine, shape) is None
