"""Releases by what people type."""

import pytest

from plugin_matrix.errors import UnknownEngineError
from plugin_matrix.model.version_set import release_axis
from plugin_matrix.surface.selecting import find_release, select_releases

AXIS = release_axis(["0.9.0", "0.9.0.1", "0.10.0", "0.10.1", "0.33.0", "0.34.0.dev3"])


@pytest.mark.parametrize(
    ("terms", "releases"),
    [
        (["all"], AXIS.releases),
        (["latest"], ("0.34.0.dev3",)),
        (["0.10.0"], ("0.10.0",)),
        (["v0.10"], ("0.10.0",)),
        (["0.10.0,0.33.0"], ("0.10.0", "0.33.0")),
        (["0.33.0", "0.9.0"], ("0.9.0", "0.33.0")),
        ([">=0.10,<0.33"], ("0.10.0", "0.10.1")),
        (["<0.10", "latest"], ("0.9.0", "0.9.0.1", "0.34.0.dev3")),
        (["==0.10.*"], ("0.10.0", "0.10.1")),
        ([">0.33"], ("0.34.0.dev3",)),
    ],
)
def test_terms_name_releases(terms: list[str], releases: tuple[str, ...]) -> None:
    assert AXIS.names(select_releases(terms, AXIS)) == releases


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ("0.10.7", "0.10.0, 0.10.1, 0.33.0"),
        ("1.0", "0.33.0, 0.34.0.dev3"),
        ("lattest", "latest"),
        (">=1.0", "0.9.0 to 0.34.0.dev3"),
        (">=x", "Write for example"),
    ],
)
def test_a_term_that_names_nothing_is_told_with_what_is_near(term: str, said: str) -> None:
    with pytest.raises(UnknownEngineError) as error:
        select_releases([term], AXIS)
    assert said in str(error.value)
    assert repr(term) in str(error.value)


def test_a_release_is_found_in_another_spelling() -> None:
    assert find_release("0.9", AXIS) == "0.9.0"
    assert find_release("v0.34.0dev3", AXIS) == "0.34.0.dev3"
