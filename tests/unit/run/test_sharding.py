import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin_matrix.errors import NothingToCheckError, UsageError
from plugin_matrix.model import Accelerator, Cell, Engine, EngineKind, Platform
from plugin_matrix.run.plan import PlannedCell
from plugin_matrix.run.sharding import Shard, jobs_of, parse_shard


@pytest.mark.parametrize(("text", "shard"), [("1/1", Shard(1, 1)), (" 3/12 ", Shard(3, 12))])
def test_a_shard_is_read_and_written(text: str, shard: Shard) -> None:
    assert parse_shard(text) == shard
    assert str(shard) == text.strip()


@pytest.mark.parametrize("text", ["", "1", "0/2", "3/2", "1/0", "-1/2", "1/2/3", "a/b", "1/2.0", "¹/2"])
def test_what_is_no_shard_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="1/4"):
        parse_shard(text)


@given(st.integers(1, 40), st.data())
def test_shards_hold_everything_once_and_are_about_equal(size: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(1, size))
    parts = [Shard(index, count).of(range(size)) for index in range(1, count + 1)]
    assert sorted(item for part in parts for item in part) == list(range(size))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_a_shard_that_gets_nothing_is_told_and_not_taken_for_success() -> None:
    with pytest.raises(NothingToCheckError, match="Shard 3/3 has no cell: there are 2"):
        Shard(3, 3).of("ab")


def cells(*platforms: str, releases: int) -> list[PlannedCell]:
    return [
        PlannedCell(
            cell=Cell(
                "acme==1.0", Engine(EngineKind.REFERENCE, f"0.{n}.0"), Platform(Accelerator.CPU, python)
            ),
            subject=None,  # type: ignore[arg-type] # not looked at
        )
        for python in platforms
        for n in range(releases)
    ]


def test_there_are_jobs_for_each_platform() -> None:
    jobs = jobs_of(cells("3.11", "3.12", releases=3), 2)
    assert [(job.platform, job.python, job.shard, job.cells) for job in jobs] == [
        ("cpu-py311", "3.11", "1/2", 2),
        ("cpu-py311", "3.11", "2/2", 1),
        ("cpu-py312", "3.12", "1/2", 2),
        ("cpu-py312", "3.12", "2/2", 1),
    ]


def test_there_are_no_more_jobs_than_cells() -> None:
    assert [job.shard for job in jobs_of(cells("3.11", releases=2), 8)] == ["1/2", "2/2"]
