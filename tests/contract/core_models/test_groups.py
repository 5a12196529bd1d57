"""Plugin kinds beside models and platforms: what each release loads, constructs and refuses."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., str]


@pytest.fixture
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    def lay_out(group: str, value: str, source: str) -> Path:
        directory = tmp_path_factory.mktemp("plugin")
        info = directory / "acme-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{group}]\nacme = {value}\n")
        (directory / "acme.py").write_text(source)
        return directory

    return lay_out


IO_CLASS = """
from vllm.plugins.io_processors.interface import IOProcessor
class Processor(IOProcessor):
    def __init__(self, {parameters}): self.vllm_config = vllm_config
    def pre_process(self, prompt, request_id=None, **kwargs): return prompt
    def post_process(self, model_output, request_id=None, **kwargs): return model_output
    def parse_request(self, request): return ("parsed", request)
    def output_to_response(self, plugin_output): return plugin_output
def register(): return "acme.Processor"
"""
IO_USE = """
import json, types
from vllm.plugins.io_processors import get_io_processor
hf = types.SimpleNamespace(to_dict=lambda: {{"io_processor_plugin": "acme"}})
config = types.SimpleNamespace(model_config=types.SimpleNamespace(hf_config=hf))
try:
    made = get_io_processor(config{renderer})
    print(json.dumps(list(made.parse_data(1) if hasattr(made, "parse_data") else made.parse_request(1))))
except Exception as error:
    print(json.dumps([type(error).__name__]))
"""


@pytest.mark.parametrize(
    ("release", "parameters", "expected"),
    [
        ("0.10.2", "vllm_config", ["parsed", 1]),
        ("0.16.0", "vllm_config", ["parsed", 1]),
        ("0.17.1", "vllm_config", ["parsed", 1]),
        ("0.17.1", "vllm_config, renderer", ["parsed", 1]),
        ("0.18.0", "vllm_config", ["TypeError"]),
        ("0.18.0", "vllm_config, renderer", ["parsed", 1]),
        ("0.28.0", "vllm_config, renderer", ["parsed", 1]),
        ("0.29.0", "vllm_config, renderer", ["NotImplementedError"]),
    ],
)
def test_an_io_processor_is_constructed_and_bridged_as_in_the_release(
    release: str, parameters: str, expected: list[object], run: Run, plugin: Callable[..., Path]
) -> None:
    path = plugin("vllm.io_processor_plugins", "acme:register", IO_CLASS.format(parameters=parameters))
    renderer = ", None" if release not in {"0.10.2", "0.16.0"} else ""
    assert json.loads(run(release, IO_USE.format(renderer=renderer), path).splitlines()[-1]) == expected


STAT_USE = """
from vllm.v1.metrics.loggers import load_stat_logger_plugin_factories
try:
    print([found.__name__ for found in load_stat_logger_plugin_factories()])
except TypeError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("source", "allowed", "expected"),
    [
        (
            "from vllm.v1.metrics.loggers import StatLoggerBase\nclass register(StatLoggerBase): ...",
            None,
            "['register']",
        ),
        ("from vllm.v1.metrics.loggers import StatLoggerBase\nclass register(StatLoggerBase): ...", "", "[]"),
        ("class register: ...", None, "Stat logger plugin 'acme' must be a subclass of StatLoggerBase"),
        ("def register(): ...", None, "Stat logger plugin 'acme' must be a subclass of StatLoggerBase"),
    ],
)
@pytest.mark.parametrize("release", ["0.11.1", "0.33.0"])
def test_stat_loggers_must_be_classes_of_the_base(
    release: str, source: str, allowed: str | None, expected: str, run: Run, plugin: Callable[..., Path]
) -> None:
    path = plugin("vllm.stat_logger_plugins", "acme:register", source)
    environment = {} if allowed is None else {"VLLM_PLUGINS": allowed}
    assert run(release, STAT_USE, path, **environment).splitlines()[-1].startswith(expected)


LOGITS_USE = """
try:
    if {v2}:
        from vllm.v1.worker.gpu.sample.logits_processor.loader import _load_v2_logitsprocs as load
    else:
        from vllm.v1.sample.logits_processor import _load_custom_logitsprocs as load
    print([found.__name__ for found in load(None)])
except Exception as error:
    print(type(error).__name__)
"""
V1_CLASS = "from vllm.v1.sample.logits_processor import LogitsProcessor\nclass P(LogitsProcessor): ..."
V2_CLASS = (
    "from vllm.v1.worker.gpu.sample.logits_processor import LogitsProcessor\nclass P(LogitsProcessor): ..."
)


@pytest.mark.parametrize(
    ("release", "v2", "source", "expected"),
    [
        ("0.10.1", False, V1_CLASS, "['P']"),
        ("0.10.1", False, "import nowhere", "RuntimeError"),
        ("0.33.0", False, V1_CLASS, "['P']"),
        ("0.31.0", True, V1_CLASS, "ValueError"),
        ("0.31.0", True, V2_CLASS, "['P']"),
        ("0.33.0", True, "import nowhere", "RuntimeError"),
    ],
)
@pytest.mark.parametrize("allowed", [None, ""])
def test_logits_processors_are_loaded_whatever_vllm_plugins_says(
    release: str,
    v2: bool,  # noqa: FBT001 (a column of the table)
    source: str,
    expected: str,
    allowed: str | None,
    run: Run,
    plugin: Callable[..., Path],
) -> None:
    path = plugin("vllm.logits_processors", "acme:P", source)
    environment = {} if allowed is None else {"VLLM_PLUGINS": allowed}
    assert run(release, LOGITS_USE.format(v2=v2), path, **environment).splitlines()[-1] == expected


ENDPOINT = """
class Route:
    def __init__(self, path, methods, owner): self.path, self.methods, self.owner = path, methods, owner
class Plugin:
    name = "acme"; required_tasks = None
    def attach_router(self, app): app.routes.append(Route("/v1/models", {"GET"}, "plugin"))
    async def init_state(self, engine_client, state, args): ...
def register(): return Plugin()
"""
ENDPOINT_USE = """
import json, types
from acme import Route
routes = [Route("/v1/models", {"GET", "POST"}, "core"), Route("/health", {"GET"}, "core")]
app = types.SimpleNamespace(routes=routes, state=types.SimpleNamespace())
app.router = types.SimpleNamespace(routes=routes)
from vllm.plugins.endpoint_plugins.interface import attach_endpoint_plugins, EndpointPlugin
attach_endpoint_plugins(app, ("generate",))
print(json.dumps([[r.path, sorted(r.methods), r.owner] for r in app.routes]))
"""
CORE_ROUTES = [["/v1/models", ["GET", "POST"], "core"], ["/health", ["GET"], "core"]]
REPLACED = [["/v1/models", ["GET"], "plugin"], ["/v1/models", ["POST"], "core"], ["/health", ["GET"], "core"]]


@pytest.mark.parametrize(
    ("release", "allowed", "expected"),
    [
        ("0.32.0", "acme", REPLACED),
        ("0.32.0", "", CORE_ROUTES),
        ("0.33.0", None, CORE_ROUTES),
        ("0.33.0", "acme", REPLACED),
    ],
)
def test_a_route_of_an_endpoint_plugin_replaces_that_operation_only(
    release: str, allowed: str | None, expected: list[object], run: Run, plugin: Callable[..., Path]
) -> None:
    path = plugin("vllm.endpoint_plugins", "acme:register", ENDPOINT)
    environment = {} if allowed is None else {"VLLM_PLUGINS": allowed}
    assert json.loads(run(release, ENDPOINT_USE, path, **environment).splitlines()[-1]) == expected
