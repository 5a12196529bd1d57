"""What is ours in a container engine, and whether whoever made it still lives.

Everything made bears `OURS`. A container also says which process of which machine made it: a harness that was
killed cannot clean up, and the next one has to tell its leftovers from a living neighbour's containers.
"""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from plugin_matrix.sandbox.owner import process_start

OURS = "org.vllm-plugin-matrix"
RUN = f"{OURS}.run"
OWNER = f"{OURS}.owner"
MACHINE = f"{OURS}.machine"
"""Process numbers mean something on one machine, between two boots, in one process namespace."""
PLATFORM = f"{OURS}.platform"
"""On finished images only, and so tells them from what a build left half way."""
INTERPRETER = f"{OURS}.interpreter"
PYTHON = f"{OURS}.python"
ORIGIN = f"{OURS}.origin"
BASE = f"{OURS}.base"
RECIPE = f"{OURS}.recipe"
STAND_INS = f"{OURS}.stand-ins"


def of_image(**more: str) -> dict[str, str]:
    """Return the labels of an image or volume."""
    return {OURS: "1", **more}


def of_container(run: str) -> dict[str, str]:
    """Return the labels of a container that this process makes for the run `run`."""
    return {
        OURS: "1",
        RUN: run,
        OWNER: f"{os.getpid()}:{process_start(os.getpid())}",
        MACHINE: machine(),
    }


def is_leftover(labels: Mapping[str, str]) -> bool:
    """Say whether a container's owner is known to be gone; what another machine made is not ours to judge."""
    if OURS not in labels or labels.get(MACHINE) != machine():
        return False
    process, _, since = labels.get(OWNER, "").partition(":")
    if not (process.isdecimal() and since.isdecimal()):
        return False
    return process_start(int(process)) != int(since)


@cache
def machine() -> str:
    """Return what tells this boot and process namespace from every other."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}:{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return f"{os.uname().nodename}:"
