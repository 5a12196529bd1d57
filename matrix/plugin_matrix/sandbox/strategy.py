"""How a cell can be locked in on this machine."""

import os
import shutil
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from plugin_matrix.model import Isolation

_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
"""Where the system's own tools are; never the caller's PATH, since some run with all rights."""


class Strategy(StrEnum):
    """Ways to lock a cell in, strongest first."""

    NAMESPACES = "namespaces"
    """As root: own user, own namespaces, own root directory."""
    USER_NAMESPACES = "user namespaces"
    """Not as root: the same but for the user, who is the caller without any capability."""
    PROCESS_GROUP = "process group"
    """Where namespaces are not permitted: resource limits and a watchdog."""


def tool(name: str) -> str | None:
    """Return the path of one of the system's own programs."""
    return shutil.which(name, path=_PATH)


def launcher(strategy: Strategy) -> list[str] | None:
    """Return the command that starts a cell's first process; None where a tool of it is missing."""
    setpriv, unshare = tool("setpriv"), tool("unshare")
    # No parent-death signal: the first process learns of the harness's end by the control pipe, and has to
    # survive it in order to end the others and to remove their control groups.
    if strategy is Strategy.PROCESS_GROUP:
        return [setpriv, "--no-new-privs"] if setpriv else []
    if not setpriv or not unshare or not tool("mount"):
        return None
    user = ["--user", "--map-root-user"] if strategy is Strategy.USER_NAMESPACES else []
    namespaces = ["--net", "--pid", "--ipc", "--uts", "--mount", "--fork", "--kill-child=KILL"]
    return [setpriv, "--no-new-privs", unshare, *user, *namespaces]


def capability_dropper(strategy: Strategy) -> list[str]:
    """Return the command that gives up the capabilities a user namespace came with."""
    if strategy is not Strategy.USER_NAMESPACES:
        return []
    return [tool("setpriv") or "setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all"]


def isolation(strategy: Strategy, controllers: Sequence[str], *, own_user: bool) -> Isolation:
    """Return what holds for a cell and what could not be had."""
    namespaces = strategy is not Strategy.PROCESS_GROUP
    memory = "memory of all processes together (control group)"
    watched = "memory of all processes together (sampled; a fast hog may pass the limit before it is ended)"
    statements = [
        ("own user id", own_user),
        ("no new privileges", launcher(strategy) != []),
        ("no capabilities", namespaces or own_user or os.geteuid() != 0),
        ("own network namespace without any network", namespaces),
        ("own process namespace", namespaces),
        ("own IPC and UTS namespaces", namespaces),
        ("read-only root directory with the system's programs and the named directories only", namespaces),
        ("scratch of bounded size", namespaces),
        (memory, "memory" in controllers),
        (watched, "memory" not in controllers),
        ("number of processes (control group)", "pids" in controllers),
        ("number of processes (resource limit of a user of its own)", own_user or namespaces),
        ("CPU time of all processes together (control group)", "cpuacct" in controllers),
        ("limits on CPU time, open files and file size of each process", True),
        ("limits on output and wall time", True),
        ("end of all descendants", namespaces or own_user),
    ]
    return Isolation(
        kind="process",
        enforced=tuple(text for text, holds in statements if holds),
        missing=tuple(text for text, holds in statements if not holds and text != watched),
    )


def unfit(strategy: Strategy) -> str | None:
    """Return why this process must not use a strategy even where the machine permits it."""
    if strategy is Strategy.NAMESPACES and not may_change_user():
        return "it may not change its user"
    if strategy is Strategy.USER_NAMESPACES and os.geteuid() == 0:
        # Even without capabilities root owns the kernel's settings, such as what runs when a program crashes.
        return "root in a user namespace is still the owner of root's files"
    if strategy is Strategy.PROCESS_GROUP and os.geteuid() == 0 and not may_change_user():
        return "it is root and may not change its user, so foreign code would run as root"
    return None


def may_change_user() -> bool:
    """Say whether this process may become another user."""
    if os.geteuid() != 0:
        return False
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return True
    effective = int(status.partition("CapEff:")[2].split()[0], 16)
    return bool(effective >> 6 & 1 and effective >> 7 & 1)  # CAP_SETGID, CAP_SETUID
