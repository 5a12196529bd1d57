"""What the engine may cost: cells are made of imports of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from plugin_matrix.engines import reference

ENDS = ["0.5.5", "0.33.0"]


@pytest.mark.parametrize("release", ENDS)
def test_importing_the_engine_takes_less_than_forty_milliseconds_of_a_processor(
    release: str, python: Callable[..., str]
) -> None:
    """The best of seven: what is left is the import's own. Nothing of torch may be asked for."""
    code = """
import sys, time
before = time.process_time()
import vllm
print(1000 * (time.process_time() - before), "torch" in sys.modules)
"""
    measured = [python(release, code).split() for _ in range(7)]
    assert {asked for _, asked in measured} == {"False"}
    assert min(float(milliseconds) for milliseconds, _ in measured) < 40


@pytest.mark.parametrize("release", ENDS)
def test_a_wheel_of_the_engine_is_smaller_than_four_hundred_kilobytes(release: str, tmp_path: Path) -> None:
    assert reference.build_wheel(release, tmp_path).stat().st_size < 400_000
