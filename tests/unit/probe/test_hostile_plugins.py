"""The probe outlives what plugins do to their process, and says how that ended."""

import pytest
from cell import Cell, all_of, named, only

from plugin_matrix.model import Observation
from plugin_matrix.model.observation import Child, Concurrent, FilterCase, Load, Register

ENDS = {
    "os._exit at import": ("import os\nos._exit(3)\n", "load", ("exit", 3)),
    "sys.exit at import": ("import sys\nsys.exit(4)\n", "load", ("exit", 4)),
    "a signal at import": ("import os\nos.abort()\n", "load", ("signal", 6)),
    "a hang at import": ("import time\ntime.sleep(60)\n", "load", ("timeout", 0)),
    "os._exit": ("import os\ndef register():\n    os._exit(0)\n", "register", ("exit", 0)),
    "sys.exit": ("import sys\ndef register():\n    sys.exit()\n", "register", ("exit", 0)),
    "a segmentation fault": (
        "import ctypes\ndef register():\n    ctypes.string_at(0)\n",
        "register",
        ("signal", 11),
    ),
    "a hang": ("import time\ndef register():\n    time.sleep(60)\n", "register", ("timeout", 0)),
    "a hang deaf to signals": (
        (
            "import signal, time\n"
            "def register():\n"
            "    for number in (signal.SIGTERM, signal.SIGINT):\n"
            "        signal.signal(number, signal.SIG_IGN)\n"
            "    time.sleep(60)\n"
        ),
        "register",
        ("timeout", 0),
    ),
}

SURVIVED = {
    "json is replaced": "import json\ndef register():\n    json.dumps = json.dump = None\n",
    "print is replaced": "import builtins, sys\ndef register():\n    builtins.print = sys.stdout = None\n",
    "open is replaced": "import builtins\ndef register():\n    builtins.open = None\n",
    "the environment is emptied": "import os\ndef register():\n    os.environ.clear()\n",
    "os functions are replaced": "import os\ndef register():\n    os.getpid = os._exit = os.write = None\n",
    "it is no longer imported": "import sys\ndef register():\n    sys.modules.pop('acme', None)\n",
    "the hook for exceptions is replaced": "import sys\ndef register():\n    sys.excepthook = None\n",
    "a process is left running": (
        "import subprocess\ndef register():\n    subprocess.Popen(['sleep', '60'], start_new_session=True)\n"
    ),
}

TAMPERS = {
    "the parent is killed": "import os\ndef register():\n    os.kill(os.getppid(), 9)\n",
    "all files are closed": "import os\ndef register():\n    os.closerange(0, 4096)\n",
    "the pipe is written to": (
        "import os, stat\n"
        "def register():\n"
        "    for fd in range(3, 64):\n"
        "        try:\n"
        "            if stat.S_ISFIFO(os.fstat(fd).st_mode):\n"
        "                os.write(fd, b'{}' * 20)\n"
        "        except OSError:\n"
        "            pass\n"
    ),
    "the result is there already": (
        "import os\n"
        "def register():\n"
        "    zygote = open(f'/proc/{os.getppid()}/stat').read()\n"
        "    driver = zygote.rpartition(')')[2].split()[1]\n"
        "    for part in open(f'/proc/{driver}/cmdline').read().split(chr(0)):\n"
        "        if part.endswith('result.json'):\n"
        "            open(part, 'w').write('{}')\n"
    ),
}

EVIL_EXCEPTIONS = {
    "str raises": "class Oops(Exception):\n    def __str__(self): raise ValueError\n",
    "str is huge": "class Oops(Exception):\n    def __str__(self): return 'x' * 10_000_000\n",
    "str is no text": "class Oops(Exception):\n    def __str__(self): return 7\n",
    "str holds half a character": "class Oops(Exception):\n    def __str__(self): return chr(0xD800)\n",
    "str is a subclass": (
        "class Text(str):\n"
        "    def __getitem__(self, key): raise ValueError\n"
        "    def encode(self, *_): raise ValueError\n"
        "class Oops(Exception):\n"
        "    def __str__(self): return Text('boo')\n"
    ),
    "the metaclass raises": (
        "class Meta(type(Exception)):\n"
        "    def __getattribute__(self, name): raise ValueError\n"
        "class Oops(Exception, metaclass=Meta): pass\n"
    ),
    "it is no Exception": "class Oops(BaseException): pass\n",
    "its causes are a circle": (
        "class Oops(Exception):\n"
        "    def __init__(self, *arguments):\n"
        "        self.__cause__ = Exception()\n"
        "        self.__cause__.__cause__ = self\n"
    ),
}


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Observation:
    sources = {name: source for name, (source, _, _) in ENDS.items()}
    return Cell(tmp_path_factory.mktemp("ended")).observe_all(sources, scenario_seconds=0.7, total_seconds=60)


