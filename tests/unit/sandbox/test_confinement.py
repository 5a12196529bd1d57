"""What a cell's program can see and reach; each test is an attack from inside."""

import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from plugin_matrix.sandbox import Command, End, Execution
from plugin_matrix.sandbox.process import ProcessSandbox

pytestmark = pytest.mark.sandboxed
Run = Callable[..., Execution]


def answer(execution: Execution) -> str:
    assert (execution.end, execution.code) == (End.EXITED, 0), execution.output
    return execution.output.strip()


@pytest.mark.parametrize(
    "place",
    [
        "/etc/passwd",
        "/etc/new",
        "/usr/bin/new",
        "/new",
        "/dev/new",
        "/run/new",
        "/root/new",
        "/home/new",
        "/var/new",
        "/sys/new",
        "/proc/sys/kernel/hostname",
        "/proc/sysrq-trigger",
        str(Path.home() / "new"),
        f"{sys.prefix}/new",
        f"{sys.base_prefix}/lib/new",
        os.path.realpath(sys.executable),
    ],
)
def test_nothing_outside_the_scratch_directory_can_be_written(run: Run, place: str) -> None:
    said = answer(run("import sys; print(refused(lambda: open(sys.argv[1], 'a').write('x')))", place))
    assert said in {"EROFS", "EACCES", "ENOENT", "EPERM"}


def test_a_named_directory_can_be_read_but_not_written_even_below_a_closed_one(
    run: Run, tmp_path: Path
) -> None:
    closed = tmp_path / "closed"
    layer = closed / "a layer"
    layer.mkdir(parents=True)
    (layer / "module").write_text("read me")
    (layer / "module").chmod(0o666)
    layer.chmod(0o777)
    (closed / "secret").write_text("do not read me")
    closed.chmod(0o700)
    source = """
    import os, sys
    print(open(sys.argv[1] + "/module").read())
    print(refused(lambda: open(sys.argv[1] + "/module", "a")))
    print(refused(lambda: os.unlink(sys.argv[1] + "/module")))
    print(refused(lambda: os.chmod(sys.argv[1], 0o700)))
    print(os.listdir(sys.argv[1] + "/.."))
    """
    said = answer(run(source, str(layer), read_only=(layer,)))
    assert said.splitlines() == ["read me", "EROFS", "EROFS", "EROFS", "['a layer']"]
    assert (layer / "module").read_text() == "read me"


