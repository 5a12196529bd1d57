"""What a container may use and may not do, as the engine is told, and what of it the engine cannot do."""

import os
import resource
from collections.abc import Mapping, Sequence
from typing import Any

import docker
import msgspec
from docker.types import Ulimit

from plugin_matrix.model import Isolation
from plugin_matrix.sandbox.container.client import answering, is_podman
from plugin_matrix.sandbox.protocol import Limits
from plugin_matrix.sandbox.users import RESIDENT

NO_USER_NAMESPACES = "refusal of user namespaces and keyrings by that filter"
PROCESSORS = 2.0
"""How many processors a container may keep busy: a cell, and the children it starts."""
_OWN_PROCESSES = 8
"""Process 1, the cell's first process, and what the engine runs to start it."""
_SLACK = 16
"""The resource limit counts a user's threads; the control group has to be met first, it alone tells so."""
_LEAST_OPEN_FILES = 1024
"""What starts a process needs some too; the process's own limit may be lower."""
_LEAST_USERS_PROCESSES = 4096
"""The resource limit counts what a user has in all containers, and process 1 is the same user in each."""


class Confinement(msgspec.Struct, frozen=True):
    """Limits that hold for a container's whole life; a warm one serves only cells that have the same."""

    memory_bytes: int
    processes: int
    file_bytes: int
    scratch_bytes: int
    open_files: int

    @classmethod
    def of(cls, limits: Limits) -> "Confinement":
        """Return what of a cell's limits the container itself has to have."""
        return cls(
            limits.memory_bytes, limits.processes, limits.file_bytes, limits.scratch_bytes, limits.open_files
        )

    def host_settings(self, client: docker.DockerClient, *, forking: bool = False) -> dict[str, Any]:
        """Return the settings of the engine's `create`, as the SDK names them.

        Process 1 of a `forking` container becomes a user without rights but those to become a cell's user.
        """
        files = max(self.open_files, _LEAST_OPEN_FILES)
        processes = max(self.processes + _SLACK, _LEAST_USERS_PROCESSES)
        counted = not is_podman(client)
        writable = _writable(self.scratch_bytes, counted=counted)
        small = _writable(self.scratch_bytes // 4, counted=counted)
        return {
            "network_mode": "none",
            "ipc_mode": "private",
            "read_only": True,
            "user": "0:0" if forking else f"{RESIDENT}:{RESIDENT}",
            "cap_drop": ["ALL"],
            "cap_add": ["SETGID", "SETPCAP", "SETUID"] if forking else [],
            "security_opt": ["no-new-privileges"],
            "mem_limit": self.memory_bytes,
            "memswap_limit": self.memory_bytes,
            "shm_size": self.scratch_bytes,
            "pids_limit": self.processes + _OWN_PROCESSES,
            "nano_cpus": int(min(PROCESSORS, _processors(client)) * 1e9),
            "oom_score_adj": 500,
            "tmpfs": {"/scratch": writable, "/tmp": small, "/var/tmp": small},  # noqa: S108 - in the container
            "ulimits": [
                Ulimit(name="core", soft=0, hard=0),
                Ulimit(name="fsize", soft=self.file_bytes, hard=self.file_bytes),
                # An engine's own limits may be above what it may give, as podman's are.
                Ulimit(name="nofile", soft=files, hard=files),
                Ulimit(name="nproc", soft=processes, hard=processes),
            ],
        }


def _writable(size: int, *, counted: bool) -> str:
    """Return the options of a tmpfs; podman refuses the one that bounds the number of files."""
    # An inode costs kernel memory that no size counts: one for each 4 KiB, and some.
    inodes = f",nr_inodes={size // 4096 + 1024}" if counted else ""
    return f"rw,exec,nosuid,nodev,mode=1777,size={size}{inodes}"


def resource_limits(limits: Limits) -> dict[int, int]:
    """Return the limits of each process of a cell, by `RLIMIT_*` number."""
    return {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_NPROC: limits.processes + _SLACK,
    }


def isolation(information: Mapping[str, Any], *, gpus: bool = False, podman: bool = False) -> Isolation:
    """Return what holds for a cell of an engine that tells `information`, and what it cannot do.

    With `gpus` the cell reaches the machine's driver, and memory on the device is nobody's to bound.
    """
    security: Sequence[str] = information.get("SecurityOptions") or ()
    seccomp = any("name=seccomp" in one for one in security)
    groups = may_limit(information)
    statements = [
        ("own user id, another for each cell", True),
        ("no new privileges", True),
        ("no capabilities", True),
        ("the engine's default system call filter", seccomp),
        # Podman's lets them through.
        (NO_USER_NAMESPACES, seccomp and not podman),
        ("own network namespace without any network", True),
        ("own process, IPC and UTS namespaces", True),
        ("read-only root directory of the platform's image and the named directories only", True),
        ("no device of the machine", not gpus),
        ("scratch of bounded size", True),
        ("bounded number of files in the scratch", not podman),
        ("memory of all processes together (control group)", groups and bool(information.get("MemoryLimit"))),
        ("no swap", groups and bool(information.get("SwapLimit", True))),
        ("number of processes (control group)", groups and bool(information.get("PidsLimit", True))),
        ("number of processes (resource limit of a user of its own)", True),
        ("share of the processors", groups and bool(information.get("CpuCfsQuota", True))),
        ("limits on CPU time, open files and file size of each process", True),
        ("limits on output and wall time", True),
        ("end of all descendants", True),
    ]
    return Isolation(
        kind="container",
        enforced=tuple(text for text, holds in statements if holds),
        missing=tuple(text for text, holds in statements if not holds),
    )


def is_rootless(information: Mapping[str, Any]) -> bool:
    """Say whether an engine that tells `information` is run by a user without rights."""
    security: Sequence[str] = information.get("SecurityOptions") or ()
    return any("name=rootless" in one for one in security) or bool(information.get("Rootless"))


def may_limit(information: Mapping[str, Any]) -> bool:
    """Say whether an engine has control groups to limit with: version 1 lends none to users without rights.

    Podman says that it limits all the same, and then does not.
    """
    return not (is_rootless(information) and information.get("CgroupVersion") == "1")


def engine_information(client: docker.DockerClient) -> Mapping[str, Any]:
    """Return what the engine tells about itself."""
    with answering():
        return dict(client.info())


def _processors(client: docker.DockerClient) -> float:
    return float(engine_information(client).get("NCPU") or os.cpu_count() or 1)
