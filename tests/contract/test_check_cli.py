"""`check` and `check-engine` as a user runs them, on an index of three tiny engines."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from plugin_matrix.surface.building import SourceTree, build_index
from plugin_matrix.surface.store import own_path

Invoke = Callable[..., subprocess.CompletedProcess[str]]

ENGINES = {
    "0.19.0": {
        "vllm/__init__.py": "",
        "vllm/inputs/__init__.py": "",
        "vllm/inputs/data.py": "class Prompt: ...\n",
    },
    "0.23.0": {"vllm/__init__.py": "", "vllm/inputs/__init__.py": "class Prompt: ...\n"},
    "0.33.0": {"vllm/__init__.py": "", "vllm/inputs/__init__.py": "class Prompt: ...\nclass New: ...\n"},
}
OLD = "from vllm.inputs.data import Prompt\n\n\ndef register():\n    return Prompt\n"
BOTH = """try:
    from vllm.inputs.data import Prompt
except ImportError:
    from vllm.inputs import Prompt


def register():
    return Prompt
"""
NEW = "def register():\n    from vllm.inputs import New\n\n    return New\n"


@pytest.fixture(scope="module")
def store_with_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose surface index knows the three engines and nothing else."""
    directory = tmp_path_factory.mktemp("check")
    for release, files in ENGINES.items():
        for name, content in files.items():
            path = directory / "engines" / release / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
    trees = [SourceTree(release, directory / "engines" / release) for release in ENGINES]
    store = directory / "store"
    own_path(store).parent.mkdir(parents=True)
    build_index(trees, own_path(store), workers=1)
    return store


@pytest.fixture
def invoke(store_with_index: Path, tmp_path: Path) -> Invoke:
    def call(*arguments: str, store: Path | None = None) -> subprocess.CompletedProcess[str]:
        command = [
            sys.executable,
            "-m",
            "plugin_matrix",
            *arguments,
            "--store",
            str(store or store_with_index),
        ]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=300, check=False)

    return call


def project(
    path: Path, source: str = OLD, requires: str = '"vllm>=0.19"', entry: str = "acme:register"
) -> str:
    """Make a project whose build backend must not be run."""
    (path / "acme" / "src" / "acme").mkdir(parents=True)
    (path / "acme" / "src" / "acme" / "__init__.py").write_text(source)
    (path / "acme" / "pyproject.toml").write_text(
        f"""[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "acme"
version = "1.4"
dependencies = [{requires}]

[project.entry-points."vllm.general_plugins"]
acme = "{entry}"
"""
    )
    (path / "acme" / "backend.py").write_text("raise SystemExit('the build backend was run')\n")
    return "./acme"


def wheel(
    path: Path, source: str = OLD, entry_points: str = "[vllm.general_plugins]\nacme = acme:register\n"
) -> str:
    name = "acme-1.4.dist-info"
    with zipfile.ZipFile(path / "acme-1.4-py3-none-any.whl", "w") as archive:
        archive.writestr("acme.py", source)
        archive.writestr(
            f"{name}/METADATA", "Metadata-Version: 2.1\nName: acme\nVersion: 1.4\nRequires-Dist: vllm>=0.19\n"
        )
        archive.writestr(f"{name}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{name}/entry_points.txt", entry_points)
        archive.writestr(f"{name}/RECORD", "")
    return "./acme-1.4-py3-none-any.whl"


# ---------------------------------------------------------------- the answer


def test_a_directory_is_read_without_its_build_backend_and_told_by_its_own_paths(
    invoke: Invoke, tmp_path: Path
) -> None:
    ended = invoke("check", project(tmp_path))
    assert ended.returncode == 1, ended.stderr
    for said in (
        "acme 1.4  on 3 releases of vLLM, 0.19.0 to 0.33.0",
        "declares  vllm>=0.19 (3 releases)",
        "verified  0.19.0 (1 release)",
        "state     vllm>=0.19.0,<0.23.0",
        "error PM201",
        "vllm.inputs.data",
        "broke in  0.23.0",
        "src/acme/__init__.py:1",
        "pyproject.toml:9",
        "acme 1.4 breaks on 2 of the 3 releases it declares: >=0.23.0",
    ):
        assert said in ended.stdout, ended.stdout


def test_a_wheel_is_told_by_its_own_paths(invoke: Invoke, tmp_path: Path) -> None:
    ended = invoke("check", wheel(tmp_path))
    assert ended.returncode == 1
    assert "at        acme.py:1" in ended.stdout


BACKEND = """import zipfile

FILES = {
    "acme.py": "def register(): ...\\n",
    "acme-1.4.dist-info/METADATA": "Metadata-Version: 2.1\\nName: acme\\nVersion: 1.4\\n",
    "acme-1.4.dist-info/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    "acme-1.4.dist-info/entry_points.txt": "[vllm.general_plugins]\\nacme = acme:register\\n",
    "acme-1.4.dist-info/RECORD": "",
}


def build_wheel(directory, settings=None, metadata=None):
    with zipfile.ZipFile(f"{directory}/acme-1.4-py3-none-any.whl", "w") as archive:
        for name, content in FILES.items():
            archive.writestr(name, content)
    return "acme-1.4-py3-none-any.whl"
"""


