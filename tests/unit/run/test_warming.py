"""Cells whose plugin is likely to import torch are forks of an interpreter that has."""

from pathlib import Path

import pytest

from plugin_matrix.engines.base import Base
from plugin_matrix.engines.environment import Environment, PluginLayer
from plugin_matrix.engines.interpreters import Interpreter
from plugin_matrix.run.warming import warm_interpreter


@pytest.mark.parametrize(
    ("source", "torch"),
    [
        ("import torch", True),
        ("import os, torch.nn as nn", True),
        ("from torch import nn", True),
        ("import_module('torch.nn')", True),
        ("from vllm.model_executor.models import llama", True),
        ("ModelRegistry.register_model('A', 'a:A')", True),
        ("def stateless_init_device_torch_dist_pg(): ...", False),
        ("# works without torch", False),
        ("from acme import torch_free", False),
    ],
)
def test_whether_torch_is_imported_ahead_is_guessed_from_the_sources(
    tmp_path: Path,
    source: str,
    torch: bool,  # noqa: FBT001 - a column
) -> None:
    (tmp_path / "acme.py").write_text(f"{source}\n")
    base = Base(
        tmp_path,
        Interpreter(tmp_path, tmp_path, {"python_version": "3.11"}),
        has_torch=True,
        preload=("torch",),
    )
    environment = Environment(
        python=tmp_path / "bin" / "python",
        layers=(),
        engine_layers=(),
        has_torch=True,
        read_only=(),
        base=base,
    )
    warm = warm_interpreter(environment, (PluginLayer((tmp_path,), (), ()),), tmp_path / "probe", {})
    assert warm.preload == (("torch",) if torch else ())
