"""What the golden runs do not show of the loader: groups, log lines, VLLM's own plugins, endpoints."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from plugin_matrix.engines import reference

ALL_WILL_LOAD = (
    "All plugins in this group will be loaded. Set `VLLM_PLUGINS` to control which plugins to load."
)
DISTRIBUTION = """
import pathlib, sys
info = pathlib.Path(sys.argv[1]) / "mine-1.dist-info"
info.mkdir()
(info / "METADATA").write_text("Metadata-Version: 2.1\\nName: mine\\nVersion: 1\\n")
(info / "entry_points.txt").write_text(ENTRY_POINTS)
(pathlib.Path(sys.argv[1]) / "mine.py").write_text(MODULE)
sys.path.insert(0, sys.argv[1])
"""
LOG = """
import logging
lines = []
class Keep(logging.Handler):
    def emit(self, record):
        lines.append([record.levelname, record.getMessage()])
logging.getLogger("vllm").addHandler(Keep())
logging.getLogger("vllm").setLevel("DEBUG")
logging.getLogger("vllm.platforms").setLevel("CRITICAL")
"""


def script(entry_points: str, module: str, code: str) -> str:
    """Python text that installs a distribution `mine` and then runs `code`."""
    return f"ENTRY_POINTS = {entry_points!r}\nMODULE = {module!r}\n{DISTRIBUTION}\n{code}"


GENERAL = "[vllm.general_plugins]\nmine = mine:register\n"
REGISTER = "def register():\n    pass\n"


@pytest.mark.parametrize(
    ("release", "lines"),
    [
        ("0.5.5", [["INFO", "Found general plugin: mine"], ["INFO", "Loaded general plugin: mine"]]),
        (
            "0.6.5",
            [
                ["INFO", "Available plugins:"],
                ["INFO", "name=mine, value=mine:register, group=vllm.general_plugins"],
                ["INFO", "all available plugins will be loaded."],
                ["INFO", "set environment variable VLLM_PLUGINS to control which plugins to load."],
                ["INFO", "plugin mine loaded."],
            ],
        ),
        (
            "0.8.5",
            [
                ["INFO", "Available plugins for group vllm.general_plugins:"],
                ["INFO", "name=mine, value=mine:register"],
                ["INFO", "all available plugins for group vllm.general_plugins will be loaded."],
                ["INFO", "set environment variable VLLM_PLUGINS to control which plugins to load."],
                ["INFO", "plugin mine loaded."],
            ],
        ),
        (
            "0.9.0",
            [
                ["INFO", "Available plugins for group vllm.general_plugins:"],
                ["INFO", "- mine -> mine:register"],
                [
                    "INFO",
                    ALL_WILL_LOAD,
                ],
            ],
        ),
        (
            "0.33.0",
            [
                ["DEBUG", "Available plugins for group vllm.general_plugins:"],
                ["DEBUG", "- mine -> mine:register"],
                [
                    "DEBUG",
                    ALL_WILL_LOAD,
                ],
            ],
        ),
    ],
)
def test_the_loader_logs_as_the_release_does(
    release: str, lines: list[list[str]], python: Callable[..., str], tmp_path: Path
) -> None:
    code = script(
        GENERAL,
        REGISTER,
        f"""
import json, vllm.plugins, vllm.platforms
vllm.platforms.current_platform
{LOG}
vllm.plugins.load_general_plugins()
print(json.dumps([line for line in lines if "No plugins for group vllm.platform" not in line[1]]))
""",
    )
    assert json.loads(python(release, code, str(tmp_path)).splitlines()[-1]) == lines


def test_other_groups_are_logged_at_info_since_0_9_1(python: Callable[..., str], tmp_path: Path) -> None:
    code = script(
        "[vllm.io_processor_plugins]\nmine = mine:register\n",
        REGISTER,
        f"import vllm.plugins\n{LOG}\n"
        "vllm.plugins.load_plugins_by_group('vllm.io_processor_plugins')\nprint(lines[0][0])",
    )
    assert python("0.33.0", code, str(tmp_path)).splitlines()[-1] == "INFO"


@pytest.mark.parametrize(
    ("release", "threads"), [("0.6.4.post1", None), ("0.6.5", "1"), ("0.6.6.post1", "1"), ("0.7.0", None)]
)
def test_compile_threads_are_limited_at_every_call_where_the_release_does(
    release: str, threads: str | None, python: Callable[..., str]
) -> None:
    code = """
