"""Projects read as they lie there: the same metadata and files that building them would give, nothing run."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from plugin_matrix.errors import ExitCode, PluginError
from plugin_matrix.plugins.project import REQUIREMENT, UNKNOWN_VERSION, NotStatic, StaticProject, read_project

HEAD = """
[project]
name = "acme-plugin"
version = "1.4"
requires-python = ">=3.10"
dependencies = ["vllm>=0.20", "numpy"]

[project.entry-points."vllm.general_plugins"]
acme = "acme_plugin:register"
"""
HATCH = '[build-system]\nbuild-backend = "hatchling.build"\n'
SETUPTOOLS = '[build-system]\nbuild-backend = "setuptools.build_meta"\n'


def project(tmp_path: Path, pyproject: str | None, files: Mapping[str, str]) -> Path:
    directory = tmp_path / "checkout"
    for name, content in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(content)
    directory.mkdir(exist_ok=True)
    if pyproject is not None:
        (directory / "pyproject.toml").write_text(pyproject)
    return directory


class Layout(msgspec.Struct, frozen=True):
    """Files of a project, and the paths that a wheel of it has."""

    name: str
    files: tuple[str, ...]
    placed: dict[str, str]
    tool: str = HATCH
    head: str = HEAD


def layout(
    name: str, files: str, placed: str | dict[str, str], tool: str = HATCH, head: str = HEAD
) -> Layout:
    """Make a row; `placed` names files that lie in the wheel as they lie in the project."""
    same = placed if isinstance(placed, dict) else {one: one for one in placed.split()}
    return Layout(name, tuple(files.split()), same, tool, head)


LAYOUTS = [
    layout("flat", "acme_plugin/__init__.py acme_plugin/a/b.py setup.py tests/test_x.py docs/conf.py",
           "acme_plugin/__init__.py acme_plugin/a/b.py"),
    layout("src", "src/acme_plugin/__init__.py tests/__init__.py",
           {"acme_plugin/__init__.py": "src/acme_plugin/__init__.py"}),
    layout("a path file", "acme_plugin/__init__.py acme.pth docs/other.pth",
           "acme_plugin/__init__.py acme.pth"),
    layout("a module in src", "src/acme_plugin.py", {"acme_plugin.py": "src/acme_plugin.py"}),
    layout("a module", "acme_plugin.py other.py", "acme_plugin.py"),
    layout("what an entry point names and the project does not", "other/__init__.py acme/__init__.py",
           "acme/__init__.py", head=HEAD.replace("acme_plugin:", "acme:")),
    layout("a namespace package in src", "src/acme/plugin/__init__.py src/acme/core.py",
           {"acme/plugin/__init__.py": "src/acme/plugin/__init__.py", "acme/core.py": "src/acme/core.py"},
           head=HEAD.replace("acme_plugin:", "acme.plugin:")),
    layout("hatch packages", "python/deep/acme_plugin/__init__.py other/__init__.py",
           {"acme_plugin/__init__.py": "python/deep/acme_plugin/__init__.py"},
           HATCH + '[tool.hatch.build.targets.wheel]\npackages = ["python/deep/acme_plugin"]\n'),
    layout("hatch only-include with sources", "lib/acme_plugin/__init__.py",
           {"acme_plugin/__init__.py": "lib/acme_plugin/__init__.py"},
           HATCH + '[tool.hatch.build.targets.wheel]\n'
           'only-include = ["lib/acme_plugin"]\nsources = ["lib"]\n'),
    layout("hatch force-include", "acme_plugin/__init__.py data/x.py",
           {"acme_plugin/__init__.py": "acme_plugin/__init__.py", "acme_plugin/x.py": "data/x.py"},
           HATCH + '[tool.hatch.build.targets.wheel]\npackages = ["acme_plugin"]\n'
           '[tool.hatch.build.targets.wheel.force-include]\n"data/x.py" = "acme_plugin/x.py"\n'),
    layout("setuptools finds every package", "acme_plugin/__init__.py acme_ops/__init__.py tests/__init__.py",
           "acme_plugin/__init__.py acme_ops/__init__.py", SETUPTOOLS),
    layout("setuptools find where and exclude", "lib/acme_plugin/__init__.py lib/spare/__init__.py",
           {"acme_plugin/__init__.py": "lib/acme_plugin/__init__.py"},
           SETUPTOOLS + '[tool.setuptools.packages.find]\nwhere = ["lib"]\nexclude = ["spare*"]\n'),
    layout("setuptools find include", "acme_plugin/__init__.py spare/__init__.py", "acme_plugin/__init__.py",
           SETUPTOOLS + '[tool.setuptools.packages.find]\ninclude = ["acme_plugin*"]\n'),
    layout("setuptools packages and package-dir", "code/__init__.py code/sub/x.py spare/__init__.py",
           {"acme_plugin/__init__.py": "code/__init__.py", "acme_plugin/sub/x.py": "code/sub/x.py"},
           SETUPTOOLS + '[tool.setuptools]\npackages = ["acme_plugin"]\n'
           '[tool.setuptools.package-dir]\nacme_plugin = "code"\n'),
    layout("setuptools py-modules", "acme_plugin.py spare.py", "acme_plugin.py",
           SETUPTOOLS + '[tool.setuptools]\npy-modules = ["acme_plugin"]\n'),
    layout("flit", "src/acme_plugin/__init__.py", {"acme_plugin/__init__.py": "src/acme_plugin/__init__.py"},
           '[build-system]\nbuild-backend = "flit_core.buildapi"\n'
           '[tool.flit.module]\nname = "acme_plugin"\n'),
    layout("uv_build with a root", "python/acme_plugin/__init__.py",
           {"acme_plugin/__init__.py": "python/acme_plugin/__init__.py"},
           '[build-system]\nbuild-backend = "uv_build"\n'
           '[tool.uv.build-backend]\nmodule-name = "acme_plugin"\nmodule-root = "python"\n'),
    layout("poetry-core", "lib/acme_plugin/__init__.py",
           {"acme_plugin/__init__.py": "lib/acme_plugin/__init__.py"},
           '[build-system]\nbuild-backend = "poetry.core.masonry.api"\n'
           '[tool.poetry]\npackages = [{include = "acme_plugin", from = "lib"}]\n'),
    layout("maturin", "python/acme_plugin/__init__.py src/lib.rs",
           {"acme_plugin/__init__.py": "python/acme_plugin/__init__.py"},
           '[build-system]\nbuild-backend = "maturin"\n[tool.maturin]\npython-source = "python"\n'),
    layout("a layout that nothing tells", "deep/down/acme_plugin/__init__.py spare/__init__.py",
           {"acme_plugin/__init__.py": "deep/down/acme_plugin/__init__.py",
            "spare/__init__.py": "spare/__init__.py"}),
    layout("left-overs are none of it", "acme_plugin/__init__.py build/lib/acme_plugin/x.py .venv/x.py",
           "acme_plugin/__init__.py", SETUPTOOLS),
]  # fmt: skip


@pytest.mark.parametrize("row", LAYOUTS, ids=lambda row: row.name)
def test_the_files_are_those_a_wheel_would_hold(tmp_path: Path, row: Layout) -> None:
    directory = project(tmp_path, row.head + row.tool, dict.fromkeys(row.files, "x = 1\n"))
    read = read_project(directory, "checkout")
    assert isinstance(read, StaticProject)
    python = {place for place in read.shipped if place.endswith((".py", ".pth"))}
    assert {place: read.places.get(place, place) for place in python} == row.placed
    assert read.places["METADATA"] == read.places["entry_points.txt"] == "pyproject.toml"
    assert set(read.files) == python


def test_where_the_project_states_what_metadata_say_is_known(tmp_path: Path) -> None:
    text = HEAD + '"odd name" = "acme_plugin:other"\nvllm = "acme_plugin:third"\n'
    read = read_project(project(tmp_path, text, {"acme_plugin.py": ""}), "checkout")
    assert isinstance(read, StaticProject)
    lines = text.splitlines()
    assert {name: lines[number - 1] for name, number in read.stated_at.items()} == {
        REQUIREMENT: 'dependencies = ["vllm>=0.20", "numpy"]',
        "vllm": 'vllm = "acme_plugin:third"',
        "acme": 'acme = "acme_plugin:register"',
        "odd name": '"odd name" = "acme_plugin:other"',
    }


def test_metadata_are_those_of_a_wheel(tmp_path: Path) -> None:
    text = (
        HEAD
        + '[project.optional-dependencies]\ngpu = ["vllm==0.33.0; python_version >= \'3.12\'", "torch"]\n'
    )
    read = read_project(project(tmp_path, text, {"acme_plugin.py": "def register(): ...\n"}), "checkout")
    assert isinstance(read, StaticProject)
    plugin = read.plugin
    assert (plugin.name, plugin.version, plugin.requires_python) == ("acme-plugin", "1.4", ">=3.10")
    assert [point.id for point in plugin.entry_points] == ["vllm.general_plugins:acme"]
    assert plugin.requires_dist == (
        "vllm>=0.20",
        "numpy",
        'vllm==0.33.0; python_version >= "3.12" and extra == "gpu"',
        'torch; extra == "gpu"',
    )
    assert plugin.source == "checkout"


@pytest.mark.parametrize(
    ("files", "tool", "version"),
    [
        ({}, "", UNKNOWN_VERSION),
        ({"PKG-INFO": "Metadata-Version: 2.1\nName: acme-plugin\nVersion: 2.0\n"}, "", "2.0"),
        ({"about.py": "__version__ = '3.1'\n"}, '[tool.hatch.version]\npath = "about.py"\n', "3.1"),
        (
            {"src/acme_plugin/__init__.py": '__version__: str = "3.2"\n'},
            '[tool.setuptools.dynamic]\nversion = {attr = "acme_plugin.__version__"}\n',
            "3.2",
        ),
        (
            {"about.py": "__version__ = 'next'\n"},
            '[tool.hatch.version]\npath = "about.py"\n',
            UNKNOWN_VERSION,
        ),
        ({"about.py": "__version__ = run()\n"}, '[tool.hatch.version]\npath = "about.py"\n', UNKNOWN_VERSION),
        ({}, '[tool.hatch.version]\nsource = "vcs"\n', UNKNOWN_VERSION),
    ],
)
def test_a_dynamic_version_is_read_where_it_is_plain_and_is_never_a_reason_to_build(
    tmp_path: Path, files: dict[str, str], tool: str, version: str
) -> None:
    text = HEAD.replace('version = "1.4"', 'dynamic = ["version"]') + tool
    read = read_project(project(tmp_path, text, {"acme_plugin.py": "", **files}), "checkout")
    assert isinstance(read, StaticProject)
    assert read.plugin.version == version


@pytest.mark.parametrize(
    ("pyproject", "files", "reason"),
    [
        (None, {"setup.py": ""}, "setup.py and no pyproject.toml"),
        (SETUPTOOLS, {"setup.py": ""}, "no [project] table"),
        (HEAD.replace("[project]", '[project]\ndynamic = ["entry-points"]'), {}, "entry-points is dynamic"),
        (HEAD.replace("[project]", '[project]\ndynamic = ["dependencies"]'), {}, "dependencies is dynamic"),
    ],
)
def test_what_only_the_backend_can_tell_is_left_to_it(
    tmp_path: Path, pyproject: str | None, files: dict[str, str], reason: str
) -> None:
    read = read_project(project(tmp_path, pyproject, files), "checkout")
    assert isinstance(read, NotStatic)
    assert reason in read.reason


@pytest.mark.parametrize(
    ("pyproject", "said"),
    [
        (None, "no pyproject.toml"),
        ("[project", "cannot be read"),
        ("[project]\nversion = '1'\n", "name"),
        ("[project]\nname = 3\n", "name"),
        (HEAD.replace('acme = "', 'acme = 3 # "'), "entry-points"),
        (HEAD.replace('acme = "acme_plugin:register"', 'acme = ""'), "empty or unprintable"),
        (HEAD + '[project.optional-dependencies]\ngpu = ["vllm >= "]\n', "no requirement"),
    ],
)
def test_what_is_no_project_is_refused_in_one_sentence(
    tmp_path: Path, pyproject: str | None, said: str
) -> None:
    with pytest.raises(PluginError, match=said) as error:
        read_project(project(tmp_path, pyproject, {}), "checkout")
    assert error.value.exit_code is ExitCode.USAGE
    assert "checkout" in str(error.value)


def test_entry_points_of_other_groups_are_not_the_plugins(tmp_path: Path) -> None:
    text = HEAD.replace("vllm.general_plugins", "console_scripts")
    read = read_project(project(tmp_path, text, {}), "checkout")
    assert isinstance(read, StaticProject)
    assert read.plugin.entry_points == ()


def test_an_sdist_of_setuptools_needs_no_build_to_say_what_it_is(tmp_path: Path) -> None:
    stated = "Metadata-Version: 2.2\nName: acme\nVersion: 1.4\nRequires-Dist: vllm>=0.9\n"
    files = {
        "setup.py": "raise SystemExit('built')",
        "PKG-INFO": stated,
        "acme.egg-info/SOURCES.txt": "",
        "acme.egg-info/entry_points.txt": "[vllm.general_plugins]\nacme = acme_plugin:register\n",
        "acme.egg-info/top_level.txt": "acme_plugin\nacme_extra\n",
        "acme_plugin/__init__.py": "def register(): ...",
        "acme_extra.py": "",
        "tests/test_acme.py": "",
    }
    read = read_project(project(tmp_path, None, files), "acme-1.4.tar.gz")
    assert isinstance(read, StaticProject)
    assert read.plugin.id == "acme==1.4"
    assert read.plugin.requires_dist == ("vllm>=0.9",)
    assert [point.id for point in read.plugin.entry_points] == ["vllm.general_plugins:acme"]
    assert set(read.files) == {"acme_plugin/__init__.py", "acme_extra.py"}


def test_files_that_cannot_be_read_as_source_are_told(tmp_path: Path) -> None:
    directory = project(tmp_path, HEAD, {"acme_plugin/__init__.py": "", "acme_plugin/ops.abi3.so": ""})
    (directory / "acme_plugin/big.py").write_bytes(b"#" * (6 * 1024**2))
    read = read_project(directory, "checkout")
    assert isinstance(read, StaticProject)
    assert {one.file for one in read.unseen} == {"acme_plugin/ops.abi3.so", "acme_plugin/big.py"}
    assert set(read.files) == {"acme_plugin/__init__.py"}
