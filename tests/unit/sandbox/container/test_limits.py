"""What a cell's isolation says of an engine: nothing that the engine does not do."""

from typing import Any

import pytest

from plugin_matrix.sandbox.container.limits import NO_USER_NAMESPACES, is_rootless, isolation

DOCKER = {
    "SecurityOptions": ["name=seccomp,profile=default"],
    "CgroupVersion": "1",
    **dict.fromkeys(("MemoryLimit", "SwapLimit", "PidsLimit", "CpuCfsQuota"), True),
}
GROUPS = {
    "memory of all processes together (control group)",
    "no swap",
    "number of processes (control group)",
    "share of the processors",
}
ROOTLESS_DOCKER = {"SecurityOptions": ["name=seccomp,profile=default", "name=rootless"]}


@pytest.mark.parametrize(
    ("said", "options", "missing"),
    [
        ({}, {}, set()),
        ({"MemoryLimit": False}, {}, {"memory of all processes together (control group)"}),
        ({"SwapLimit": False}, {}, {"no swap"}),
        ({"PidsLimit": False}, {}, {"number of processes (control group)"}),
        ({"CpuCfsQuota": False}, {}, {"share of the processors"}),
        ({"SecurityOptions": []}, {}, {"the engine's default system call filter", NO_USER_NAMESPACES}),
        ({}, {"gpus": True}, {"no device of the machine"}),
        ({}, {"podman": True}, {"bounded number of files in the scratch", NO_USER_NAMESPACES}),
        # Podman tells of limits that it ignores there.
        ({"Rootless": True}, {}, GROUPS),
        ({"Rootless": True, "CgroupVersion": "2"}, {}, set()),
        (ROOTLESS_DOCKER, {}, GROUPS),
        (ROOTLESS_DOCKER | {"CgroupVersion": "2"}, {}, set()),
    ],
)
def test_what_an_engine_cannot_do_is_missing(
    said: dict[str, Any], options: dict[str, bool], missing: set[str]
) -> None:
    found = isolation(DOCKER | said, **options)
    assert set(found.missing) == missing
    assert not set(found.enforced) & missing


@pytest.mark.parametrize(
    ("said", "rootless"),
    [({}, False), ({"SecurityOptions": None}, False), (ROOTLESS_DOCKER, True), ({"Rootless": True}, True)],
)
def test_engines_say_in_two_ways_that_they_are_rootless(
    said: dict[str, Any],
    rootless: bool,  # noqa: FBT001 - a table's column
) -> None:
    assert is_rootless(said) == rootless
