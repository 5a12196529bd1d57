"""Memory is put into large pages where the kernel does that, and nothing in it changes."""

import subprocess
import sys
from pathlib import Path

import pytest

import plugin_matrix.probe

PAGES = Path(plugin_matrix.probe.__file__).parent / "warm" / "pages.py"
REFUSED = 75
SCRIPT = f"""
import ctypes, mmap, os, runpy
try:
    some = mmap.mmap(-1, 2**22, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    some.write(bytes(2**22))
    some.madvise(25)
except OSError as error:
    print(error)
    raise SystemExit({REFUSED})
content = bytearray(range(256)) * 2**16
def large():
    with open("/proc/self/smaps_rollup") as lines:
        return next((int(line.split()[1]) for line in lines if line.startswith("AnonHugePages:")), 0)
before = large()
runpy.run_path({str(PAGES)!r})["collapse"](ctypes)
child = os.fork()
if not child:
    content[:] = bytes(len(content))
    os._exit(0)
os.waitpid(child, 0)
print(content == bytearray(range(256)) * 2**16, large() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="it is Linux that has such pages")
def test_memory_is_the_same_in_large_pages_and_forks_change_their_own() -> None:
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    if run.returncode == REFUSED:
        pytest.skip(f"this kernel does not put memory into large pages: {run.stdout.strip()}")
    same, gained = run.stdout.split()
    assert (same, run.stderr) == ("True", "")
    assert int(gained) >= 8 * 1024
