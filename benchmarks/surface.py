"""What `plugin-matrix check` costs, side by side with tools that compare one installed or loaded release.

Everything runs in one go on this machine, each command in a process of its own, so that the ratios hold:

    nox -s bench_surface              # or: python benchmarks/surface.py --rounds 5

1. *all*: a large plugin (vllm-ascend 0.23.0) and a small one (20 files) against every release, and each
   against one release, with nothing kept of an earlier check; then *again* against every release, as whoever
   works on a plugin checks it. Medians of the rounds, interpreter start included; the largest resident set.
2. *griffe*: loads two neighbouring vLLM releases and compares them, which is what a check of one pair begins
   with; per release that is half of its time.
3. *apidrift*: the same large plugin against one release, which it imports or reads from `sys.path`.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path
from typing import NamedTuple

from packaging.version import Version
from uv import find_uv_bin

from plugin_matrix.plugins.indexes import configured_sources
from plugin_matrix.plugins.layer import unpack_wheel
from plugin_matrix.plugins.opening import find_artefact
from plugin_matrix.plugins.store import Store
from plugin_matrix.surface.sources import fetch_tree, published
from plugin_matrix.surface.store import SurfaceIndex

LARGE, SMALL = "vllm-ascend==0.23.0", "turboquant-vllm==1.5.0"
ONE = "0.23.0"
PAIR = ("0.22.1", "0.23.0")
GRIFFE = """
import sys
import griffe
old, new = (griffe.load("vllm", search_paths=[path], allow_inspection=False) for path in sys.argv[1:])
print(sum(1 for _ in griffe.find_breaking_changes(old, new)))
"""


class Cost(NamedTuple):
    """What one process cost."""

    seconds: float
    memory: int
    """Largest resident set of it and its children, bytes."""


def run(*argv: str | Path, cwd: Path | None = None, path: str = "") -> Cost:
    """Run a command to its end; its findings are not this script's affair."""
    # Installers compile what they install, or the first run does: nobody's second run compiles again.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    if path:
        environment["PYTHONPATH"] = path
    begun = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in argv],
        cwd=cwd,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, _, usage = os.wait4(process.pid, 0)
    return Cost(time.perf_counter() - begun, usage.ru_maxrss * 1024)


def check(artefact: Path, store: Path, *options: str) -> Cost:
    """Check a plugin in a cold process."""
    return run(sys.executable, "-m", "plugin_matrix", "check", artefact, "--json", "--store", store, *options)


def median(costs: list[Cost]) -> Cost:
    """Return the median time and the largest memory."""
    return Cost(statistics.median(cost.seconds for cost in costs), max(cost.memory for cost in costs))


def tree(release: str, directory: Path) -> Path:
    """Fetch the sources of a vLLM release; returns the directory that holds the package `vllm`."""
    sources = configured_sources()
    found = next(one for one in published(sources) if Version(one.version) == Version(release))
    return fetch_tree(found, sources, directory / release).root


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--skip-others", action="store_true", help="leave griffe and apidrift out")
    options = arguments.parse_args()
    releases = len(SurfaceIndex.open().axis.releases)
    with tempfile.TemporaryDirectory(prefix="plugin-matrix-bench-") as name:
        directory = Path(name)
        store = directory / "store"
        per_release = ours(store, options.rounds, releases)
        if not options.skip_others:
            others(directory, store, per_release)


def ours(store: Path, rounds: int, releases: int) -> float:
    """Measure our own check; returns seconds per release for the large plugin."""
    per_release = 0.0
    for requirement in (LARGE, SMALL):
        artefact = find_artefact(requirement, store).path
        check(artefact, store)  # the disk's cache, byte code
        every, second, single = [], [], []
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as empty:
                every.append(check(artefact, Path(empty)))
                second.append(check(artefact, Path(empty)))
            with tempfile.TemporaryDirectory() as empty:
                single.append(check(artefact, Path(empty), "--engines", ONE))
        all_, again, one = median(every), median(second), median(single)
        print(
            f"{requirement}: {releases} releases {all_.seconds:.2f} s, again {again.seconds:.2f} s,"
            f" one release {one.seconds:.2f} s; {all_.seconds / one.seconds:.2f} times;"
            f" {all_.memory / 1024**2:.0f} MiB"
        )
        per_release = per_release or all_.seconds / releases
    return per_release


def others(directory: Path, store: Path, per_release: float) -> None:
    """Measure griffe and apidrift beside it."""
    tools = directory / "tools"
    python = tools / "bin" / "python"
    uv = find_uv_bin()
    subprocess.run([uv, "venv", "--quiet", tools], check=True)
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, "griffe>=2", "apidrift"], check=True)
    old, new = (tree(release, directory / "trees") for release in PAIR)
    script = directory / "pair.py"
    script.write_text(textwrap.dedent(GRIFFE))
    pair = run(python, script, old, new)
    print(
        f"griffe, {PAIR[0]} and {PAIR[1]}: {pair.seconds:.1f} s, {pair.memory / 1024**2:.0f} MiB; "
        f"per release {pair.seconds / 2 / per_release:.0f} times ours"
    )
    layer = unpack_wheel(find_artefact(LARGE, store).path, Store(store))
    drift = shutil.copytree(layer, directory / "plugin", ignore=shutil.ignore_patterns("*.so", "*.dist-info"))
    cost = run(tools / "bin" / "apidrift", "--no-cache", drift, cwd=directory, path=str(new))
    print(
        f"apidrift, {LARGE} on {ONE}: {cost.seconds:.1f} s; "
        f"per release {cost.seconds / per_release:.0f} times ours"
    )


if __name__ == "__main__":
    main()