def test_what_only_the_build_backend_can_tell_has_it_run_which_is_said(
    invoke: Invoke, tmp_path: Path
) -> None:
    source = project(tmp_path)
    file = tmp_path / "acme" / "pyproject.toml"
    text = file.read_text().partition("[project.entry-points")[0]
    file.write_text(text.replace("[project]", '[project]\ndynamic = ["entry-points"]'))
    (tmp_path / "acme" / "backend.py").write_text(BACKEND)
    ended = invoke("check", source)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "built     its build backend was run, for entry-points is dynamic in it" in ended.stdout


@pytest.mark.parametrize(
    ("source", "requires", "more", "code"),
    [
        (OLD, '"vllm>=0.19"', [], 1),
        (OLD, '"vllm==0.19.0"', [], 0),
        (OLD, '"vllm==0.19.0"', ["--engines", "0.33.0"], 1),
        (OLD, '"vllm>=0.19"', ["--engines", "0.19.0"], 0),
        (OLD, '"vllm>=0.19"', ["--engines", "<0.20"], 0),
        (OLD, "", [], 1),
        (OLD, '"vllm>=0.99"', [], 3),
        (OLD, '"vllm>=0.20,<0.19"', [], 1),
        (BOTH, '"vllm>=0.19"', [], 0),
        (NEW, '"vllm>=0.19"', [], 1),
        (NEW, '"vllm>=0.19"', ["--since", "0.33.0"], 0),
        (NEW, '"vllm>=0.19"', ["--since", "0.23.0"], 1),
        ("def register(:\n", '"vllm>=0.19"', [], 4),
    ],
)
def test_the_exit_code_is_one_where_an_error_counts(
    invoke: Invoke, tmp_path: Path, source: str, requires: str, more: list[str], code: int
) -> None:
    ended = invoke("check", project(tmp_path, source, requires), *more)
    assert ended.returncode == code, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


def test_every_format_goes_to_standard_output_or_to_a_file(invoke: Invoke, tmp_path: Path) -> None:
    plugin = project(tmp_path)
    document = json.loads(invoke("check", plugin, "--json").stdout)
    assert [finding["rule"] for finding in document["surface"][0]["findings"]] == ["PM201", "PM106"]
    assert document["surface"][0]["verified"] == ["0.19.0"]
    assert document["cells"] == []
    assert invoke("check", plugin, "--format", "markdown").stdout.startswith("# vLLM plugin check\n")
    assert json.loads(invoke("check", plugin, "--format", "sarif").stdout)["version"] == "2.1.0"
    assert ET.fromstring(invoke("check", plugin, "--format", "junit").stdout).tag == "testsuites"  # noqa: S314
    written = invoke("check", plugin, "--format", "html", "--output", "out/check.html")
    assert (tmp_path / "out" / "check.html").read_text().startswith("<!doctype html>")
    assert "acme 1.4 breaks on 2 of the 3" in written.stdout
    assert "wrote out/check.html" in written.stdout


