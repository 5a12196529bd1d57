"""Without the extra `containers` all that needs no container works, and the rest says what to install."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXTRA = 'pip install "vllm-plugin-matrix[containers]"'
GOOD = Path(__file__).parents[3] / "plugins_fixtures" / "general-no-op"
# A module that is None counts as one that is not installed.
ABSENT = "import sys; sys.modules['docker'] = None; sys.modules['requests'] = None; "
COMMAND = ABSENT + "from plugin_matrix.cli import main; sys.argv = ['plugin-matrix', *sys.argv[1:]]; main()"


def run(script: str, *arguments: str, store: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "PLUGIN_MATRIX_STORE": str(store),
        "UV_OFFLINE": "1",
        "PIP_CONFIG_FILE": "/dev/null",
    }
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=store,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["explain", "PM605"],
        ["check", str(GOOD), "--engines", "latest"],
        ["run", "--help"],
    ],
    ids=" ".join,
)
def test_what_needs_no_container_does_not_ask_for_the_extra(tmp_path: Path, arguments: list[str]) -> None:
    ended = run(COMMAND, *arguments, store=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert EXTRA not in ended.stdout


@pytest.mark.parametrize(
    "arguments", [["images", "list"], ["run", str(GOOD), "--sandbox", "container"]], ids=" ".join
)
def test_what_needs_containers_says_what_to_install(tmp_path: Path, arguments: list[str]) -> None:
    ended = run(COMMAND, *arguments, store=tmp_path)
    assert ended.returncode == 4
    assert EXTRA in ended.stderr
    assert "Traceback" not in ended.stderr


def test_doctor_says_what_to_install(tmp_path: Path) -> None:
    ended = run(COMMAND, "doctor", "--json", store=tmp_path)
    assert ended.stderr == ""
    checks = {check["name"]: check for check in json.loads(ended.stdout)["checks"]}
    assert checks["container engine"]["state"] == "limited"
    assert EXTRA in checks["container engine"]["mend"]


def test_cells_run_in_the_process_sandbox_and_it_is_told(tmp_path: Path) -> None:
    script = ABSENT + (
        "from pathlib import Path; from plugin_matrix.engines.interpreters import default_platforms;"
        " from plugin_matrix.run.sandboxes import Choice, sandboxes\n"
        "with sandboxes(Choice.AUTO, default_platforms(), Path(sys.argv[1]), print) as chosen:\n"
        "    print(*(type(one).__name__ for one in chosen.values()))"
    )
    ended = run(script, str(tmp_path), store=tmp_path)
    told, chosen = ended.stdout.splitlines()
    assert told.startswith("NO CONTAINERS, cells run in the process sandbox")
    assert EXTRA in told
    assert chosen == "ProcessSandbox"
