# ruff: noqa: ANN001, ANN201, ANN202, ANN204 (runs on Python 3.9, apart from the tests)
"""Runs every golden case inside a reference engine, each in a fork; JSON to standard output."""

import contextlib
import importlib
import io
import json
import logging
import os
import sys
import tempfile
import types
from pathlib import Path

import vllm.platforms
import vllm.plugins

calls = []


def golden_modules():
    """Make the plugins of the cases importable."""
    plugins = types.ModuleType("golden_plugins")

    def recorder(name):
        return lambda: calls.append(name)

    for name in ("a", "b", "after", "dup1", "dup2"):
        setattr(plugins, name, recorder(name))

    def boom():
        calls.append("boom")
        raise RuntimeError

    class K:
        def __init__(self):
            calls.append("K")

    plugins.boom, plugins.K = boom, K
    sys.modules["golden_plugins"] = plugins


def lay_out(case, directory):
    """Write the case's dist-info directories and put their parents on `sys.path`, in order."""
    (directory / "golden_exits.py").write_text("raise SystemExit(3)\n", "utf-8")
    (directory / "golden_records_import.py").write_text(
        "import golden_plugins\ngolden_plugins.b()\n", "utf-8"
    )
    paths = [str(directory)]
    for distribution in case["distributions"]:
        path = directory / str(distribution["path"])
        info = path / f"{distribution['name'].replace('-', '_')}-1.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution['name']}\nVersion: 1\n", "utf-8"
        )
        lines = ["[vllm.general_plugins]", *(f"{n} = {v}" for n, v in distribution["entry_points"].items())]
        (info / "entry_points.txt").write_text("\n".join(lines), "utf-8")
        if str(path) not in paths:
            paths.append(str(path))
    sys.path[:0] = paths
    importlib.invalidate_caches()


def run_loader(case):
    """Call the loader twice."""
    golden_modules()
    with tempfile.TemporaryDirectory() as directory:
        lay_out(case, Path(directory))
        if case["vllm_plugins"] is None:
            os.environ.pop("VLLM_PLUGINS", None)
        else:
            os.environ["VLLM_PLUGINS"] = case["vllm_plugins"]
        outcomes = []
        for _ in range(2):
            try:
                vllm.plugins.load_general_plugins()
                outcomes.append(["returned", ""])
            except BaseException as error:  # noqa: BLE001 (SystemExit is an outcome)
                outcomes.append(["raised", type(error).__name__])
    return {
        "calls": calls,
        "outcomes": outcomes,
        "flag": getattr(vllm.plugins, "plugins_loaded", None),
    }


def function(name, told, counts):
    """Make the platform function that a case describes."""
    if isinstance(told, dict) and "value" in told:
        return told["value"]

    def asked():
        if name is not None:
            counts[name] += 1
        if isinstance(told, dict):
            if "raises" in told:
                raise RuntimeError
            return {"None": None, "int": int}[told["returns"]]
        return told

    return asked


class Levels(logging.Handler):
    """Keeps levels of what the resolver logs."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.failed, self.chosen = [], []

    def emit(self, record):
        message = record.getMessage()
        if "failed during detection" in message:
            self.failed.append(record.levelname.lower())
        elif any(text in message for text in ("is activated", "detected platform", "No platform detected")):
            self.chosen.append(record.levelname.lower())


def run_platform(case):
    """Resolve the platform once."""
    counts = dict.fromkeys(case["out_of_tree"], 0)
    module = vllm.platforms
    plugins = {name: function(name, told, counts) for name, told in case["out_of_tree"].items()}
    module.load_plugins_by_group = lambda *_args, **_kwargs: plugins
    builtin = {
        name: function(None, case["builtin"].get(name, {"returns": "None"}), {}) for name in ("cuda", "cpu")
    }
    module.builtin_platform_plugins = builtin
    module.cpu_platform_plugin = builtin["cpu"]
    if case["target_device"]:
        os.environ["VLLM_TARGET_DEVICE"] = case["target_device"]
    levels = Levels()
    module.logger.addHandler(levels)
    module.logger.setLevel(logging.DEBUG)
    try:
        seen = {"returned": repr(module.resolve_current_platform_cls_qualname())}
    except RuntimeError as error:
        text, _, names = str(error).partition("[")
        seen = {
            "raised": "RuntimeError",
            "message": text,
            "named": sorted(names[:-1].replace("'", "").split(", ")),
        }
    return {**seen, "calls": counts, "fail_log": levels.failed, "ok_log": levels.chosen}


def in_child(run, case):
    """Run in a fork: the loader's flag and the platform are per process."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            seen = run(case)
        os.write(writing, json.dumps(seen).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        seen = json.loads(answer.read())
    os.waitpid(child, 0)
    return seen


def main():
    """Run every case."""
    logging.getLogger("vllm").handlers.clear()
    logging.getLogger("vllm").addHandler(logging.NullHandler())
    request = json.loads(sys.stdin.read())
    resolves = hasattr(vllm.platforms, "resolve_current_platform_cls_qualname")
    result = {
        "loader": {name: in_child(run_loader, case) for name, case in request["loader"].items()},
        "platform": {
            name: in_child(run_platform, case) for name, case in request["platform"].items() if resolves
        },
    }
    sys.stdout.write(json.dumps(result))


main()
