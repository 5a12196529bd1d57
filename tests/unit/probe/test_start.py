"""What a plugin does to the start of Python happens in the plugin's interpreters, never in the probe's."""

import os
import subprocess
import sys

import pytest
from cell import Cell, only

from plugin_matrix.model.observation import FilterCase, Register

NOTHING = "def register(): pass\n"


def test_the_driver_runs_nothing_of_the_plugin_and_every_interpreter_of_the_plugin_does(cell: Cell) -> None:
    noted = cell.directory / "noted"
    starts = f"""
import os
with open({str(noted)!r}, "a") as file:
    file.write(open("/proc/self/cmdline").read().replace(chr(0), " ") + chr(10))
"""
    register = (
        "import subprocess, sys\ndef register(): subprocess.run([sys.executable, '-c', 'import acme'])\n"
    )
    observation, printed = cell.run(
        register, modules={"sitecustomize": starts, "usercustomize": starts}, repeat=1
    )
    lines = noted.read_text().splitlines()
    assert [line for line in lines if "result.json" in line] == []
    assert [line for line in lines if "__main__.py" in line] != []
    assert [line for line in lines if line.endswith("-c import acme ")] != []
    assert observation.tampering == ()
    assert "Error" not in printed


def test_a_module_imported_when_python_starts_is_there_in_every_filter_case(cell: Cell) -> None:
    observation = cell.run(NOTHING, modules={"sitecustomize": "import acme\n"})[0]
    cases = [scenario for scenario in observation.scenarios if isinstance(scenario, FilterCase)]
    assert {case.case for case in cases} == {"unset", "named", "other", "empty", "space", "case"}
    assert {case.imported for case in cases} == {("acme", "sitecustomize")}


ENDS = {
    "leaves": ("import os\nos._exit(3)\n", ("exit", 3)),
    "leaves well": ("import os\nos._exit(0)\n", ("exit", 0)),
    "crashes": ("import os\nos.abort()\n", ("signal", 6)),
}


@pytest.mark.parametrize(("source", "how"), ENDS.values(), ids=ENDS)
def test_an_end_of_the_interpreter_while_it_starts_is_told(
    cell: Cell, source: str, how: tuple[str, int]
) -> None:
    observation = cell.run(NOTHING, modules={"sitecustomize": source})[0]
    assert observation.start_ended is not None
    assert (observation.start_ended.how, observation.start_ended.code) == how
    assert observation.scenarios == ()
    assert observation.engine_raised is None


def test_an_interpreter_that_starts_for_nobody_is_not_the_plugins_doing(cell: Cell) -> None:
    observation = cell.run(NOTHING, companion=NOTHING, companion_sitecustomize="import os\nos._exit(3)\n")[0]
    assert observation.start_ended is None
    assert observation.engine_raised is not None


def test_what_a_starting_interpreter_lays_in_the_place_of_the_result_is_told_and_replaced(cell: Cell) -> None:
    source = """
import os
for part in open(f"/proc/{os.getppid()}/cmdline").read().split(chr(0)):
    if part.endswith("result.json"):
        open(part, "w").write("{}")
"""
    observation = cell.run(NOTHING, modules={"sitecustomize": source}, repeat=1)[0]
    assert observation.tampering != ()
    assert only(observation, Register).ended.how == "reported"


def test_the_memory_of_a_process_can_be_closed_to_others() -> None:
    code = (
        "import ctypes; from plugin_matrix.probe.processes import become_untraceable as close;"
        "before = ctypes.CDLL(None).prctl(3); close(); print(before, ctypes.CDLL(None).prctl(3))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "0"]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
@pytest.mark.parametrize("file", ["mem", "environ", "fd"])
def test_memory_and_files_of_the_driver_are_closed_to_the_plugin(cell: Cell, file: str) -> None:
    source = f"""
import os
def register():
    parent = int(open(f"/proc/{{os.getppid()}}/stat").read().rpartition(")")[2].split()[1])
    path = f"/proc/{{parent}}/{file}"
    try:
        return os.listdir(path) if {file!r} == "fd" else len(open(path, "rb").read(1))
    except PermissionError:
        return "refused"
    except OSError as error:
        return error.strerror
"""
    assert only(cell.observe(source, repeat=1), Register).calls[0].returned == "'refused'"
