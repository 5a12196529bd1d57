"""Lay out a plugin of a few lines beside the small engine and run the real probe on the two."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from forking import Forking

import plugin_matrix.probe
from plugin_matrix.model import Observation

T = TypeVar("T")
ENGINE = Path(__file__).parent / "engine"
PROBE = Path(plugin_matrix.probe.__file__).parent
GENERAL = "vllm.general_plugins"
PLATFORM = "vllm.platform_plugins"


@dataclass(frozen=True)
class Cell:
    """A place to run the probe in."""

    directory: Path
    python: str = sys.executable
    forking: Forking | None = None
    """Where its interpreters are to be forks."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Environment variables beside those that every cell has."""

    def observe(self, source: str, **options: Any) -> Observation:
        """Run the probe on a plugin whose module `acme` has `source`."""
        return self.run(source, **options)[0]

    def observe_all(self, sources: dict[str, str], **options: Any) -> Observation:
        """Run the probe once on a plugin with a general entry point for each source, by its name."""
        modules = {f"acme_{number}": source for number, source in enumerate(sources.values())}
        points = {name: f"acme_{number}:register" for number, name in enumerate(sources)}
        return self.run("", points={GENERAL: points}, modules=modules, **options)[0]

    def run(
        self,
        source: str,
        *,
        points: dict[str, dict[str, str]] | None = None,
        modules: dict[str, str] | None = None,
        engine: Path = ENGINE,
        companion: str = "",
        companion_sitecustomize: str = "",
        **request: Any,
    ) -> tuple[Observation, str]:
        """Return the observation and what was printed."""
        layer = self.directory / "layer"
        scratch = self.directory / "scratch"
        lay_plugin(layer, {"acme": source, **(modules or {})}, points or {GENERAL: {"acme": "acme:register"}})
        companions = []
        if companion:
            companions = [str(self.directory / "beside")]
            beside = {GENERAL: {"beside": "beside:register"}}
            modules_beside = {"beside": companion}
            if companion_sitecustomize:
                modules_beside["sitecustomize"] = companion_sitecustomize
            lay_plugin(Path(*companions), modules_beside, beside, distribution="beside")
        scratch.mkdir()
        result = self.directory / "result.json"
        content = {
            "schema": 1,
            "distribution": "Acme",
            "companions": ["beside"] if companion else [],
            "layers": {
                "plugin": [str(layer)],
                "companions": companions,
                "dependencies": [str(engine)],
                "engine": [str(engine)],
            },
            "repeat": 3,
            "threads": 4,
            "scenario_seconds": 10,
            "torch": False,
            "scratch": str(scratch),
            **request,
        }
        path = self.directory / "request.json"
        path.write_text(json.dumps(content))
        argv = [self.python, "-I", "-S", "-B", str(PROBE / "__main__.py"), str(path), str(result)]
        variables = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(scratch),
            "TMPDIR": str(scratch),
            **self.variables,
        }
        if self.forking is not None:
            _, printed = self.forking.run(argv, variables, scratch)
        else:
            done = subprocess.run(
                argv, env=variables, capture_output=True, text=True, timeout=120, check=False, cwd=scratch
            )
            printed = done.stdout + done.stderr
        assert result.exists(), printed
        return msgspec.json.decode(result.read_bytes(), type=Observation), printed


def lay_plugin(
    layer: Path, modules: dict[str, str], points: dict[str, dict[str, str]], distribution: str = "acme"
) -> None:
    """Write an installed distribution of version 1.0."""
    information = layer / f"{distribution}-1.0.dist-info"
    information.mkdir(parents=True)
    for name, source in modules.items():
        (layer / f"{name}.py").write_text(source)
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    (information / "RECORD").write_text("".join(f"{name}.py,,\n" for name in modules))
    (information / "entry_points.txt").write_text(
        "".join(
            f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items())
            for group, entries in points.items()
        )
    )


def only(observation: Observation, kind: type[T]) -> T:
    """Return the one scenario of a kind."""
    found = [scenario for scenario in observation.scenarios if isinstance(scenario, kind)]
    assert len(found) == 1, observation
    return found[0]


def all_of(observation: Observation, kind: type[T]) -> list[T]:
    """Return the scenarios of a kind."""
    return [scenario for scenario in observation.scenarios if isinstance(scenario, kind)]


def named(observation: Observation, kind: type[T], name: str) -> T:
    """Return the scenario of a kind about one entry point."""
    found = [scenario for scenario in all_of(observation, kind) if getattr(scenario, "name", "") == name]
    assert len(found) == 1, observation
    return found[0]
