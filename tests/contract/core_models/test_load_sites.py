"""Where a general plugin's function runs: in which processes, and called from which part of the engine.

Every row was read off the calls of `load_general_plugins()` in the release's sources; the once-per-process
flag (0.6.5) and fork, which inherits it, decide the rest.
"""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from plugin_matrix.engines.history import InterfaceHistory

Run = Callable[..., str]

PLUGIN = """
import json, multiprocessing, os, sys
CALLERS = {
    "__post_init__": "arguments", "add_cli_args": "parser", "make_worker": "worker", "_run": "inspection",
    "from_engine_args": "MQ engine", "from_vllm_config": "MQ engine",
}
def site():
    frame = sys._getframe(2)
    while frame is not None:
        code = frame.f_code
        if code.co_name == "__init__" and "self" in frame.f_locals:
            found = {"ReferenceCore": "core", "EngineCore": "core", "ReferenceLLMEngine": "LLMEngine"}
            name = found.get(type(frame.f_locals["self"]).__name__)
            if name is not None:
                return "LLMEngine" if frame.f_locals.get("site") == "llm-engine" else name
        elif code.co_name in CALLERS and "plugins" not in code.co_filename:
            return CALLERS[code.co_name]
        frame = frame.f_back
    return "?"
def process():
    if sys.argv[0].endswith("registry.py"):
        return "inspection"
    return multiprocessing.current_process().name.replace("MainProcess", "main")
def register():
    with open(os.environ["CALLS"], "a") as file:
        file.write(json.dumps([os.getpid(), process(), site()]) + "\\n")
    from vllm import ModelRegistry
    if "AcmeForCausalLM" not in ModelRegistry.get_supported_archs():
        ModelRegistry.register_model("AcmeForCausalLM", REGISTERED)
"""
PLATFORM = """
def register():
    return "acme_platform.AcmePlatform"
def __getattr__(name):
    if name != "AcmePlatform":
        raise AttributeError(name)
    from vllm.platforms.interface import Platform, PlatformEnum
    class AcmePlatform(Platform):
        _enum = PlatformEnum.OOT
        device_name = device_type = "cpu"
        @classmethod
        def supports_v1(cls, model_config): return True
        @classmethod
        def default_v1(cls, model_config): return True
        @classmethod
        def is_async_output_supported(cls, enforce_eager): return False
    return AcmePlatform
"""
MODEL = """
class AcmeForCausalLM:
    def __init__(self, config=None, cache_config=None, quant_config=None, *, vllm_config=None, prefix=""): ...
    def embed_input_ids(self, input_ids): ...
    def forward(self, input_ids, positions, kv_caches=None, attn_metadata=None): ...
    def compute_logits(self, hidden_states, sampling_metadata=None): ...
    def sample(self, logits, sampling_metadata): ...
"""
START = """
import os
if __name__ == "__main__":
    from vllm import LLM
    try:
        LLM(model=os.environ["MODEL"], skip_tokenizer_init=True, OPTIONS)
    except ModuleNotFoundError as error:
        assert error.name == "torch", error  # the worker's model: every site is passed by then
"""


@pytest.fixture(scope="session")
def history() -> InterfaceHistory:
    return InterfaceHistory.load()


@pytest.fixture
def calls(run: Run, tmp_path: Path, history: InterfaceHistory) -> Callable[..., Counter[str]]:
    """Return a function that runs a program beside the plugin and counts the calls by process and site."""
    directory = tmp_path / "plugin"
    info = directory / "acme-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[vllm.general_plugins]\nacme = acme_plugin:register\n"
        "[vllm.platform_plugins]\nacme = acme_platform:register\n"
    )
    (directory / "acme_platform.py").write_text(PLATFORM)
    (directory / "acme_model.py").write_text(MODEL)
    description = tmp_path / "model"
    description.mkdir()
    (description / "config.json").write_text(json.dumps({"architectures": ["AcmeForCausalLM"]}))

    def count(release: str, program: str, **environment: str) -> Counter[str]:
        lazy = "'acme_model:AcmeForCausalLM'"
        eager = "__import__('acme_model').AcmeForCausalLM"
        (directory / "acme_plugin.py").write_text(
            PLUGIN.replace("REGISTERED", eager if release in {"0.5.5", "0.6.2"} else lazy)
        )
        log = tmp_path / "calls"
        log.write_text("")
        environment = {
            "VLLM_USE_V1": "1" if history.at_least(release, "0.8.0") else "0",
            "CALLS": str(log),
            "MODEL": str(description),
        } | environment
        run(release, program, directory, **environment)
        rows = [json.loads(line) for line in log.read_text().splitlines()]
        names = {process for _, process, _ in rows}
        assert len({pid for pid, *_ in rows}) == len(names), "two processes of one name"
        return Counter(f"{process}: {site}" for _, process, site in rows)

    return count