import os, vllm.plugins
vllm.plugins.load_general_plugins()
os.environ.pop("TORCHINDUCTOR_COMPILE_THREADS", None)
vllm.plugins.load_general_plugins()
print(os.environ.get("TORCHINDUCTOR_COMPILE_THREADS"))
"""
    assert python(release, code).splitlines()[-1] == str(threads)


ENDPOINTS = """
class Plugin:
    def __init__(self, required_tasks):
        self.required_tasks = required_tasks
def always():
    return Plugin(None)
def generate():
    return Plugin(("generate",))
def broken():
    raise RuntimeError
"""
ENDPOINT_POINTS = (
    "[vllm.endpoint_plugins]\nalways = mine:always\ngenerate = mine:generate\nbroken = mine:broken\n"
)


@pytest.mark.parametrize(
    ("named", "tasks", "loaded"),
    [
        (None, ["generate"], 0),
        ("", ["generate"], 0),
        ("always", None, 1),
        ("always,generate", None, 1),
        ("always,generate", ["embed"], 1),
        ("always,generate,broken", ["generate"], 2),
    ],
)
def test_endpoint_plugins_load_when_named_and_when_their_tasks_match(
    named: str | None, tasks: list[str] | None, loaded: int, python: Callable[..., str], tmp_path: Path
) -> None:
    code = script(
        ENDPOINT_POINTS,
        ENDPOINTS,
        f"import vllm.plugins; print(len(vllm.plugins.load_endpoint_plugins({tasks!r})))",
    )
    environment = {} if named is None else {"VLLM_PLUGINS": named}
    assert python("0.33.0", code, str(tmp_path), environment=environment).splitlines()[-1] == str(loaded)


@pytest.mark.parametrize(
    ("release", "directory", "outcome"),
    [
        ("0.8.5", "/nonexistent", "ok []"),
        ("0.9.0", "", "ok []"),
        ("0.9.0", "/nonexistent", "ValueError []"),
        ("0.33.0", "/nonexistent", "ValueError []"),
        ("0.33.0", "HERE", "ok ['Filesystem Resolver']"),
    ],
)
def test_an_installed_wheel_brings_vllms_own_plugins(
    release: str, directory: str, outcome: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A wheel unpacked on the path is what an installer makes of a pure one."""
    wheel = reference.build_wheel(release, tmp_path_factory.getbasetemp() / "store")
    subprocess.run([sys.executable, "-m", "zipfile", "-e", str(wheel), str(tmp_path)], check=True)
    code = """
import vllm.plugins
from vllm.lora.resolver import LoRAResolverRegistry
try:
    vllm.plugins.load_general_plugins()
    outcome = "ok"
except ValueError:
    outcome = "ValueError"
print(outcome, list(LoRAResolverRegistry.get_supported_resolvers()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={
            "PYTHONPATH": str(tmp_path),
            "VLLM_LORA_RESOLVER_CACHE_DIR": str(tmp_path) if directory == "HERE" else directory,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines()[-1:] == [outcome], done.stderr


def test_a_lora_adapter_is_found_in_the_directory_of_its_name(
    python: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "adapter_config.json").write_text(
        json.dumps({"peft_type": "LORA", "base_model_name_or_path": "base"}), "utf-8"
    )
    code = """
import asyncio, sys
from vllm.plugins.lora_resolvers.filesystem_resolver import FilesystemResolver
resolver = FilesystemResolver(sys.argv[1])
for base, name in (("base", "mine"), ("other", "mine"), ("base", "absent")):
    print(getattr(asyncio.run(resolver.resolve_lora(base, name)), "lora_name", None))
"""
    assert python("0.33.0", code, str(tmp_path)).split() == ["mine", "None", "None"]


@pytest.mark.parametrize(
    ("release", "environment", "message"),
    [
        ("0.16.0", {"VLLM_MINE": "1"}, ""),
        ("0.17.0", {"VLLM_MINE": "1"}, "Unknown vLLM environment variable detected: VLLM_MINE"),
        ("0.17.0", {"VLLM_PLUGINS": "a"}, ""),
        ("0.33.0", {"VLLM_MINE": "1"}, "Unknown vLLM environment variable detected: VLLM_MINE"),
    ],
)
def test_unknown_variables_are_noticed_since_0_17_0(
    release: str, environment: dict[str, str], message: str, python: Callable[..., str]
) -> None:
    code = f"""
