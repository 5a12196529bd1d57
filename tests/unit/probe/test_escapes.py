"""What of the machine a plugin may not reach for, told from what every plugin does."""

import os

import pytest

from plugin_matrix.probe.audit import _escape

READ, WRITE = ("r", os.O_RDONLY), ("w", os.O_WRONLY | os.O_CREAT)


@pytest.mark.parametrize(
    ("event", "arguments", "seen"),
    [
        ("open", ("/dev/mem", *READ), "/dev/mem"),
        ("open", ("/dev/sda", *READ), "/dev/sda"),
        ("open", (b"/dev/nvme0n1", *READ), "/dev/nvme0n1"),
        ("open", ("/dev/../dev/kmsg", *READ), "/dev/kmsg"),
        ("open", ("/proc/sys/kernel/core_pattern", *WRITE), "/proc/sys/kernel/core_pattern"),
        ("open", ("/proc/sysrq-trigger", *WRITE), "/proc/sysrq-trigger"),
        ("open", ("/proc/1/mem", *READ), "/proc/1/mem"),
        ("open", ("/proc/1/environ", *READ), "/proc/1/environ"),
        ("ctypes.dlsym", (None, "mount"), "mount()"),
        ("ctypes.dlsym", (None, "ptrace"), "ptrace()"),
        ("os.chmod", ("x", 0o4755, -1), "a setuid program"),
        ("os.chmod", ("x", 0o2755, -1), "a setuid program"),
        ("socket.connect", (None, "/var/run/docker.sock"), "/var/run/docker.sock"),
        ("socket.connect", (None, b"/run/podman/podman.sock"), "/run/podman/podman.sock"),
        ("socket.connect", (None, ("169.254.169.254", 80)), "the metadata service at 169.254.169.254"),
        ("socket.sendto", (None, ("fd00:ec2::254", 80, 0, 0)), "the metadata service at fd00:ec2::254"),
        ("open", ("/dev/null", *WRITE), None),
        ("open", ("/dev/urandom", *READ), None),
        ("open", ("/dev/nvidia0", *WRITE), None),
        ("open", ("/dev/davinci0", *WRITE), None),
        ("open", ("/dev/shm/acme", *WRITE), None),  # noqa: S108 - a plugin's own
        ("open", ("/proc/sys/kernel/pid_max", *READ), None),
        ("open", ("/proc/meminfo", *READ), None),
        ("open", ("/proc/1/cmdline", *READ), None),
        ("open", (f"/proc/{os.getpid()}/environ", *READ), None),
        ("open", ("/proc/self/environ", *READ), None),
        ("open", (3, *WRITE), None),
        ("ctypes.dlsym", (None, "cudaMalloc"), None),
        ("ctypes.dlsym", (None, 7), None),
        ("os.chmod", ("x", 0o755, -1), None),
        ("socket.connect", (None, "/tmp/acme.sock"), None),  # noqa: S108 - a plugin's own
        ("socket.connect", (None, ("192.0.2.1", 80)), None),
        ("os.remove", ("/dev/mem", -1), None),
    ],
)
def test_what_reaches_for_the_machine_is_told_from_what_does_not(
    event: str, arguments: tuple[object, ...], seen: str | None
) -> None:
    assert _escape(event, arguments) == seen
