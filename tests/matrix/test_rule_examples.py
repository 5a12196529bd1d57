"""Examples of rules told by running: what stands before breaks the rule, what stands after does not.

An example shows what matters, so the plugin around it is made here: what it calls, the files it names, what
is installed beside it. Those of rules told from source are run in `tests/contract/docs`.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from tests.wheels import write_wheel

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.engines.interpreters import default_platforms
from plugin_matrix.model import Results
from plugin_matrix.model.verdict import findings_of
from plugin_matrix.report.explain import Example, examples
from plugin_matrix.run.cell import ProbeSettings
from plugin_matrix.run.matrix import Request, RunSettings, run_matrix
from plugin_matrix.run.progress import SilentProgress
from plugin_matrix.run.selection import select_engines
from plugin_matrix.run.shelves import shelves
from plugin_matrix.sandbox import Limits
from plugin_matrix.sandbox.process import ProcessSandbox

ENGINES = {"": "0.33.0", "<0.31.0": "0.30.0"}
"""The release for an example, by the releases that it is for."""
MIB = 1024**2
# What examples call without saying what it is.
WORLD = """
import logging
import time
logger = logging.getLogger("acme")
def use(*what): pass
report = set_up = warm = use
def driver_present(): return False
device_present = licence_valid = server_ready = driver_present
def register_models(): pass
"""
REGISTER = "def register():\n    pass\n"
PLATFORM = """
from vllm.platforms.interface import Platform, PlatformEnum


class AcmePlatform(Platform):
    _enum = PlatformEnum.OOT
    device_name = "acme"
    device_type = "cpu"
"""
REGISTERS_MODELS = """
def register_models():
    from vllm import ModelRegistry
    ModelRegistry.register_model("Acme", "acme.model:Acme")
def unregister_models():
    from vllm import ModelRegistry
    del ModelRegistry.models["Acme"]
"""
NAMES_PLATFORM = 'def platform():\n    return "acme.platform.AcmePlatform"\n'


class Around(msgspec.Struct, frozen=True):
    """The plugin around an example."""

    group: str = "general_plugins"
    value: str = "acme:register"
    path: str = "acme/__init__.py"
    """Where what stands before belongs; what stands after too, unless that is a `.pth` file."""
    files: Mapping[str, str] = {}
    world: str = ""
    """Source before the example, beyond what all have."""
    beside: bool = False
    """Another plugin of this group, with the entry point that the example names first, is installed too."""


OF_A_PLATFORM = Around("platform_plugins", "acme:platform", files={"acme/platform.py": PLATFORM})
IN_A_PLATFORM = Around(
    "platform_plugins", "acme:platform", "acme/platform.py", {"acme/__init__.py": NAMES_PLATFORM}
)
AROUND = {
    "PM609": Around(world="def report(): time.sleep(600)\n"),
    "PM610": Around(path="acme.pth", files={"acme/patches.py": "def apply(): pass\n"}),
    "PM611": Around(beside=True),
    "PM612": Around(
        world="""
_set_up = []
def set_up():
    time.sleep(0.05)
    assert not _set_up
    _set_up.append(True)
"""
    ),
    "PM613": Around(world=REGISTERS_MODELS),
    "PM614": Around(world=REGISTERS_MODELS),
    "PM701": OF_A_PLATFORM,
    "PM702": OF_A_PLATFORM,
    "PM703": OF_A_PLATFORM,
    "PM704": IN_A_PLATFORM,
    "PM705": Around("platform_plugins", "acme:platform", files={"acme/platform.py": PLATFORM}, beside=True),
    "PM706": Around(
        files={"acme/__init__.py": "def platform(): return None\n", "acme/platform.py": PLATFORM}
    ),
    "PM707": Around(
        "platform_plugins",
        "acme:platform",
        "acme/platform.py",
        {"acme/__init__.py": NAMES_PLATFORM, "acme/attention.py": "class AcmeBackend: ..."},
    ),
    "PM708": OF_A_PLATFORM,
    "PM801": Around(files={"acme/model.py": "class Acme: ..."}),
    "PM821": Around("logits_processors", "acme:AcmeLogitsProcessor"),
    "PM841": Around("stat_logger_plugins", "acme:AcmeStatLogger"),
    "PM851": Around("endpoint_plugins", "acme:factory", world="router = None\n"),
    "PM901": Around(
        files={
            "requests.py": """
