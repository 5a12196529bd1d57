"""What a sandbox asks of the machine, and what it says when it gets none."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugin_matrix.errors import DiskFullError, SandboxError
from plugin_matrix.sandbox import Limits
from plugin_matrix.sandbox import strategy as strategies
from plugin_matrix.sandbox.control_groups import ControlGroups
from plugin_matrix.sandbox.owner import OwnedDirectory, is_leftover, own_name
from plugin_matrix.sandbox.process import ProcessSandbox, best_strategy
from plugin_matrix.sandbox.root_filesystem import RootFilesystem
from plugin_matrix.sandbox.strategy import Strategy
from plugin_matrix.sandbox.users import CellUsers

USERS = range(58048, 58052)


def test_no_two_cells_of_the_machine_have_the_same_user() -> None:
    here, elsewhere = CellUsers(USERS), CellUsers(USERS)
    with here.lend() as first, elsewhere.lend() as second, here.lend() as third, elsewhere.lend() as fourth:
        assert {first, second, third, fourth} == set(USERS)
        with pytest.raises(SandboxError, match="58048 to 58051 are in use") as raised, here.lend():
            pass
        assert "fewer cells" in raised.value.next_step
    with here.lend() as again:
        assert again in USERS


def test_a_person_s_user_id_is_never_lent() -> None:
    with pytest.raises(SandboxError), CellUsers(range(1)).lend():
        pass


def test_a_name_tells_whether_its_owner_lives() -> None:
    dead = subprocess.run(
        [sys.executable, "-c", "from plugin_matrix.sandbox.owner import own_name; print(own_name())"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert is_leftover(dead.stdout.strip())
    assert not is_leftover(own_name())
    assert not is_leftover("somebody-elses")


def test_only_unlocked_directories_of_dead_owners_are_removed(tmp_path: Path) -> None:
    living = OwnedDirectory(tmp_path)
    (tmp_path / "somebody-elses").mkdir()
    dead = tmp_path / "plugin-matrix-1-999999999-0"
    (dead / "inside").mkdir(parents=True)
    (dead / "inside").chmod(0)
    another = OwnedDirectory(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([living.path, another.path, tmp_path / "somebody-elses"])
    living.remove()
    another.remove()
    assert list(tmp_path.iterdir()) == [tmp_path / "somebody-elses"]


def test_a_link_named_like_a_leftover_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").touch()
    root = tmp_path / "root"
    root.mkdir()
    (root / "plugin-matrix-1-999999999-0").symlink_to(tmp_path / "precious")
    OwnedDirectory(root).remove()
    assert (tmp_path / "precious" / "file").exists()


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    mounted = subprocess.run(
        ["/bin/mount", "-t", "tmpfs", "-o", "size=8k,nr_inodes=4", "tiny", str(tmp_path)], check=False
    )
    if mounted.returncode:
        pytest.skip("a full disk needs a mount")
    yield tmp_path
    subprocess.run(["/bin/umount", str(tmp_path)], check=True)


def test_a_full_disk_is_said_to_be_full(tiny_disk: Path) -> None:
    with pytest.raises(DiskFullError, match="full"):
        ProcessSandbox(tiny_disk, strategy=Strategy.NAMESPACES)
    assert list(tiny_disk.iterdir()) == []


def test_a_scratch_root_that_is_a_file_is_an_error_with_a_next_step(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SandboxError, match="cannot be used") as raised:
        ProcessSandbox(tmp_path / "file", strategy=Strategy.PROCESS_GROUP)
    assert raised.value.next_step


def test_missing_tools_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strategies, "_PATH", str(tmp_path))
    with pytest.raises(SandboxError, match="setpriv, unshare and mount") as raised:
        ProcessSandbox(tmp_path, strategy=Strategy.NAMESPACES)
    assert "util-linux" in raised.value.next_step
    weak = strategies.isolation(Strategy.PROCESS_GROUP, (), own_user=False)
    assert "no new privileges" in weak.missing


@pytest.mark.skipif(os.geteuid() != 0, reason="about root")
def test_root_never_runs_cells_as_root_in_a_user_namespace(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="still the owner"):
        ProcessSandbox(tmp_path, strategy=Strategy.USER_NAMESPACES)


def test_a_machine_without_namespaces_gets_the_weak_strategy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strategies, "_PATH", str(tmp_path))
    assert best_strategy(str(tmp_path / "never asked before")) is Strategy.PROCESS_GROUP


def test_closing_removes_the_directory_and_so_does_the_end_of_the_process(tmp_path: Path) -> None:
    sandbox = ProcessSandbox(tmp_path, strategy=Strategy.PROCESS_GROUP)
    assert list(tmp_path.iterdir())
    sandbox.close()
    assert list(tmp_path.iterdir()) == []
    source = f"""
