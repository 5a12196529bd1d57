"""What a program in a container can see and reach; each test is an attack from inside."""

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from plugin_matrix.sandbox.container.limits import NO_USER_NAMESPACES
from plugin_matrix.sandbox.container.sandbox import ContainerSandbox

from .conftest import Run, answer

SYSTEM = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    if getattr(libc, name)(*arguments) == -1:
        raise OSError(ctypes.get_errno(), name)
    return 0
"""


@pytest.mark.parametrize(
    "place",
    [
        *("/etc/passwd", "/etc/new", "/usr/bin/new", "/new", "/dev/new", "/run/new", "/root/new"),
        *("/run/plugin-matrix/cell_process.py", "/run/plugin-matrix/alive", "/var/new", "/scratch/../new"),
        *("/sys/new", "/sys/fs/cgroup/new", "/sys/kernel/mm/transparent_hugepage/enabled"),
        *("/proc/sys/kernel/hostname", "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger"),
        *("/proc/1/oom_score_adj", "/proc/sys/vm/drop_caches"),
    ],
)
def test_nothing_but_the_scratch_of_a_container_can_be_written(run: Run, place: str) -> None:
    said = answer(run("import sys; print(refused(lambda: open(sys.argv[1], 'a').write('x')))", place))
    assert said in {"EROFS", "EACCES", "ENOENT", "EPERM"}


def test_a_named_directory_is_seen_at_its_path_and_read_only(run: Run, tmp_path: Path) -> None:
    layer = tmp_path / "closed" / "a layer"
    layer.mkdir(parents=True)
    (layer / "module").write_text("read me")
    (layer / "module").chmod(0o666)
    layer.chmod(0o777)
    (layer.parent / "secret").write_text("do not read me")
    layer.parent.chmod(0o700)
    source = """
    import os, sys
    print(open(sys.argv[1] + "/module").read())
    print(refused(lambda: open(sys.argv[1] + "/module", "a")))
    print(refused(lambda: os.unlink(sys.argv[1] + "/module")))
    print(os.listdir(sys.argv[1] + "/.."))
    """
    said = answer(run(source, str(layer), read_only=(layer,)))
    assert said.splitlines() == ["read me", "EROFS", "EROFS", "['a layer']"]


def test_of_a_shelf_that_is_seen_only_what_was_named_is_found(run: Run, shelf: Path) -> None:
    for name in ("0123456789abcdef", "fedcba9876543210"):
        (shelf / name).mkdir(exist_ok=True)
        (shelf / name / "module").write_text(name)
    source = """
    import os, sys
    print(open(sys.argv[1] + "/module").read())
    print(refused(lambda: os.listdir(os.path.dirname(sys.argv[1]))))
    """
    named = shelf / "0123456789abcdef"
    assert answer(run(source, str(named), read_only=(named,))).split() == [named.name, "EACCES"]


def test_an_entry_that_comes_while_a_container_lives_is_seen_in_it(
    run: Run, box: ContainerSandbox, shelf: Path
) -> None:
    answer(run("", read_only=(shelf / "0123456789abcdef",)))
    made = box.containers_made
    (shelf / "late").mkdir(exist_ok=True)
    (shelf / "late" / "module").write_text("came late")
    source = "import sys; print(open(sys.argv[1] + '/module').read())"
    assert answer(run(source, str(shelf / "late"), read_only=(shelf / "late",))) == "came late"
    assert box.containers_made == made


@pytest.mark.parametrize(
    "place",
    [
        *("/var/run/docker.sock", "/run/docker.sock", "/run/podman/podman.sock", "/run/containerd"),
        *("/dev/mem", "/dev/kmem", "/dev/sda", "/dev/vda", "/dev/kvm", "/dev/fuse", "/dev/kmsg"),
        *("/.dockerenv/..//host", "/proc/kcore/x", "/home/new"),
    ],
)
def test_sockets_of_the_engine_and_devices_are_not_there(run: Run, place: str) -> None:
    assert answer(run("import os, sys; print(os.path.exists(sys.argv[1]))", place)) == "False"


@pytest.mark.parametrize(
    "place",
    ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/scsi", "/sys/firmware/acpi"],
)
def test_what_tells_of_the_machine_is_masked(run: Run, place: str) -> None:
    source = """
    import os, sys
    place = sys.argv[1]
    def content():
        return os.listdir(place) if os.path.isdir(place) else open(place, "rb").read(10)
    print(refused(content))
    """
    assert answer(run(source, place)) in {"allowed: []", "allowed: b''", "EACCES", "ENOENT", "EPERM"}


@pytest.mark.parametrize("address", ["169.254.169.254", "127.0.0.1", "172.17.0.1", "192.0.2.1", "::1"])
def test_no_address_is_reached_the_clouds_metadata_neither(run: Run, address: str) -> None:
    family = "AF_INET6" if ":" in address else "AF_INET"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1] if address == "127.0.0.1" else 80
        source = f"""
        import socket, sys
        connection = socket.socket(socket.{family})
        connection.settimeout(3)
        print(refused(lambda: connection.connect((sys.argv[1], int(sys.argv[2])))))
        """
        said = answer(run(source, address, str(port)))
    assert said in {"ENETUNREACH", "ECONNREFUSED", "EADDRNOTAVAIL", "EAFNOSUPPORT"}


def test_no_interface_but_a_loopback_of_its_own_is_there(run: Run) -> None:
    assert answer(run("import socket; print([name for _, name in socket.if_nameindex()])")) == "['lo']"


@pytest.mark.parametrize(
    ("attack", "outcomes"),
    [
        ("call('mount', b'none', b'/tmp', b'tmpfs', 0, None)", {"EPERM"}),
        ("call('umount2', b'/tmp', 2)", {"EPERM"}),
        ("call('unshare', 0x10000000)", {"EPERM"}),
        ("call('unshare', 0x00020000)", {"EPERM"}),
        ("call('setns', os.open('/proc/self/ns/net', 0), 0)", {"EPERM"}),
        ("os.mknod('/tmp/device', 0o20666, os.makedev(1, 1))", {"EPERM"}),
        ("os.setuid(0)", {"EPERM"}),
        ("os.setgroups([0])", {"EPERM"}),
        ("os.chroot('/tmp')", {"EPERM"}),
        ("call('sethostname', b'x', 1)", {"EPERM"}),
        ("call('reboot', 0x1234567)", {"EPERM"}),
        ("call('syscall', 250, 0, 0, 0, 0, 0)", {"EPERM", "ENOSYS"}),  # keyctl
        ("call('syscall', 248, b'user', b'x', b'x', 1, -4)", {"EPERM", "ENOSYS"}),  # add_key
        ("call('syscall', 321, 0, 0, 0)", {"EPERM", "ENOSYS"}),  # bpf
        ("call('syscall', 298, 0, 0, -1, -1, 0)", {"EPERM", "ENOSYS", "EACCES"}),  # perf_event_open
        ("os.kill(1, 9)", {"EPERM"}),
        ("call('ptrace', 16, 1, 0, 0)", {"EPERM"}),
        ("os.open('/proc/1/environ', 0)", {"EACCES"}),
        ("os.listdir('/proc/1/root')", {"EACCES"}),
        ("os.nice(-5)", {"EPERM"}),
    ],
)
def test_rights_of_root_are_refused_in_a_container(
    run: Run, box: ContainerSandbox, attack: str, outcomes: set[str]
) -> None:
    # What podman's filter lets through is said of each of its cells.
    wider = PODMANS.get(attack, set()) if NO_USER_NAMESPACES in box.isolation.missing else set()
    assert answer(run(SYSTEM + REFUSING.format(attack))) in outcomes | wider


PODMANS = {
    "call('unshare', 0x10000000)": {"allowed: 0"},
    "call('syscall', 250, 0, 0, 0, 0, 0)": {"EINVAL"},
}


REFUSING = "print(refused(lambda: {}))"


def test_a_program_has_no_capability_a_filter_and_no_way_to_new_rights(run: Run) -> None:
    said = answer(run("print(open('/proc/self/status').read())"))
    status = dict(line.split(":\t", 1) for line in said.splitlines() if ":\t" in line)
    held = {name: int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}
    assert held == dict.fromkeys(held, 0)
    assert (status["NoNewPrivs"].strip(), status["Seccomp"].strip()) == ("1", "2")


def test_setuid_programs_of_the_image_give_no_rights(run: Run) -> None:
    source = """
    import glob, os, stat, subprocess
    programs = [path for place in ("/bin/*", "/sbin/*", "/usr/lib/*/*") for path in glob.glob(place)
                if os.path.isfile(path) and os.stat(path).st_mode & (stat.S_ISUID | stat.S_ISGID)]
    copy = "/tmp/program"
    with open("/bin/cat", "rb") as cat, open(copy, "wb") as mine:
        mine.write(cat.read())
    os.chmod(copy, 0o6755)
    print(subprocess.run([copy, "/proc/self/status"], capture_output=True, text=True).stdout)
    """
    said = answer(run(source))
    line = next(line for line in said.splitlines() if line.startswith("Uid:"))
    assert len(set(line.split()[1:])) == 1
    assert line.split()[1] != "0"


def test_the_first_process_of_a_cell_cannot_be_traced_or_read_by_the_program(run: Run) -> None:
    source = """
    parent = os.getppid()
    print(open(f"/proc/{parent}/cmdline").read().split("\\0")[-2])
    print(refused(lambda: call("ptrace", 16, parent, 0, 0)))
    print(refused(lambda: os.listdir(f"/proc/{parent}/fd")))
    print(refused(lambda: open(f"/proc/{parent}/mem", "rb")))
    print(refused(lambda: open(f"/proc/{parent}/environ", "rb")))
    """
    said = answer(run(SYSTEM + source.replace("\n    ", "\n"))).splitlines()
    assert said[0] != ""
    assert set(said[1:]) <= {"EPERM", "EACCES"}


def test_the_environment_is_the_commands_alone_in_a_container_too(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "do not tell")
    said = answer(run("import os; print(sorted(os.environ))", GIVEN="1"))
    assert set(eval(said)) - {"LC_CTYPE"} == {"GIVEN", "HOME", "RESULT", "SCRATCH"}  # noqa: S307 - a list of ours


def test_two_containers_at_once_do_not_see_each_other(run: Run) -> None:
    source = """
    import os, time
    open("/tmp/mark", "x"); open("/dev/shm/mark", "x")
    time.sleep(1)
    print(sum(name.isdigit() for name in os.listdir("/proc")))
    """
    with ThreadPoolExecutor(2) as pool:
        said = [answer(one) for one in pool.map(lambda _: run(source), range(2))]
    assert said == ["3", "3"]
