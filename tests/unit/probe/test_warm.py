"""What a plugin sees of its interpreter is the same, started or forked from a warm one."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cell import Cell, only
from forking import Forking

from plugin_matrix.engines.interpreters import find_interpreter
from plugin_matrix.errors import EnvironmentMakingError
from plugin_matrix.model import Accelerator, Platform
from plugin_matrix.model.observation import Register

VERSIONS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
LOOK = """
import sys
early = {"modules": sorted(sys.modules), "path": list(sys.path), "argv": list(sys.argv)}

def register():
    import _thread, atexit, builtins, gc, json, logging, os, random, resource, signal, threading, warnings
    import multiprocessing.spawn
    depth, frame = 0, sys._getframe()
    while frame:
        depth, frame = depth + 1, frame.f_back
    return json.dumps({
        "modules before": early["modules"],
        "path before": early["path"],
        "arguments before": early["argv"],
        "modules": sorted(sys.modules),
        "path": sys.path,
        "finders": [str(type(one)) + getattr(one, "__name__", "") for one in sys.meta_path],
        "path hooks": len(sys.path_hooks),
        "prefixes": [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.executable, sys._base_executable],
        "flags": str(sys.flags),
        "warnings": [str(one) for one in warnings.filters],
        "arguments": sys.argv,
        "environment": {k: v for k, v in os.environ.items() if k != "LC_CTYPE"},
        "environment of the process": sorted(
            word.split("=")[0] for word in open("/proc/self/environ").read().split("\\0") if word
        ),
        "command line": open("/proc/self/cmdline").read().split("\\0")[:3],
        "main": sorted(vars(sys.modules["__main__"])),
        "builtins": sorted(vars(builtins)),
        "signals": {n: str(signal.getsignal(n)) for n in range(1, 65)
                    if n not in (9, 19, 32, 33) and "at 0x" not in str(signal.getsignal(n))},
        "blocked": sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, []))),
        "threads": [_thread._count(), threading.active_count(), threading.current_thread().name],
        "descriptors": sorted(map(int, os.listdir("/proc/self/fd")))[:3],
        "exits": atexit._ncallbacks(),
        "loggers": sorted(logging.Logger.manager.loggerDict),
        "collector": [gc.isenabled(), gc.get_threshold()],
        "limits": [resource.getrlimit(n) for n in range(16)],
        "depth": depth,
        "recursion": sys.getrecursionlimit(),
        "hooks": [sys.excepthook is sys.__excepthook__, sys.displayhook is sys.__displayhook__],
        "spawning": str(multiprocessing.spawn.get_executable()),
        "umask": [os.umask(0o022), os.umask(0o022)][0],
        "streams": [(one.fileno(), one.encoding, one.errors, one.line_buffering)
                    for one in (sys.stdin, sys.stdout, sys.stderr)],
        "traceable": open("/proc/self/status").read().count("TracerPid"),
    })
"""


def seen(cell: Cell) -> dict[str, dict[str, Any]]:
    """Return what the plugin tells in the last scenario's process and in the worker that it spawned."""
    found = cell.observe(LOOK + WRITE, repeat=1)
    assert only(found, Register).calls[0].raised is None, found
    looked = {
        who: json.loads((cell.directory / "scratch" / who).read_text()) for who in ("scenario", "worker")
    }
    for one in looked.values():
        del one["depth"]  # At the bottom of a fork's stack are up to three frames more.
    return looked


WRITE = """
look = register
def register():
    import os, sys
    # What spawns it has not imported this yet, and is not to be changed by being looked at.
    spawned = getattr(sys.modules.get("multiprocessing.process"), "_parent_process", None)
    text = look()
    open(os.path.join(os.environ["TMPDIR"], "worker" if spawned else "scenario"), "w").write(text)
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_an_interpreter_looks_the_same_from_inside(tmp_path: Path, version: str) -> None:
    try:
        base = find_interpreter(Platform(Accelerator.CPU, version)).executable
    except EnvironmentMakingError as error:
        pytest.skip(str(error))
    venvs = [tmp_path / name for name in ("environment", "base")]
    for venv in venvs:
        subprocess.run([base, "-m", "venv", "--without-pip", venv], check=True)
    variables = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    forking = Forking(str(venvs[1] / "bin" / "python"), variables)
    place, looked = tmp_path / "place", []
    try:
        for one in (None, forking):
            place.mkdir()
            looked.append(seen(Cell(place, python=str(venvs[0] / "bin" / "python"), forking=one)))
            place.rename(tmp_path / f"place {len(looked)}")
    finally:
        forking.close()
    executed, forked = looked
    for who, there in executed.items():
        assert there["prefixes"][0] == str(venvs[0])
        for what, value in there.items():
            assert forked[who][what] == value, (who, what)


@pytest.mark.parametrize("name", ["fractions", "colorsys", "not_of_the_standard_library"])
def test_a_plugin_gets_its_own_module_whatever_was_imported_ahead(cell: Cell, name: str) -> None:
    source = f"import {name}\ndef register(): return {name}.WHOSE\n"
    register = only(cell.run(source, modules={name: "WHOSE = 'the plugin'\n"}, repeat=1)[0], Register)
    assert register.calls[0].returned == "'the plugin'"


def test_a_module_that_was_imported_ahead_is_not_there_until_it_is_imported(cell: Cell) -> None:
    source = """
