"""Opens the kernel's settings for writing."""

from pathlib import Path

SETTINGS = (
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/vm/drop_caches",
    "/proc/sysrq-trigger",
    "/sys/kernel/uevent_helper",
    "/sys/fs/cgroup/cgroup.procs",
)


def register():
    """Open what changes the machine; nothing is written, should it open."""
    for setting in SETTINGS:
        try:
            Path(setting).open("a").close()
        except OSError:
            continue