import socket
def get(url, **more): socket.create_connection(("192.0.2.1", 443), 1)
"""
        }
    ),
    "PM908": Around(files={"numpy.py": "def ones(shape): return b'1' * (shape[0] * shape[1])\n"}),
    "PM909": Around(world="def supported(): return range(10**6)\ndef dump(one): return 'x' * 1000\n"),
    "PM910": Around(world="def warm(shard): time.sleep(600)\n"),
}
NOT_RUN = {
    "PM709": "the example gives one of a dozen members: fixture platform-members-missing",
    "PM831": "the example leaves the abstract methods out: fixtures io-processor-*",
    "PM904": "needs torch: fixture import-initialises-accelerator",
    "PM906": "needs a library of another ABI: fixture hostile-segfault",
    **dict.fromkeys(
        ("PM802", "PM803", "PM804", "PM805", "PM806", "PM807"),
        "the example is a piece of a model: fixtures model-*",
    ),
}
RULES = [rule for rule in examples() if rule > "PM600" and rule not in NOT_RUN]


def lay_out(directory: Path, rule: str, example: Example, which: str) -> Path:
    """Write the wheel of the plugin that an example is a piece of."""
    around = AROUND.get(rule, Around())
    text = getattr(example, which)
    files = {"acme/__init__.py": REGISTER, **around.files}
    group, name, value = around.group, "acme", around.value
    if example.language == "toml":
        ((group, points),) = tomllib.loads(text)["project"]["entry-points"].items()
        ((name, value),) = points.items()
        group = group.removeprefix("vllm.")
    elif around.path.endswith(".pth") and which == "before":
        files[around.path] = text
    else:
        path = "acme/__init__.py" if around.path.endswith(".pth") else around.path
        ending = "" if path != "acme/__init__.py" or f"def {value.partition(':')[2]}" in text else REGISTER
        files[path] = f"{WORLD}{around.world}{text}\n{ending}"
    points = f"[vllm.{group}]\n{name} = {value}\n"
    return write_wheel(directory, f"acme_{rule.lower()}_{which}", files=files, entry_points=points)


def beside(directory: Path, rule: str, example: Example) -> tuple[str, ...]:
    """Write what is installed beside the example, and return where it is."""
    around = AROUND.get(rule, Around())
    if not around.beside:
        return ()
    name = "other"
    if example.language == "toml":
        ((name, _),) = next(iter(tomllib.loads(example.before)["project"]["entry-points"].values())).items()
    function = around.value.partition(":")[2]
    source = NAMES_PLATFORM.replace("acme", "other") if function == "platform" else REGISTER
    wheel = write_wheel(
        directory / "beside",
        f"other_{rule.lower()}",
        files={"other/__init__.py": source, "other/platform.py": PLATFORM},
        entry_points=f"[vllm.{around.group}]\n{name} = other:{function}\n",
    )
    return (str(wheel),)


@pytest.fixture(scope="module")
def results(store: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, ...]:
    """Judge all examples, each on the engine that it is for."""
    directory = tmp_path_factory.mktemp("examples")
    return tuple(judged(on, directory, store) for on in ENGINES)


def judged(on: str, directory: Path, store: Path) -> Results:
    """Judge the examples that are for the releases `on`."""
    history = InterfaceHistory.load()
    requests = [
        Request(str(lay_out(directory, rule, example, which)), beside(directory, rule, example))
        for rule, example in examples().items()
        if rule in RULES and example.on == on
        for which in ("before", "after")
    ]
    return run_matrix(
        requests,
        select_engines([ENGINES[on]], history),
        default_platforms(),
        settings=RunSettings(
            store=store,
            torch=False,
            probe=ProbeSettings(scenario_seconds=5.0),
            limits=Limits(
                memory_bytes=512 * MIB, processes=128, scratch_bytes=32 * MIB, output_bytes=2 * MIB
            ),
        ),
        sandbox=ProcessSandbox(store / "scratch", shelves=shelves(store)),
        history=history,
        progress=SilentProgress(),
    )


def test_every_example_was_judged(results: tuple[Results, ...]) -> None:
    assert [problem for one in results for problem in one.problems] == []
    assert sum(len(one.cells) for one in results) == 2 * len(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_what_stands_before_breaks_the_rule_and_what_stands_after_does_not(
    results: tuple[Results, ...], rule: str
) -> None:
    assert rule in rules_of(results, rule, "before")
    assert rule not in rules_of(results, rule, "after")


def rules_of(results: tuple[Results, ...], rule: str, which: str) -> set[str]:
    plugin = f"acme_{rule.lower()}_{which}==1.0"
    (cell,) = (cell for one in results for cell in one.cells if cell.cell.plugin == plugin)
    return {finding.rule for finding in findings_of(cell.verdict)}
