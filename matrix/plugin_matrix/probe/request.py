"""What the harness asks for."""

from __future__ import annotations

from collections import namedtuple
from os.path import dirname, isabs, join

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SCHEMA = 1
_STAND_INS_AT_START = join(dirname(__file__), "stand_ins", "start")


class Request(
    namedtuple(
        "Request",
        (
            "distribution",
            "companions",
            "plugin_layers",
            "companion_layers",
            "dependency_layers",
            "engine_layers",
            "repeat",
            "threads",
            "scenario_seconds",
            "total_seconds",
            "torch",
            "generate",
            "scratch",
            "stand_ins",
            "stand_in_missing",
            "brief",
        ),
    )
):
    """One cell's request, already valid: the harness wrote it.

    The layers are entries of `sys.path`: of the plugin under test, of those installed beside it, of the
    dependencies of all of them, and of the engine. Times are seconds. `stand_ins` are the top modules to
    stand in for where they are absent; `stand_in_missing` asks for those too that the plugin misses. A
    `brief` cell imports and calls the entry points and asks no more.
    """

    __slots__ = ()
    distribution: str
    companions: tuple[str, ...]
    plugin_layers: tuple[str, ...]
    companion_layers: tuple[str, ...]
    dependency_layers: tuple[str, ...]
    engine_layers: tuple[str, ...]
    repeat: int
    threads: int
    scenario_seconds: float
    total_seconds: float
    torch: bool
    generate: bool
    scratch: str
    stand_ins: tuple[str, ...]
    stand_in_missing: bool
    brief: bool

    @classmethod
    def from_json(cls, data: dict[str, Any], directory: str) -> Request:
        """Read the decoded JSON; raises `KeyError` or `ValueError` for another schema.

        A scratch directory that is no absolute path is `directory`, where the request lies: the
        harness does not know the path that a sandbox gives it.
        """
        if data["schema"] != SCHEMA:
            raise ValueError(f"this probe reads requests of schema {SCHEMA}, not {data['schema']}")
        seconds = float(data["scenario_seconds"])
        return cls(
            distribution=data["distribution"],
            companions=tuple(data["companions"]),
            plugin_layers=tuple(data["layers"]["plugin"]),
            companion_layers=tuple(data["layers"]["companions"]),
            dependency_layers=tuple(data["layers"]["dependencies"]),
            engine_layers=tuple(data["layers"]["engine"]),
            repeat=max(1, min(1_000, int(data["repeat"]))),
            threads=max(2, min(64, int(data["threads"]))),
            scenario_seconds=seconds,
            total_seconds=float(data.get("total_seconds", 5 * seconds)),
            torch=bool(data["torch"]),
            generate=bool(data.get("generate", True)),
            scratch=data["scratch"] if isabs(data["scratch"]) else directory,
            stand_ins=tuple(data.get("stand_ins", ())),
            stand_in_missing=bool(data.get("stand_in_missing")),
            brief=bool(data.get("brief")),
        )

    @property
    def search_path(self) -> tuple[str, ...]:
        """What is in front of the environment's own `sys.path` where the plugin is installed."""
        at_start = (_STAND_INS_AT_START,) if self.wants_stand_ins else ()
        return (*self.plugin_layers, *self.companion_layers, *self.dependency_layers, *at_start)

    @property
    def wants_stand_ins(self) -> bool:
        """Whether absent modules are to be stood in for."""
        return bool(self.stand_ins or self.stand_in_missing)

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return {
            **self._asdict(),
            "schema": SCHEMA,
            "layers": {
                "plugin": self.plugin_layers,
                "companions": self.companion_layers,
                "dependencies": self.dependency_layers,
                "engine": self.engine_layers,
            },
        }