def test_a_directory_named_by_a_link_is_there_under_both_names(run: Run, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file").write_text("x")
    (tmp_path / "link").symlink_to("real")
    source = "import os, sys; print([os.path.exists(place + '/file') for place in sys.argv[1:]])"
    link, real = tmp_path / "link", tmp_path / "real"
    assert answer(run(source, str(link), str(real), read_only=(link,))) == "[True, True]"


def test_files_of_the_host_that_were_not_named_are_not_there(run: Run, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    source = """
    import os, sys
    print([place for place in (sys.argv[1], "/etc/shadow", "/etc/ssh", "/var/log") if os.path.exists(place)])
    print(*sorted(set(os.listdir("/")) - {"bin", "sbin", "lib", "lib32", "lib64", "libx32"}))
    print(os.listdir("/run"), os.listdir("/var/lib"))
    """
    there, top, inside = answer(run(source, str(tmp_path / "secret"))).splitlines()
    assert there == "[]"
    assert set(top.split()) >= {"scratch", "usr", "proc"}
    named = {Path(place).parts[1] for place in (sys.prefix, sys.base_prefix)}
    assert set(top.split()) & ({"boot", "media", "mnt", "opt", "srv"} - named) == set()
    assert inside == "[] []"


def test_scratch_tmp_and_shared_memory_can_be_used(run: Run) -> None:
    source = """
    import getpass, multiprocessing, multiprocessing.shared_memory as memory, os, tempfile
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"x")
    multiprocessing.Semaphore(1).acquire()
    block = memory.SharedMemory(create=True, size=1 << 20)
    block.close()
    block.unlink()
    print(getpass.getuser(), os.getcwd() == os.environ["SCRATCH"], os.path.expanduser("~") == os.getcwd())
    """
    assert answer(run(source)).split()[1:] == ["True", "True"]


def test_the_processes_of_a_cell_reach_each_other_at_the_loopback_address(run: Run) -> None:
    source = """
    import socket
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as client:
        client.connect(listener.getsockname())
        client.send(b"worker")
        print(listener.accept()[0].recv(6).decode())
    """
    assert answer(run(source)).strip() == "worker"


def test_the_host_cannot_be_reached_over_the_network(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        abstract = socket.socket(socket.AF_UNIX)
        abstract.bind("\0plugin-matrix-test-listener")
        abstract.listen()
        source = f"""
        import socket
        def stream(family, address):
            with socket.socket(family, socket.SOCK_STREAM) as client:
                client.settimeout(2)
                client.connect(address)
        def datagram():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.sendto(b"x", ("192.0.2.1", 53))
        print(refused(lambda: stream(socket.AF_INET, ("127.0.0.1", {port}))))
        print(refused(lambda: stream(socket.AF_INET, ("192.0.2.1", 80))))
        print(refused(lambda: stream(socket.AF_INET6, ("2001:db8::1", 80))))
        print(refused(datagram))
        print(refused(lambda: stream(socket.AF_UNIX, "\\0plugin-matrix-test-listener")))
        print(socket.if_nameindex())
        """
        said = answer(run(source)).splitlines()
        abstract.close()
    assert said == [
        "ECONNREFUSED",
        "ENETUNREACH",
        "ENETUNREACH",
        "ENETUNREACH",
        "ECONNREFUSED",
        "[(1, 'lo')]",
    ]


def test_processes_of_the_host_are_neither_seen_nor_signalled(run: Run) -> None:
    source = f"""
    import os
    print(sorted(int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()))
    print(os.getppid())
    print([refused(lambda: os.kill(process, 9)) for process in ({os.getpid()}, {os.getppid()} + 1000000)])
    print(refused(lambda: os.kill(-1, 0)))
    """
    said = answer(run(source)).splitlines()
    assert said[:3] == ["[1]", "1", "['ESRCH', 'ESRCH']"]


def test_every_namespace_is_another_than_the_hosts(run: Run) -> None:
    kinds = ("ipc", "mnt", "net", "pid", "uts")
    inside = answer(
        run(f"import os; print(*(os.readlink('/proc/self/ns/' + kind) for kind in {kinds}))")
    ).split()
    outside = [str(Path("/proc/self/ns", kind).readlink()) for kind in kinds]
    assert len(inside) == len(kinds)
    assert set(inside) & set(outside) == set()


@pytest.mark.skipif(os.geteuid() != 0, reason="about root")
def test_groups_of_the_harness_are_given_up(run: Run) -> None:
    before = os.getgroups()
    os.setgroups([0, 4, 6])
    try:
        said = answer(run("import os; print(os.getgroups())"))
    finally:
        os.setgroups(before)
    assert said == "[]"


@pytest.mark.parametrize("what", ["environ", "root", "cwd", "mem", "fd/0", "fd/2", "fd/4", "exe"])
def test_the_first_process_cannot_be_looked_into(run: Run, what: str) -> None:
    source = """
    import os, sys
    place = "/proc/1/" + sys.argv[1]
    print(refused(lambda: os.listdir(place) if os.path.isdir(place) else open(place, "rb").read(1)))
    """
    assert answer(run(source, what)) in {"EACCES", "EPERM"}


def test_the_first_process_cannot_be_killed_or_stopped(run: Run) -> None:
    source = """
    import os, signal, time
    for number in (*range(1, 32), *range(34, 65)):
        try:
            os.kill(1, number)
        except PermissionError:
            pass
    time.sleep(0.2)
    open(os.environ["RESULT"], "w").write("still here")
    """
    execution = run(source)
    assert (execution.end, execution.result) == (End.EXITED, b"still here")


def test_the_environment_is_the_commands_alone(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "secret")
    # What an interpreter adds itself where no language is given.
    source = "import os; print(sorted({*os.environ} - {'LC_CTYPE'}))"
    assert answer(run(source, NAME="value")) == "['HOME', 'NAME', 'RESULT', 'SCRATCH']"


def test_no_descriptor_of_the_harness_is_open(run: Run, tmp_path: Path) -> None:
    with (tmp_path / "open").open("w") as stream:
        os.set_inheritable(stream.fileno(), True)  # noqa: FBT003 - the signature is Python's
        source = """
        import os
        print([os.readlink(f"/proc/self/fd/{n}") for n in (0, 1, 2)], len(os.listdir("/proc/self/fd")))
        """
        said = answer(run(source))
    assert said.startswith("['/dev/null', 'pipe:")
    assert said.endswith(" 4")  # and the one that lists


def test_the_program_has_a_user_of_its_own_and_no_rights(sandbox: ProcessSandbox, run: Run) -> None:
    source = """
    import os
    fields = dict(line.split(":", 1) for line in open("/proc/self/status"))
    print(*(fields[name].strip() for name in ("CapInh", "CapPrm", "CapEff", "CapAmb", "NoNewPrivs")))
    print(os.getresuid(), os.getresgid(), os.getgroups())
    """
    rights, users = answer(run(source)).splitlines()
    assert rights == " ".join(["0" * 16] * 4 + ["1"])
    if "own user id" in sandbox.isolation.enforced:
        user = int(users[1:6])
        assert user in range(58000, 58064)
        assert users == f"({user}, {user}, {user}) ({user}, {user}, {user}) []"
    else:
        assert "own user id" in sandbox.isolation.missing


@pytest.mark.parametrize(
    "act",
    [
        "os.setuid(0) if os.getuid() else os.setgroups([0])",
        "os.chroot('/tmp')",
        "os.mknod('/scratch/device', 0o600 | stat.S_IFBLK, os.makedev(254, 0))",
        "os.nice(-5)",
        "resource.setrlimit(resource.RLIMIT_NOFILE, (100000, 100000))",
        "libc('mount', b'none', b'/scratch', b'tmpfs', 0, None)",
        "libc('umount2', b'/usr', 2)",
        "libc('mount', None, b'/usr', None, 32 | 4096, None)",
        "libc('unshare', 0x10000000)",  # a user namespace would bring all capabilities
        "libc('unshare', 0x00020000)",
        "libc('sethostname', b'x', 1)",
        "libc('ptrace', 16, 1, None, None)",
        "libc('syscall', 155, b'/', b'/')",  # pivot_root
    ],
)
def test_rights_of_root_are_refused(run: Run, act: str) -> None:
    source = f"""
    import ctypes, os, resource, stat
    def libc(name, *arguments):
        if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments):
            raise OSError(ctypes.get_errno(), name)
    try:
        print(refused(lambda: {act}))
    except ValueError as error:
        print(error)
    """
    assert answer(run(source)) in {"EPERM", "EACCES", "EROFS", "not allowed to raise maximum limit"}


def test_setuid_programs_give_no_rights(run: Run) -> None:
    candidates = [
        program for program in ("/usr/bin/su", "/usr/bin/passwd", "/usr/bin/mount") if Path(program).exists()
    ]
    if not candidates:
        pytest.skip("no setuid program here")
    source = """
    import os, subprocess, sys
    print(all(os.statvfs(program).f_flag & os.ST_NOSUID for program in sys.argv[1:]))
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    child = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, **silent)
    effective = open(f"/proc/{child.pid}/status").read().partition("CapEff:")[2].split()[0]
    child.kill()
    child.wait()
    print(effective)
    """
    assert answer(run(source, *candidates)) == f"True\n{'0' * 16}"


def test_a_terminal_cannot_be_typed_into(run: Run) -> None:
    source = """
    import os
    print(os.getsid(0) == os.getpid(), refused(lambda: os.open("/dev/tty", os.O_RDWR)))
    """
    assert answer(run(source)) in {"True ENOENT", "True ENXIO"}


def test_two_cells_at_once_cannot_see_each_other(sandbox: ProcessSandbox, run: Run) -> None:
    first: list[Execution] = []
    source = """
    import os, socket, time
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("\\0plugin-matrix-between-cells")
    listener.listen()
    open("/scratch/secret", "w").write("x")
    open("/dev/shm/secret", "w").write("x")
    open("/tmp/secret", "w").write("x")
    print(os.getuid(), flush=True)
    time.sleep(1.5)
    print(os.path.exists("/scratch/from-another"))
    """
    thread = threading.Thread(target=lambda: first.append(run(source)))
    thread.start()
    spy = """
    import os, socket, time
    time.sleep(0.7)
    open("/scratch/from-another", "w").write("x")
    print(os.getuid())
    print(os.path.exists("/scratch/secret"), os.path.exists("/dev/shm/secret"), os.path.exists("/tmp/secret"))
    print([name for name in os.listdir("/proc") if name.isdigit() and int(name) not in (1, os.getpid())])
    client = socket.socket(socket.AF_UNIX)
    print(refused(lambda: client.connect("\\0plugin-matrix-between-cells")))
    """
    second = answer(run(spy)).splitlines()
    thread.join()
    theirs = answer(first[0]).splitlines()
    assert second[1:] == ["False False False", "[]", "ECONNREFUSED"]
    assert theirs[1] == "False"
    assert (second[0] != theirs[0]) == ("own user id" in sandbox.isolation.enforced)


def test_files_are_laid_into_the_scratch_directory_and_belong_to_the_program(sandbox: ProcessSandbox) -> None:
    command = Command(
        argv=("/bin/sh", "-c", "cat {scratch}/given; echo more >> {scratch}/given && cat $FILE > {result}"),
        environment={"FILE": "{scratch}/given", "PATH": "/usr/bin:/bin"},
        files={"given": b"content\n"},
    )
    execution = sandbox.run(command)
    assert (execution.output, execution.result) == ("content\n", b"content\nmore\n")
