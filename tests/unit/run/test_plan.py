"""Cells on engines that the plugin does not declare are not applicable, or left out where that is wanted."""

from pathlib import Path

import pytest

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.model import Accelerator, EntryPoint, NotApplicable, Platform, Plugin, Reason
from plugin_matrix.plugins import OpenedPlugin
from plugin_matrix.run.plan import Subject, leave_out, plan_cells
from plugin_matrix.run.selection import select_engines

HISTORY = InterfaceHistory.load()
PLUGIN = Plugin(
    name="acme",
    version="1.0",
    entry_points=(EntryPoint("vllm.general_plugins", "acme", "acme:register"),),
    requires_dist=("vllm>=0.32",),
    wheel_tags=("py3-none-any",),
    source="acme",
    sha256="00",
)


@pytest.mark.parametrize(
    ("beyond", "only", "expected"),
    [
        (False, False, {"0.31.0": False, "0.32.0": True, "0.33.0": True}),
        (True, False, {"0.31.0": True, "0.32.0": True, "0.33.0": True}),
        (False, True, {"0.32.0": True, "0.33.0": True}),
    ],
)
def test_engines_that_are_not_declared(beyond: bool, only: bool, expected: dict[str, bool]) -> None:  # noqa: FBT001 - columns
    planned = plan_cells(
        [Subject(OpenedPlugin(PLUGIN, Path("acme.whl")))],
        select_engines([">=0.31,<0.34"], HISTORY),
        [Platform(Accelerator.CPU, "3.12")],
        HISTORY,
        beyond_declared=beyond,
        declared_only=only,
    )
    runs = {one.cell.engine.release: not isinstance(one.not_applicable, NotApplicable) for one in planned}
    assert {release: run for release, run in runs.items() if release.endswith(".0")} == expected


def test_cells_of_a_platform_whose_device_is_not_there_do_not_apply_for_the_first_reason_there_is() -> None:
    cpu, cuda = Platform(Accelerator.CPU, "3.12"), Platform(Accelerator.CUDA, "3.12")
    planned = plan_cells(
        [Subject(OpenedPlugin(PLUGIN, Path("acme.whl")))],
        select_engines(["0.31.0", "0.33.0"], HISTORY),
        [cpu, cuda],
        HISTORY,
    )
    reasons = {
        (one.cell.engine.release, one.cell.platform): one.not_applicable and one.not_applicable.reason
        for one in leave_out(planned, {cuda: "no device"})
    }
    assert reasons == {
        ("0.31.0", cpu): Reason.ENGINE_NOT_DECLARED,
        ("0.33.0", cpu): None,
        ("0.31.0", cuda): Reason.ENGINE_NOT_DECLARED,
        ("0.33.0", cuda): Reason.NO_DEVICE,
    }
