"""Runs a build backend, locked in: `python -I -S <this file> <task.json> <result>`.

The result is JSON behind its length, then the wheel. Standard library only. Everything here runs beside the
backend, so nothing of it is believed.
"""

import importlib
import json
import os
import shutil
import site
import sys
from pathlib import Path


def main(task_file: str, result: str) -> None:
    """Ask the backend for its needs, then for the wheel."""
    task = json.loads(Path(task_file).read_text(encoding="utf-8"))
    scratch = Path.cwd()
    source = scratch / "source" / task["name"]
    shutil.copytree(task["tree"], source, symlinks=True)
    os.chdir(source)
    before = list(sys.path)
    site.addsitedir(task["requirements"])
    added = [place for place in sys.path if place not in before]
    sys.path[:] = [*(str(source / place) for place in task["backend_path"]), *added, *before]
    module, _, attributes = task["backend"].partition(":")
    backend = importlib.import_module(module)
    for attribute in filter(None, attributes.split(".")):
        backend = getattr(backend, attribute)
    told: dict[str, object] = {}
    wheel = b""
    if not task["complete"] and hasattr(backend, "get_requires_for_build_wheel"):
        told["needs"] = list(backend.get_requires_for_build_wheel(None))
    if not told.get("needs"):
        out = scratch / "out"
        out.mkdir()
        name = str(backend.build_wheel(str(out), None))
        told["name"] = name
        wheel = (out / Path(name).name).read_bytes()
    header = json.dumps(told).encode()
    Path(result).write_bytes(len(header).to_bytes(8, "big") + header + wheel)


if __name__ == "__main__":
    main(*sys.argv[1:])