import sys
before = "asyncio" in sys.modules, "asyncio.events" in sys.modules, "unittest.mock" in sys.modules
import asyncio
after = "asyncio" in sys.modules, "asyncio.events" in sys.modules, "unittest.mock" in sys.modules
import unittest
def register(): return before, after, hasattr(unittest, "mock")
"""
    register = only(cell.observe(source, repeat=1), Register)
    assert register.calls[0].returned == "((False, False, False), (True, True, False), False)"


def test_a_module_that_was_imported_ahead_leaves_variables_as_the_plugin_has_set_them(cell: Cell) -> None:
    source = """
import os
def register():
    os.environ["PATH"] = "acme"
    import asyncio, unittest.mock
    return os.environ["PATH"]
"""
    register = only(cell.observe(source, repeat=1), Register)
    assert register.calls[0].returned == "'acme'"


WORKER = """
import os, sys
SPAWNED = getattr(sys.modules.get("multiprocessing.process"), "_parent_process", None) is not None

def register():
    if not SPAWNED:
        change()
        return
    import resource, signal
    frame = sys._getframe()
    while frame.f_back:
        frame = frame.f_back
    fork = frame.f_code.co_filename.endswith("forked.py")
    seen = {
        "directory": os.getcwd(),
        "mask": os.umask(0o022),
        "files": resource.getrlimit(resource.RLIMIT_NOFILE),
        "processors": sorted(os.sched_getaffinity(0)),
        "ends": str(signal.getsignal(signal.SIGTERM)),
        "blocked": sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, []))),
        "variables": {name: os.environ.get(name) for name in ("ACME", "PYTHONHASHSEED")},
        "output": os.readlink("/proc/self/fd/1").rstrip("]0123456789"),
    }
    import json
    open(os.path.join(os.environ["TMPDIR"], "worker"), "w").write(json.dumps([fork, seen]))
"""


@pytest.mark.parametrize(
    ("change", "forks"),
    [
        ("pass", True),
        ("os.chdir('/')", True),
        ("os.umask(0o077)", True),
        ("os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})", True),
        ("os.environ['ACME'] = '1'", True),
        ("import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))", True),
        ("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)", True),
        ("import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])", True),
        ("os.dup2(os.open(os.path.join(os.environ['TMPDIR'], 'out'), os.O_WRONLY | os.O_CREAT), 1)", True),
        # An interpreter would start otherwise, so one has to.
        ("os.environ['PYTHONHASHSEED'] = '7'", False),
        ("sys.warnoptions.append('ignore')", False),
    ],
)
def test_a_spawned_worker_has_what_it_has_of_its_parent_and_is_a_fork_where_it_may_be(
    tmp_path: Path,
    forking: Forking,
    change: str,
    forks: bool,  # noqa: FBT001 - a column
) -> None:
    source = f"{WORKER}\ndef change():\n    {change}\n"
    looked = []
    for one in (None, forking):
        place = tmp_path / "place"
        place.mkdir()
        Cell(place, forking=one).observe(source, repeat=2)
        fork, seen = json.loads((place / "scratch" / "worker").read_text())
        assert fork is (one is not None and forks)
        looked.append(seen)
        place.rename(tmp_path / f"place {len(looked)}")
    executed, forked = looked
    assert forked == executed


PROGRAM = """
import json, os, sys

def seen():
    frame = sys._getframe()
    while frame.f_back:
        frame = frame.f_back
    return {
        "fork": frame.f_code.co_filename.endswith("forked.py"),
        "name": __name__,
        "arguments": [os.path.basename(one) for one in sys.argv],
        "path": sys.path[:2],
        "modules": sorted(sys.modules),
        "flags": str(sys.flags),
        "command line": open("/proc/self/cmdline").read().split("\\0"),
        "directory": os.getcwd(),
        "descriptors": sorted(map(int, os.listdir("/proc/self/fd")))[:4],
        "kinds": [os.readlink(f"/proc/self/fd/{n}").partition(":")[0] for n in range(3)],
        "variables": sorted(name for name in os.environ if name != "LC_CTYPE"),
    }

if __name__ == "__main__":
    look = seen()
    look["read"] = sys.stdin.read()
    print(json.dumps(look), flush=True)
    sys.stderr.write("told\\n")
    end()