from pathlib import Path
from plugin_matrix.sandbox.process import ProcessSandbox
kept = ProcessSandbox(Path({str(tmp_path)!r}))
print(len(list(Path({str(tmp_path)!r}).iterdir())))
"""
    done = subprocess.run([sys.executable, "-c", source], check=True, capture_output=True, text=True)
    assert done.stdout == "1\n"
    assert list(tmp_path.iterdir()) == []


def fake_groups(root: Path, mountinfo: str, cgroup: str) -> Path:
    proc = root / "proc"
    proc.mkdir()
    (proc / "mountinfo").write_text(mountinfo)
    (proc / "cgroup").write_text(cgroup)
    return proc


@pytest.mark.parametrize(
    ("mount_root", "own", "expected"),
    [
        ("/", "/user.slice/session.scope", "user.slice/session.scope"),
        ("/docker/abc", "/docker/abc/inner", "inner"),
        ("/docker/abc", "/docker/abc", ""),
        ("/docker/abc", "/elsewhere", ""),
    ],
)
def test_our_own_group_is_found_below_where_it_is_mounted(
    tmp_path: Path, mount_root: str, own: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[Path] = []

    def works(_version: int, _name: str, home: Path) -> bool:
        tried.append(home)
        return False

    monkeypatch.setattr("plugin_matrix.sandbox.control_groups._works", works)
    proc = fake_groups(
        tmp_path,
        f"35 32 0:29 {mount_root} /groups/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n"
        f"41 32 0:35 {mount_root} /groups/cpu rw,relatime - cgroup cgroup rw,cpu,cpuacct\n",
        f"4:memory:{own}\n2:cpu,cpuacct:{own}\n1:name=systemd:/\n",
    )
    ControlGroups.find(proc)
    assert tried == [Path("/groups/memory", expected), Path("/groups/cpu", expected)]


def test_version_2_groups_are_made_beside_ours_where_ours_may_have_no_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = tmp_path / "app.slice"
    monkeypatch.setattr(
        "plugin_matrix.sandbox.control_groups._works", lambda _version, _name, home: home == beside
    )
    proc = fake_groups(
        tmp_path,
        f"30 23 0:26 / {tmp_path} rw,nosuid - cgroup2 cgroup2 rw\n",
        "0::/app.slice/shell.scope\n",
    )
    groups = ControlGroups.find(proc)
    assert (groups.version, groups.homes) == (2, {"memory": beside, "pids": beside})


def test_a_version_2_group_gets_its_limits_and_tells_its_events(tmp_path: Path) -> None:
    for file, content in {
        "memory.max": "max",
        "memory.swap.max": "max",
        "pids.max": "max",
        "memory.events": "low 0\nhigh 0\nmax 9\noom 2\noom_kill 1\noom_group_kill 0\n",
        "pids.events": "max 5\n",
        "cpu.stat": "usage_usec 1500000\nuser_usec 1\nsystem_usec 1\n",
    }.items():
        (tmp_path / file).write_text(content)
    groups = ControlGroups(2, {})
    with groups.make(Limits()) as group:
        group._directories = {}
        for controller in ("memory", "pids"):
            group._name = "."
            group.enter_controller(controller, tmp_path, Limits(memory_bytes=1000, processes=20))
        assert [(tmp_path / file).read_text() for file in ("memory.max", "memory.swap.max", "pids.max")] == [
            "1000",
            "0",
            "20",
        ]
        assert group.entrances == [f"{tmp_path}/cgroup.procs"]
        assert (group.memory_kills(), group.refused_forks(), group.cpu_seconds()) == (1, 5, 1.5)
        group._directories = {}


def test_awkward_names_survive_the_mount_table(tmp_path: Path) -> None:
    awkward = tmp_path / "a b\tc\\d#e"
    awkward.mkdir()
    (tmp_path / "root").mkdir()
    table = RootFilesystem(tmp_path / "root", USERS).mount_table((awkward,), 1 << 20, -1).decode()
    assert "a\\040b\\011c\\134d\\043e" in table
    assert all(len(line.split()) == 6 for line in table.splitlines())