FORK = {"VLLM_WORKER_MULTIPROC_METHOD": "fork"}
SPAWN = {"VLLM_WORKER_MULTIPROC_METHOD": "spawn"}
HERE = {"VLLM_ENABLE_V1_MULTIPROCESSING": "0"}
V0 = {"VLLM_USE_V1": "0"}
ONCE = ["main: arguments", "inspection: inspection"]


@pytest.mark.parametrize(
    ("release", "environment", "apart", "expected"),
    [
        ("0.5.5", {}, False, ["main: LLMEngine", "main: worker"]),
        ("0.6.2", {}, False, ["main: LLMEngine", "main: worker"]),
        ("0.6.3.post1", {}, False, [*ONCE, "main: worker"]),
        ("0.6.5", {}, False, ONCE),
        ("0.7.2", {}, False, ONCE),
        ("0.7.3", {}, False, ONCE),
        ("0.8.4", V0, False, ONCE),
        ("0.8.4", HERE, False, ONCE),
        ("0.8.4", FORK, False, ONCE),
        ("0.8.4", FORK, True, ONCE),
        ("0.8.4", SPAWN, False, [*ONCE, "EngineCore: worker"]),
        # The spawned core itself has no plugins: nothing loads them there before 0.9.0.
        ("0.8.4", SPAWN, True, [*ONCE, "Worker: worker"]),
        ("0.9.0", V0, False, ONCE),
        ("0.9.0", FORK, True, ONCE),
        ("0.9.0", SPAWN, False, [*ONCE, "EngineCore: core"]),
        ("0.9.0", SPAWN, True, [*ONCE, "EngineCore: core", "Worker: worker"]),
        ("0.11.0", HERE, False, ONCE),
        ("0.11.0", FORK, True, ONCE),
        ("0.11.0", SPAWN, True, [*ONCE, "EngineCore: core", "Worker: worker"]),
        ("0.33.0", FORK, True, ONCE),
        ("0.33.0", SPAWN, True, [*ONCE, "EngineCore: core", "Worker: worker"]),
    ],
)
def test_starting_an_engine_runs_the_plugin_where_the_release_does(
    release: str,
    environment: dict[str, str],
    apart: bool,  # noqa: FBT001 (a column of the table)
    expected: list[str],
    calls: Callable[..., Counter[str]],
) -> None:
    options = 'distributed_executor_backend="mp"' if apart else ""
    assert calls(release, START.replace("OPTIONS", options), **environment) == Counter(expected)


COMMAND_LINE = """
from vllm.engine.arg_utils import AsyncEngineArgs
try:
    from vllm.utils import FlexibleArgumentParser
except ImportError:
    from vllm.utils.argparse_utils import FlexibleArgumentParser
parser = AsyncEngineArgs.add_cli_args(FlexibleArgumentParser())
for _ in range(2):
    AsyncEngineArgs.from_cli_args(parser.parse_args(["--model", "x"]))
"""


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("0.5.5", []),
        ("0.6.2", []),
        ("0.6.3.post1", ["main: arguments", "main: arguments"]),
        ("0.6.5", ["main: arguments"]),
        ("0.7.2", ["main: arguments"]),
        ("0.7.3", ["main: parser"]),
        ("0.8.4", ["main: parser"]),
        ("0.9.0", ["main: parser"]),
        ("0.11.0", ["main: parser"]),
        ("0.33.0", ["main: parser"]),
    ],
)
def test_parsing_a_command_line_runs_the_plugin_where_the_release_does(
    release: str, expected: list[str], calls: Callable[..., Counter[str]]
) -> None:
    assert calls(release, COMMAND_LINE) == Counter(expected)


