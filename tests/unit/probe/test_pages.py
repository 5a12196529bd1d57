"""Memory is put into large pages where the kernel does that, and nothing in it changes."""

import mmap
import subprocess
import sys
from pathlib import Path

import pytest
from cell import Cell
from forking import Forking

import plugin_matrix.probe

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it is Linux that has such pages")
PAGES = Path(plugin_matrix.probe.__file__).parent / "warm" / "pages.py"
MADV_COLLAPSE = 25
SCRIPT = f"""
import ctypes, os, runpy
content = bytearray(range(256)) * 2**16
runpy.run_path({str(PAGES)!r})["collapse"](ctypes)
child = os.fork()
if not child:
    content[:] = bytes(len(content))
    os._exit(0)
os.waitpid(child, 0)
print(content == bytearray(range(256)) * 2**16)
with open("/proc/self/smaps_rollup") as lines:
    print(next(line for line in lines if line.startswith("AnonHugePages:")))
"""


@pytest.fixture(scope="module")
def _large_pages() -> None:
    with mmap.mmap(-1, 2**22, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as some:
        some.write(bytes(2**22))
        try:
            some.madvise(MADV_COLLAPSE)
        except OSError as error:
            pytest.skip(f"this kernel does not put memory into large pages: {error}")


def large(process: int) -> int:
    """Return how much memory of a process is in large pages, kilobytes."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("AnonHugePages:")).split()[1])


@pytest.mark.usefixtures("_large_pages")
def test_memory_is_the_same_in_large_pages_and_forks_change_their_own() -> None:
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    same, _, gained, _ = run.stdout.split()
    assert (same, run.stderr) == ("True", "")
    assert int(gained) >= 8 * 1024


@pytest.mark.usefixtures("_large_pages")
def test_a_warm_interpreter_settles_into_large_pages_when_there_are_more_than_a_few_cells(
    tmp_path: Path,
) -> None:
    forking = Forking()
    try:
        sizes = []
        for number in range(4):
            directory = tmp_path / str(number)
            directory.mkdir()
            seen = Cell(directory, forking=forking).observe("def register(): pass")
            assert seen.engine_raised is None
            sizes.append(large(forking.process))
    finally:
        forking.close()
    assert sizes[:2] == [0, 0]
    assert all(sizes[2:])
