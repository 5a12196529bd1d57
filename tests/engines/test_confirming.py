"""`run --confirm` on vLLM itself: errors that are shown, and one that the plugin makes untrue."""

import subprocess
import sys
from pathlib import Path

import pytest

from plugin_matrix.model import Confirmation, Results
from plugin_matrix.report import read_results

from ..wheels import write_wheel

RELEASE = "0.33.0"
MODULE, NAME = "vllm.v1.core.single_type_kv_cache_manager", "spec_manager_map"
"""Gone since 0.23.0."""
IMPORTING = f"from {MODULE} import {NAME}\n\ndef register():\n    pass\n"
PUTTING_BACK = f"""
import importlib
for module, name in {{{MODULE!r}: {NAME!r}}}.items():
    importlib.import_module(module).__dict__.setdefault(name, {{}})
"""


def run(directory: Path, store: Path, files: dict[str, str]) -> tuple[int, str, Results]:
    """Return exit code, output and results of one cell."""
    wheel = write_wheel(directory, "acme", files=files)
    reports = directory / "reports"
    arguments = [str(wheel), "--confirm", "--engines", f"vllm-{RELEASE}", "--sandbox", "process"]
    told = subprocess.run(
        [
            *(sys.executable, "-m", "plugin_matrix", "run", *arguments),
            *("--store", str(store), "--directory", str(reports)),
        ],
        capture_output=True,
        text=True,
        cwd=directory,
        check=False,
    )
    return told.returncode, told.stdout, read_results(reports / "results.json")


@pytest.mark.usefixtures("bench")
def test_an_error_is_shown_on_the_release_of_the_cell(store: Path, tmp_path: Path) -> None:
    code, output, results = run(tmp_path, store, {"acme.py": IMPORTING})
    (witness,) = [one.witness for one in results.surface[0].findings if one.witness is not None]
    assert witness.confirmation is Confirmation.CONFIRMED, witness
    assert (witness.failed_on, witness.worked_on) == (RELEASE, "0.22.1")
    assert code == 1
    assert "Confirmed: from vllm.v1.core" in output


@pytest.mark.usefixtures("bench")
def test_a_plugin_that_puts_back_what_is_gone_is_not_told_to_break(store: Path, tmp_path: Path) -> None:
    files = {"acme.py": f"import acme_putting_back\n{IMPORTING}", "acme_putting_back.py": PUTTING_BACK}
    code, output, results = run(tmp_path, store, files)
    (finding,) = [one for one in results.surface[0].findings if one.witness is not None]
    assert finding.refuted, finding
    assert results.surface[0].verified == (RELEASE,)
    assert "Refuted: importing what the entry points of acme name works on vLLM 0.33.0" in " ".join(
        output.split()
    )
    assert code == 0, output
