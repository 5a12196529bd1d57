"""How much longer a trivial Python takes in the process sandbox than as a plain process.

    python benchmarks/sandbox_overhead.py [--rounds N]

Both are run in turn, so that whatever else the machine does falls on both.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from plugin_matrix.sandbox import Command
from plugin_matrix.sandbox.process import ProcessSandbox


def _milliseconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=50)
    rounds = parser.parse_args().rounds
    argv = (sys.executable, "-c", "pass")
    read_only = (Path(sys.prefix), Path(sys.base_prefix))
    command = Command(argv=argv, environment={}, read_only=read_only)
    with tempfile.TemporaryDirectory() as scratch:
        sandbox = ProcessSandbox(Path(scratch))
        plain, locked = [], []
        for _ in range(rounds):
            plain.append(_milliseconds(lambda: subprocess.run(argv, env={}, check=True)))
            locked.append(_milliseconds(lambda: sandbox.run(command)))
        sandbox.close()
    once, cell = statistics.median(plain), statistics.median(locked)
    print(f"strategy: {sandbox.strategy}; median of {rounds} rounds")
    print(f"plain process   {once:6.1f} ms")
    print(f"process sandbox {cell:6.1f} ms")
    print(f"ratio           {cell / once:6.2f}   (difference {cell - once:.1f} ms)")


if __name__ == "__main__":
    main()