@pytest.fixture(scope="module")
def survived(tmp_path_factory: pytest.TempPathFactory) -> Observation:
    return Cell(tmp_path_factory.mktemp("survived")).observe_all(SURVIVED)


@pytest.fixture(scope="module")
def raising(tmp_path_factory: pytest.TempPathFactory) -> Observation:
    raises = "def register():\n    raise Oops('oops')\n"
    return Cell(tmp_path_factory.mktemp("raising")).observe_all(
        {name: definition + raises for name, definition in EVIL_EXCEPTIONS.items()}
    )


@pytest.mark.parametrize(("name", "kind", "how"), [(name, *rest) for name, (_, *rest) in ENDS.items()])
def test_how_a_process_ended_is_told(ended: Observation, name: str, kind: str, how: tuple[str, int]) -> None:
    last = named(ended, Load if kind == "load" else Register, name)
    assert (last.ended.how, last.ended.code) == how
    assert kind == "register" or name not in {register.name for register in all_of(ended, Register)}


def test_what_ended_a_process_is_not_run_again(ended: Observation) -> None:
    assert {case.case for case in all_of(ended, FilterCase)} == {"empty", "other", "space", "case"}
    assert all_of(ended, Concurrent) + all_of(ended, Child) == []
    assert ended.tampering == ()


@pytest.mark.parametrize("name", SURVIVED)
def test_a_plugin_cannot_keep_the_probe_from_reporting(survived: Observation, name: str) -> None:
    register = named(survived, Register, name)
    assert register.ended.how == "reported"
    assert [call.raised for call in register.calls] == [None] * 3
    assert survived.tampering == ()


@pytest.mark.parametrize("name", EVIL_EXCEPTIONS)
def test_an_exception_is_described_whatever_it_does_when_looked_at(raising: Observation, name: str) -> None:
    register = named(raising, Register, name)
    assert register.ended.how == "reported"
    (call,) = register.calls
    assert call.raised is not None
    assert call.raised.frames[-1].function == "register"


@pytest.mark.parametrize("source", TAMPERS.values(), ids=TAMPERS)
def test_tampering_with_the_probe_is_told_and_the_observation_is_still_written(
    cell: Cell, source: str
) -> None:
    observation = cell.observe(source)
    assert observation.tampering != ()
    assert only(observation, Load).ended.how == "reported"


def test_calls_before_the_one_that_hangs_are_kept(cell: Cell) -> None:
    source = """
import time
calls = []
def register():
    calls.append(1)
    if len(calls) == 3:
        time.sleep(60)
"""
    register = only(cell.observe(source, scenario_seconds=0.7), Register)
    assert register.ended.how == "timeout"
    assert [call.index for call in register.calls] == [1, 2]


def test_a_huge_value_is_shown_cut(cell: Cell) -> None:
    register = only(cell.observe("def register():\n    return 'x' * 10_000_000\n", repeat=1), Register)
    (call,) = register.calls
    assert call.returned is not None
    assert len(call.returned) == 400


def test_what_a_plugin_prints_comes_out_once(cell: Cell) -> None:
    _, printed = cell.run("print('imported')\ndef register(): pass\n")
    loads = 1 + 1 + 2 + 1 + 2 + 1  # load, register, two filter cases, concurrent, forked and spawned child
    assert printed.count("imported") <= loads
    assert printed.count("imported") >= 1


def test_the_time_for_all_scenarios_is_bounded(cell: Cell) -> None:
    points = {"vllm.general_plugins": {f"acme{number}": "acme:register" for number in range(6)}}
    source = "import time\ndef register():\n    time.sleep(60)\n"
    observation = cell.run(source, points=points, scenario_seconds=0.7, total_seconds=2.8)[0]
    assert len(all_of(observation, Load)) == 6
    assert 1 <= len(all_of(observation, Register)) <= 4