"""
C_HANDLER = (
    "import ctypes; libc = ctypes.CDLL(None); libc.strdup.restype = ctypes.c_void_p; "
    "libc.__cxa_atexit(libc.puts, ctypes.c_void_p(libc.strdup(b'by a handler of C')), None)"
)
RUNNING = """
import json, os, subprocess, sys
SPAWNED = getattr(sys.modules.get("multiprocessing.process"), "_parent_process", None) is not None

def register():
    if SPAWNED:
        return
    done = subprocess.run([sys.executable, "-m", "acme_program"], {}, capture_output=True)
    look = json.loads(done.stdout.splitlines()[0])
    more = [done.returncode, done.stdout.decode().splitlines()[1:], done.stderr.decode()]
    fork = look.pop("fork")
    with open(os.path.join(os.environ["TMPDIR"], "program"), "w") as file:
        file.write(json.dumps([fork, look, more]))
"""


@pytest.mark.parametrize(
    ("keywords", "end", "forks"),
    [
        ("input=b'words'", "pass", True),
        ("stdin=subprocess.DEVNULL", "sys.exit(3)", True),
        ("input=b'x'", "sys.exit('the reason')", True),
        ("input=b'x'", "raise ValueError('wrong')", True),
        ("input=b'x'", "os._exit(4)", True),
        ("input=b'x'", "os.kill(os.getpid(), 9)", True),
        ("input=b'x', env={**os.environ, 'ACME': '1'}", "pass", True),
        ("input=b'x'", "import atexit; atexit.register(print, 'at the end')", True),
        ("input=b'x'", "import atexit; atexit.register(print, 'then'); sys.exit('the reason')", True),
        (
            "input=b'x'",
            "import atexit; atexit.register(type('A', (), {'__init__': lambda self: 1 / 0}))",
            True,
        ),
        ("input=b'x'", "raise KeyboardInterrupt", True),
        ("input=b'x'", "import threading; threading.Timer(0.2, print, ['late']).start()", True),
        ("input=b'x'", "kept = type('A', (), {'__del__': lambda self: print('gone')})()", True),
        ("input=b'x'", "import ctypes; ctypes.CDLL(None).printf(b'by C')", True),
        ("input=b'x'", C_HANDLER, True),
        # Those are executed: a fork would be something else.
        ("input=b'x', cwd='/'", "pass", False),
        ("input=b'x', start_new_session=True", "pass", False),
        ("input=b'x', env={**os.environ, 'PYTHONHASHSEED': '7'}", "pass", False),
        ("input=b'x', preexec_fn=lambda: None", "pass", False),
        ("input=b'x', umask=0o77", "pass", False),
        ("input=b'x', umask=0", "pass", False),
        ("input=b'x', process_group=0", "pass", False),
        ("input=b'x', user=os.getuid()", "pass", False),
        ("env={k: v for k, v in os.environ.items() if k != 'PYTHONDONTWRITEBYTECODE'}", "pass", False),
    ],
)
def test_a_module_that_is_run_as_a_program_has_what_it_has_of_its_parent_and_is_a_fork_where_it_may_be(
    tmp_path: Path,
    forking: Forking,
    keywords: str,
    end: str,
    forks: bool,  # noqa: FBT001 - a column
) -> None:
    modules = {"acme_program": PROGRAM.replace("end()", end)}
    looked = []
    for one in (None, forking):
        place = tmp_path / "place"
        place.mkdir()
        cell = Cell(place, forking=one, variables={"PYTHONDONTWRITEBYTECODE": "1"})
        cell.observe(RUNNING.replace("{}", keywords), repeat=2, modules=modules)
        fork, *seen = json.loads((place / "scratch" / "program").read_text())
        assert fork is (one is not None and forks)
        looked.append(seen)
        place.rename(tmp_path / f"place {len(looked)}")
    executed, forked = looked
    assert forked == executed


def test_what_is_wrong_with_a_program_is_said_by_what_would_execute_it(
    tmp_path: Path, forking: Forking
) -> None:
    source = """
import os, sys
SPAWNED = getattr(sys.modules.get("multiprocessing.process"), "_parent_process", None) is not None

def register():
    if SPAWNED:
        return
    import _posixsubprocess, json, subprocess
    said = []
    for wrong in (lambda: _posixsubprocess.fork_exec(1), lambda: subprocess.run([sys.executable, 7])):
        try:
            wrong()
        except Exception as error:
            said.append(str(error))
    with open(os.path.join(os.environ["TMPDIR"], "said"), "w") as file:
        json.dump(said, file)
"""
    looked = []
    for one in (None, forking):
        place = tmp_path / "place"
        place.mkdir()
        Cell(place, forking=one).observe(source, repeat=2)
        looked.append(json.loads((place / "scratch" / "said").read_text()))
        place.rename(tmp_path / f"place {len(looked)}")
    executed, forked = looked
    assert len(executed) == 2
    assert forked == executed
