"""Only one bounded regular file leaves a cell."""

from collections.abc import Callable
from pathlib import Path

import pytest

from plugin_matrix.sandbox import End, Execution, Limits

pytestmark = pytest.mark.sandboxed
Run = Callable[..., Execution]
LIMITS = Limits(wall_seconds=20, result_bytes=1024)


def test_a_regular_file_leaves_byte_for_byte(run: Run) -> None:
    execution = run("import os; open(os.environ['RESULT'], 'wb').write(bytes(range(256)) * 4)", limits=LIMITS)
    assert (execution.result, execution.result_problem) == (bytes(range(256)) * 4, "")


def test_a_result_of_megabytes_passes(run: Run) -> None:
    execution = run("import os; open(os.environ['RESULT'], 'wb').write(b'x' * 7_000_000)")
    assert execution.result == b"x" * 7_000_000


@pytest.mark.parametrize(
    ("attack", "problem"),
    [
        ("pass", "no result"),
        ("os.symlink('/etc/passwd', result)", "symbolic link"),
        ("os.symlink('/proc/1/environ', result)", "symbolic link"),
        ("os.symlink('/dev/zero', result)", "symbolic link"),
        ("open('/scratch/other', 'w').write('x'); os.symlink('/scratch/other', result)", "symbolic link"),
        ("os.mkfifo(result)", "no regular file"),
        ("os.mkdir(result)", "no regular file"),
        ("socket.socket(socket.AF_UNIX).bind(result)", "cannot be taken"),
        ("open('/scratch/other', 'w').write('x'); os.link('/scratch/other', result)", "other names"),
        ("open(result, 'wb').write(bytes(1025))", "larger than 1024"),
        ("open(result, 'wb').truncate(1 << 30)", "larger than 1024"),
        ("open(result, 'w').write('x'); os.rename('/scratch', '/elsewhere')", None),
    ],
)
def test_anything_else_stays_inside_with_the_reason_told(run: Run, attack: str, problem: str | None) -> None:
    source = f"""
    import os, socket, sys
    result = os.environ["RESULT"]
    {attack}
    """
    execution = run(source, limits=Limits(wall_seconds=20, result_bytes=1024, file_bytes=1 << 31))
    if problem is None:  # the directory is a mount point and keeps its place
        assert (execution.code, execution.result) == (1, b"x")
    else:
        assert execution.result is None
        assert problem in execution.result_problem


def test_a_file_of_the_host_cannot_be_linked_in(run: Run, tmp_path: Path) -> None:
    (tmp_path / "layer").mkdir()
    (tmp_path / "layer" / "file").write_text("x")
    source = "import os, sys; print(refused(lambda: os.link(sys.argv[1], os.environ['RESULT'])))"
    execution = run(source, str(tmp_path / "layer" / "file"), read_only=(tmp_path / "layer",))
    assert execution.output.strip() == "EXDEV"


def test_a_file_closed_to_its_own_program_leaves_all_the_same(run: Run) -> None:
    source = """
    import os
    open(os.environ["RESULT"], "w").write("x")
    os.chmod(os.environ["RESULT"], 0)
    os.chmod("/scratch", 0)
    """
    assert run(source).result == b"x"


def test_a_result_is_read_when_nobody_can_change_it_any_more(run: Run) -> None:
    source = """
    import os, time
    if not os.fork():
        writable = os.open(os.environ["RESULT"], os.O_WRONLY | os.O_CREAT)
        while True:
            os.pwrite(writable, b"y" * 1024, 0)
    time.sleep(0.2)
    """
    execution = run(source)
    assert (execution.end, execution.processes_ended) == (End.EXITED, 1)
    assert execution.result == b"y" * 1024