import vllm.envs
from vllm.platforms import current_platform
{LOG}
logging.getLogger("vllm.platforms").setLevel("DEBUG")
if hasattr(vllm.envs, "validate_environ"):
    vllm.envs.validate_environ(False)
elif hasattr(type(current_platform), "validate_environ"):
    current_platform.validate_environ(False)
print(*[text for level, text in lines if level == "WARNING"])
"""
    lines = python(release, code, environment=environment).splitlines()
    assert lines[-1] == message


STARTS = """
import logging, os
import vllm.platforms
{LOG}
logging.getLogger("vllm.platforms").setLevel("DEBUG")
class Mine(vllm.platforms.Platform):
    device_name = device_type = "cpu"
    {validate}
vllm.platforms.current_platform = Mine()
from vllm.engine.arg_utils import EngineArgs
try:
    EngineArgs(model="nowhere", **{options}).create_engine_config()
except ValueError as error:
    unknown = [str(error)] if "Unknown vLLM" in str(error) else []
print(*[text for level, text in lines if "Unknown vLLM" in text] + unknown or ["silent"])
"""
UNKNOWN = "Unknown vLLM environment variable detected: VLLM_MINE"
LENIENT = "@classmethod\n    def validate_environ(cls, hard_fail): ..."


@pytest.mark.parametrize(
    ("release", "validate", "options", "said"),
    [
        ("0.16.0", "", {}, "silent"),
        ("0.17.0", "", {}, UNKNOWN),
        ("0.17.0", "", {"fail_on_environ_validation": True}, UNKNOWN),
        ("0.30.0", LENIENT, {}, UNKNOWN),
        ("0.31.0", "", {}, UNKNOWN),
        ("0.31.0", LENIENT, {}, "silent"),
        ("0.33.0", LENIENT, {"fail_on_environ_validation": True}, "silent"),
        ("0.33.0", "", {"fail_on_environ_validation": True}, UNKNOWN),
    ],
)
def test_an_engine_that_starts_notices_unknown_variables(
    release: str, validate: str, options: dict[str, bool], said: str, python: Callable[..., str]
) -> None:
    """A platform may decide otherwise from 0.31.0 on."""
    code = STARTS.format(LOG=LOG, validate=validate, options=options)
    assert python(release, code, environment={"VLLM_MINE": "1"}).splitlines()[-1] == said


def test_the_environment_can_be_frozen(python: Callable[..., str]) -> None:
    code = """
import os, vllm.envs
vllm.envs.enable_envs_cache()
os.environ["VLLM_PLUGINS"] = "late"
print(vllm.envs.VLLM_PLUGINS)
vllm.envs.disable_envs_cache()
print(vllm.envs.VLLM_PLUGINS)
"""
    assert python("0.33.0", code).split() == ["None", "['late']"]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (None, "None"),
        ("", "['']"),
        ("a", "['a']"),
        ("a,b", "['a', 'b']"),
        ("a, b", "['a', ' b']"),
        (",", "['', '']"),
        ("A", "['A']"),
        ("*", "['*']"),
    ],
)
@pytest.mark.parametrize("release", ["0.5.5", "0.33.0"])
def test_vllm_plugins_is_split_at_commas_and_nothing_else(
    release: str, text: str | None, read: str, python: Callable[..., str]
) -> None:
    environment = {} if text is None else {"VLLM_PLUGINS": text}
    code = "import vllm.envs as e; print(e.VLLM_PLUGINS, e.environment_variables['VLLM_PLUGINS']())"
    assert python(release, code, environment=environment).strip() == f"{read} {read}"


@pytest.mark.parametrize(("release", "there"), [("0.11.0", False), ("0.11.1", True), ("0.33.0", True)])
def test_the_variables_are_kept_since_0_11_1(
    release: str,
    there: bool,  # noqa: FBT001 (a column of the table)
    python: Callable[..., str],
) -> None:
    assert python(release, "import vllm.envs as e; print(hasattr(e, 'enable_envs_cache'))").strip() == str(
        there
    )


def test_the_tree_declares_the_entry_points_of_the_wheel(release_tree: ModuleType, tmp_path: Path) -> None:
    release_tree.build_tree("0.33.0", tmp_path)
    text = (tmp_path / "vllm-0.33.0+reference.dist-info" / "entry_points.txt").read_text("utf-8")
    assert (
        "lora_hf_hub_resolver = vllm.plugins.lora_resolvers.hf_hub_resolver:register_hf_hub_resolver" in text
    )
