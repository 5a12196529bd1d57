"""Ranges say exactly which engines of the run are meant."""

from collections.abc import Callable

import pytest

from plugin_matrix.model import Accelerator, Cell, Engine, EngineKind, Platform, Results
from plugin_matrix.report.ranges import Axis, ordered, ranges

RELEASES = ("0.5.5", "0.7.0", "0.10.1", "0.10.1.1", "0.33.0")


def engines(*releases: str) -> tuple[Engine, ...]:
    return tuple(Engine(EngineKind.REFERENCE, release) for release in releases)


@pytest.mark.parametrize(
    ("some", "expected"),
    [
        ((), ""),
        (("0.7.0",), "0.7.0"),
        (("0.7.0", "0.10.1"), "0.7.0-0.10.1"),
        (("0.33.0", "0.5.5"), "0.5.5, 0.33.0"),
        (("0.10.1.1", "0.10.1", "0.7.0", "0.33.0"), "0.7.0-0.33.0"),
        (("0.5.5", "0.10.1", "0.10.1.1"), "0.5.5, 0.10.1-0.10.1.1"),
        (("0.5.5", "0.10.1", "0.33.0"), "0.5.5, 0.10.1, 0.33.0"),
        (RELEASES, "0.5.5-0.33.0"),
    ],
)
def test_neighbours_in_the_run_make_one_range(some: tuple[str, ...], expected: str) -> None:
    assert ranges(engines(*some), engines(*RELEASES)) == expected


def test_releases_are_ordered_as_versions_not_as_text() -> None:
    assert [engine.release for engine in ordered(engines("0.10.1", "0.9.0", "0.33.0"))] == [
        "0.9.0",
        "0.10.1",
        "0.33.0",
    ]


PY311, PY312 = (Platform(Accelerator.CPU, python) for python in ("3.11", "3.12"))


@pytest.mark.parametrize(
    ("on_311", "on_312", "expected"),
    [
        (("0.7.0",), ("0.7.0",), "0.7.0"),
        (("0.7.0",), (), "0.7.0 on cpu-py311"),
        (("0.7.0", "0.10.1"), ("0.33.0",), "0.7.0-0.10.1 on cpu-py311; 0.33.0 on cpu-py312"),
        ((), (), ""),
    ],
)
def test_platforms_are_named_unless_all_agree(
    on_311: tuple[str, ...], on_312: tuple[str, ...], expected: str, build: Callable[..., Results]
) -> None:
    run = build((), (), releases=RELEASES, platforms=(PY311, PY312))
    cells = [
        Cell("acme==1", engine, platform)
        for platform, releases in ((PY311, on_311), (PY312, on_312))
        for engine in engines(*releases)
    ]
    assert Axis(run).where(cells) == expected


def test_the_only_platform_is_not_named(build: Callable[..., Results]) -> None:
    run = build((), (), releases=RELEASES, platforms=(PY311,))
    assert Axis(run).where([Cell("acme==1", engines("0.7.0")[0], PY311)]) == "0.7.0"
