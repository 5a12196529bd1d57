"""Makers of plugins, findings, cells and results, and a text that does harm wherever it is not escaped."""

from collections.abc import Iterable
from typing import Any

from plugin_matrix.model import (
    Accelerator,
    Cell,
    CellResult,
    Engine,
    EngineKind,
    EntryPoint,
    Evidence,
    Finding,
    Level,
    Platform,
    Plugin,
    Reach,
    Results,
    SurfaceFinding,
    Totals,
    Verdict,
)

RELEASES = ("0.5.5", "0.6.6", "0.7.0", "0.10.1", "0.33.0")
PY311 = Platform(Accelerator.CPU, "3.11")
PY312 = Platform(Accelerator.CPU, "3.12")
HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>]]>{{ 7*7 }}[bold red]&amp;"
    "\x1b[2J\x00\x07\r\x9b\u202egnp\u2066\u200b\ufffe\U000e0041\u2028é\N{PILE OF POO}-->"
)


def engine(release: str) -> Engine:
    return Engine(EngineKind.REFERENCE, release)


def plugin(name: str, version: str = "1.0") -> Plugin:
    return Plugin(
        name=name,
        version=version,
        entry_points=(EntryPoint("vllm.general_plugins", name, f"{name}:register"),),
        requires_dist=("vllm>=0.5",),
        requires_python=">=3.9",
        wheel_tags=("py3-none-any",),
        source=f"{name}=={version}",
        sha256="ab" * 32,
    )


def finding(rule: str = "PM605", level: Level = Level.ERROR, **texts: Any) -> Finding:
    return Finding(
        **{
            "rule": rule,
            "level": level,
            "subject": "vllm.general_plugins:acme",
            "message": "The second call raised ValueError: already registered.",
            "effect": "A process that loads plugins twice dies.",
            "hint": "Return at once when the work is done already.",
            "evidence": (
                Evidence(
                    file="acme/__init__.py", line=12, symbol="register", text="ValueError: already registered"
                ),
            ),
            **texts,
        }
    )


def cell(
    plugin_id: str, release: str, verdict: Verdict, platform: Platform = PY311, **more: Any
) -> CellResult:
    square = Cell(plugin_id, engine(release), platform)
    return CellResult(id=square.id, cell=square, verdict=verdict, **more)


def results(
    plugins: Iterable[Plugin],
    cells: Iterable[CellResult],
    *,
    releases: Iterable[str] = RELEASES,
    platforms: tuple[Platform, ...] = (PY311,),
    **more: Any,
) -> Results:
    done = tuple(cells)
    return Results(
        **{
            "tool_version": "0.1.0",
            "started": "2026-11-03T10:00:00Z",
            "seconds": 12.5,
            "complete": True,
            "engines": tuple(engine(release) for release in releases),
            "platforms": platforms,
            "plugins": tuple(plugins),
            "cells": done,
            "totals": Totals.of(done),
            **more,
        }
    )


SURFACE_RELEASES = ("0.9.0", "0.9.1", "0.10.0", "0.11.0", "0.11.1", "0.12.0", "0.33.0")


def surface_finding(rule: str = "PM201", level: Level = Level.ERROR, **texts: Any) -> SurfaceFinding:
    return SurfaceFinding(
        **{
            "rule": rule,
            "level": level,
            "subject": "vllm.inputs.data",
            "message": "The module vllm.inputs.data is gone.",
            "effect": "ModuleNotFoundError when the entry point is loaded.",
            "hint": "Import `PromptType` from `vllm.inputs`, which works since 0.9.0.",
            "evidence": (
                Evidence(file="acme/data.py", line=3, symbol="vllm.inputs.data.PromptType"),
                Evidence(file="acme/data.py", line=14, symbol="vllm.inputs.data.TextPrompt"),
                Evidence(file="acme/__init__.py", line=1, symbol="vllm.inputs.data"),
            ),
            "broken": ("0.11.1", "0.12.0", "0.33.0"),
            "since": "0.11.1",
            "reach": Reach.IMPORT,
            **texts,
        }
    )