def test_a_results_file_of_a_check_is_rendered_again(invoke: Invoke, tmp_path: Path) -> None:
    invoke("check", project(tmp_path), "--json", "--output", "results.json")
    ended = subprocess.run(
        [sys.executable, "-m", "plugin_matrix", "report", "results.json", "--directory", "again"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "acme 1.4 breaks on 2 of the 3 releases it declares" in ended.stdout
    names = {path.name for path in (tmp_path / "again").iterdir()}
    assert names == {"results.json", "index.html", "junit.xml", "report.md", "results.sarif", "badges"}


def test_rules_that_were_broken_are_explained(invoke: Invoke, tmp_path: Path) -> None:
    ended = invoke("check", project(tmp_path), "--explain")
    assert "PM201 module-missing (error: breaks when loaded or called)" in ended.stdout
    assert "PM106 requirement-too-wide" in ended.stdout
    assert "PM605" not in ended.stdout


def test_several_plugins_are_told_each_and_a_bad_one_costs_the_others_nothing(
    invoke: Invoke, tmp_path: Path
) -> None:
    ended = invoke("check", "./gone.whl", project(tmp_path), wheel(tmp_path), "--json")
    assert ended.returncode == 2
    document = json.loads(ended.stdout)
    assert [problem["source"] for problem in document["problems"]] == ["./gone.whl"]
    # Both are acme 1.4: one is told.
    assert [plugin["source"] for plugin in document["plugins"]] == ["acme"]


# ---------------------------------------------------------------- one engine


def test_an_engine_is_answered_with_what_is_new_first(invoke: Invoke, tmp_path: Path) -> None:
    ended = invoke("check-engine", "0.23.0", project(tmp_path), "./gone.whl")
    assert ended.returncode == 1
    assert "break, and do not on 0.19.0: 1 plugin" in ended.stdout
    assert "PM201 module-missing vllm.inputs.data at src/acme/__init__.py:1" in ended.stdout
    assert "not checked: ./gone.whl" in ended.stdout
    assert "[1/2] ./acme" in ended.stderr
    again = invoke("check-engine", "0.33.0", "./acme")
    assert "break, as on 0.23.0: 1 plugin" in again.stdout
    assert invoke("check-engine", "0.19.0", "./acme").returncode == 0


def test_a_checkout_is_an_engine(invoke: Invoke, tmp_path: Path, store_with_index: Path) -> None:
    (tmp_path / "vllm-main" / "vllm").mkdir(parents=True)
    (tmp_path / "vllm-main" / "vllm" / "__init__.py").write_text("")
    before = own_path(store_with_index).read_bytes()
    ended = invoke("check-engine", "./vllm-main", project(tmp_path, NEW), "--name", "0.34.0.dev7")
    assert ended.returncode == 1, ended.stderr
    assert "plugins on vLLM 0.34.0.dev7" in ended.stdout
    assert "break, and do not on 0.33.0: 1 plugin" in ended.stdout
    assert own_path(store_with_index).read_bytes() == before


# ---------------------------------------------------------------- bad input


def missing(_: Path) -> list[str]:
    return ["check", "./gone.whl"]


def not_a_plugin(path: Path) -> list[str]:
    return ["check", wheel(path, "def main(): ...\n", "[console_scripts]\nacme = acme:main\n")]


def broken_archive(path: Path) -> list[str]:
    (path / "acme-1.4-py3-none-any.whl").write_bytes(b"PK\3\4 this was a wheel once")
    return ["check", "./acme-1.4-py3-none-any.whl"]


def empty_directory(path: Path) -> list[str]:
    (path / "empty").mkdir()
    return ["check", "./empty"]


def no_toml(path: Path) -> list[str]:
    source = project(path)
    (path / "acme" / "pyproject.toml").write_text("[project\n")
    return ["check", source]


def unknown_release(path: Path) -> list[str]:
    return ["check", project(path), "--engines", "0.23.7"]


def no_specifier(path: Path) -> list[str]:
    return ["check", project(path), "--engines", ">=x"]


def unknown_since(path: Path) -> list[str]:
    return ["check", project(path), "--since", "1.0"]


def nothing_since(path: Path) -> list[str]:
    return ["check", project(path), "--engines", "0.19.0", "--since", "0.33.0"]


def unknown_format(path: Path) -> list[str]:
    return ["check", project(path), "--format", "pdf"]


def no_place_for_the_output(path: Path) -> list[str]:
    (path / "file").touch()
    return ["check", project(path), "--json", "--output", "file/results.json"]


def no_engine(path: Path) -> list[str]:
    return ["check-engine", "0.23.7", project(path)]


def no_checkout(path: Path) -> list[str]:
    (path / "nothing").mkdir()
    return ["check-engine", "./nothing", project(path)]


def no_plugin_for_the_engine(_: Path) -> list[str]:
    return ["check-engine", "0.23.0"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (missing, 2, "gone.whl"),
        (not_a_plugin, 3, "acme==1.4 is not a vLLM plugin"),
        (broken_archive, 2, "acme-1.4-py3-none-any.whl"),
        (empty_directory, 2, "pyproject.toml"),
        (no_toml, 2, "pyproject.toml of acme cannot be read"),
        (unknown_release, 2, "0.19.0, 0.23.0, 0.33.0"),
        (no_specifier, 2, "Write for example"),
        (unknown_since, 2, "0.33.0"),
        (nothing_since, 3, "0.33.0"),
        (unknown_format, 2, "markdown"),
        (no_place_for_the_output, 2, "results.json"),
        (no_engine, 2, "Did you mean 0.19.0, 0.23.0, 0.33.0"),
        (no_checkout, 4, "vllm"),
        (no_plugin_for_the_engine, 3, "--all-known"),
    ],
)
def test_bad_input_ends_with_its_exit_code_and_a_sentence(
    invoke: Invoke, tmp_path: Path, arguments: Callable[[Path], list[str]], code: int, said: str
) -> None:
    ended = invoke(*arguments(tmp_path))
    printed = " ".join((ended.stdout + ended.stderr).split())
    assert said in printed
    assert "Traceback" not in printed
    assert "the build backend was run" not in printed
    assert ended.returncode == code, printed


def test_a_corrupt_index_is_refused_with_the_command_that_mends_it(invoke: Invoke, tmp_path: Path) -> None:
    index = own_path(tmp_path / "store")
    index.parent.mkdir(parents=True)
    index.write_bytes(b"SQLite format 3\0" + b"\xff" * 4096)
    for command in (["check"], ["check-engine", "0.23.0"]):
        ended = invoke(*command, "./acme", store=tmp_path / "store")
        assert ended.returncode == 4, ended.stdout + ended.stderr
        assert "plugin-matrix engines sync" in ended.stderr
        assert "Traceback" not in ended.stderr