MQ_ENGINE = """
import multiprocessing, os
def serve(given, options):
    from vllm.engine.multiprocessing.engine import MQLLMEngine
    try:
        if options is None:
            MQLLMEngine.from_engine_args(given, None, "ipc")
        else:
            MQLLMEngine.from_vllm_config(given, None, ipc_path="ipc", disable_log_stats=True, **options)
    except ModuleNotFoundError as error:
        assert error.name == "torch", error
if __name__ == "__main__":
    from vllm.engine.arg_utils import AsyncEngineArgs
    from vllm.engine.multiprocessing.engine import MQLLMEngine
    given, options = AsyncEngineArgs(model=os.environ["MODEL"], skip_tokenizer_init=True), None
    if hasattr(MQLLMEngine, "from_vllm_config"):
        new = "enable_log_requests" in dir(given)
        options = {("enable" if new else "disable") + "_log_requests": True}
        given = given.create_engine_config()
    process = multiprocessing.get_context(os.environ["VLLM_WORKER_MULTIPROC_METHOD"]).Process(
        target=serve, args=(given, options), name="MQ")
    process.start()
    process.join()
    assert process.exitcode == 0
"""


@pytest.mark.parametrize(
    ("release", "environment", "expected"),
    [
        ("0.6.3.post1", FORK, ["main: arguments", "MQ: MQ engine", "inspection: inspection", "MQ: worker"]),
        ("0.6.5", FORK, ["main: arguments", "inspection: inspection"]),
        ("0.6.5", SPAWN, ["main: arguments", "MQ: MQ engine", "inspection: inspection"]),
        ("0.8.4", SPAWN | V0, ["main: arguments", "MQ: MQ engine", "inspection: inspection"]),
        ("0.10.2", SPAWN | V0, ["main: arguments", "MQ: MQ engine", "inspection: inspection"]),
    ],
)
def test_the_process_of_the_mq_engine_loads_plugins_itself(
    release: str, environment: dict[str, str], expected: list[str], calls: Callable[..., Counter[str]]
) -> None:
    assert calls(release, MQ_ENGINE, **environment) == Counter(expected)


def test_a_plugin_that_raises_only_when_a_model_is_inspected_fails_the_inspection(
    calls: Callable[..., Counter[str]], run: Run, tmp_path: Path
) -> None:
    """What raises in the inspecting process is told as a model that failed to be inspected."""
    del calls  # lays the plugin out
    plugin = tmp_path / "plugin"
    (plugin / "acme_plugin.py").write_text(
        """
import sys
def register():
    if sys.argv[0].endswith("registry.py"):
        raise RuntimeError("not here")
    from vllm import ModelRegistry
    ModelRegistry.register_model("AcmeForCausalLM", "acme_model:AcmeForCausalLM")
"""
    )
    program = """
import os
from vllm import LLM
try:
    LLM(model=os.environ["MODEL"], skip_tokenizer_init=True)
except ValueError as error:
    print(error)
"""
    for release in ("0.7.0", "0.33.0"):
        said = run(release, program, plugin, MODEL=str(tmp_path / "model"), VLLM_TARGET_DEVICE="cpu")
        assert "['AcmeForCausalLM'] failed to be inspected" in said


CHOSEN = """
import os
if __name__ == "__main__":
    from vllm.engine.arg_utils import EngineArgs
    try:
        EngineArgs(model=os.environ["MODEL"], skip_tokenizer_init=True).create_engine_config()
    except ModuleNotFoundError as error:
        assert error.name == "torch", error
    from vllm._reference.engine.versions import uses_v1
    print(uses_v1(), os.environ.get("VLLM_WORKER_MULTIPROC_METHOD", "fork"))
"""


@pytest.mark.parametrize(
    ("release", "chosen"),
    [
        ("0.7.3", "False fork"),
        ("0.8.4", "False fork"),
        ("0.9.0", "False fork"),
        ("0.9.1", "True spawn"),
        ("0.9.2", "True spawn"),
        ("0.10.2", "True spawn"),
        ("0.33.0", "True spawn"),
    ],
)
def test_a_cpu_runs_v1_and_spawns_from_0_9_1_on(
    release: str, chosen: str, calls: Callable[..., Counter[str]], run: Run, tmp_path: Path
) -> None:
    """On x86, by default: with an accelerator V1 came in 0.8.0 and fork stays."""
    del calls  # lays the model out
    (tmp_path / "plugin" / "acme_plugin.py").write_text(
        "def register():\n    from vllm import ModelRegistry\n"
        "    ModelRegistry.register_model('AcmeForCausalLM', 'acme_model:AcmeForCausalLM')\n"
    )
    (tmp_path / "plugin" / "acme_platform.py").write_text("def register(): return None\n")
    said = run(
        release,
        CHOSEN,
        tmp_path / "plugin",
        MODEL=str(tmp_path / "model"),
        VLLM_TARGET_DEVICE="cpu",
    )
    assert said.splitlines()[-1] == chosen
