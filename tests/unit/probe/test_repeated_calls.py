"""What further calls of a general plugin leave behind."""

import pytest
from cell import Cell, all_of, named

from plugin_matrix.model import Observation
from plugin_matrix.model.observation import Concurrent, Register

HARMLESS = {
    "registers the same model again": """
from vllm import ModelRegistry
def register():
    ModelRegistry.register_model("AcmeForCausalLM", "acme.model:Acme")
""",
    "registers a class made anew": """
from vllm import ModelRegistry
def register():
    class Acme: pass
    ModelRegistry.register_model("AcmeForCausalLM", Acme)
""",
    "replaces its own handler": """
import logging, threading
LOCK = threading.Lock()
def register():
    logger = logging.getLogger("acme")
    with LOCK:
        for handler in list(logger.handlers):
            logger.removeHandler(handler)
        logger.addHandler(logging.NullHandler())
""",
    "patches once": """
import vllm.plugins
def register():
    original = vllm.plugins.load_plugins_by_group
    if getattr(original, "acme", False):
        return
    def load(group): return original(group)
    load.acme = True
    vllm.plugins.load_plugins_by_group = load
""",
    "patches anew over the kept original": """
import vllm.plugins
original = vllm.plugins.load_plugins_by_group
def register():
    def load(group): return original(group)
    vllm.plugins.load_plugins_by_group = load
""",
    "starts a thread that ends": """
import threading
def register():
    threading.Thread(target=lambda: None).start()
""",
    "opens and forgets a file": """
def register():
    globals()["read"] = open(__file__).read()
""",
    "sets the same variable": """
import os
def register():
    os.environ["ACME"] = "1"
""",
    "sets the same warning filter": """
import warnings
def register():
    warnings.filterwarnings("ignore", message="acme")
""",
    "sets the same signal handler": """
import signal
def handle(*_): pass
def register():
    signal.signal(signal.SIGUSR1, handle)
""",
    "caches in vllm's own module what vllm defines": """
import vllm.platforms
def register():
    vllm.platforms.Acme = vllm.platforms.load_plugins_by_group
""",
}

LEAVES = {
    "registry": """
from vllm import ModelRegistry
def register():
    ModelRegistry.register_model(f"Acme{len(ModelRegistry.models)}", "acme.model:Acme")
""",
    "handlers": """
import logging
def register():
    logging.getLogger("acme").addHandler(logging.NullHandler())
""",
    "atexit": """
import atexit
def register():
    atexit.register(print)
""",
    "env": """
import os
def register():
    os.environ["ACME"] = os.environ.get("ACME", "") + "x"
""",
    "sys_path": """
import sys
def register():
    sys.path.append("/nowhere")
""",
    "cwd": """
import os
def register():
    os.makedirs("down", exist_ok=True)
    os.chdir("down")
""",
    "threads": """
import threading
def register():
    threading.Thread(target=threading.Event().wait, daemon=True).start()
""",
    "files": """
kept = []
def register():
    kept.append(open(__file__))
""",
    "warnings_filters": """
import warnings
def register():
    warnings.filters.insert(0, ("ignore", None, Warning, None, 0))
""",
    "signals": """
import signal
def register():
    before = signal.getsignal(signal.SIGUSR1)
    def handle(*arguments):
        before(*arguments) if callable(before) else None
    signal.signal(signal.SIGUSR1, handle)
""",
}

NESTS = {
    "a closure": """
import vllm.plugins
def register():
    original = vllm.plugins.load_general_plugins
    def load(): return original()
    vllm.plugins.load_general_plugins = load
""",
    "functools.wraps": """
import functools, vllm.plugins
def register():
    original = vllm.plugins.load_general_plugins
    @functools.wraps(original)
    def load(): return original()
    vllm.plugins.load_general_plugins = load
""",
    "functools.partial": """
import functools, vllm.plugins
def register():
    vllm.plugins.load_general_plugins = functools.partial(vllm.plugins.load_general_plugins)
""",
    "a default": """
import vllm.plugins
def register():
    def load(original=vllm.plugins.load_general_plugins): return original()
    vllm.plugins.load_general_plugins = load
""",
    "an attribute": """
import vllm.plugins
def register():
    def load(): return load.original()
    load.original = vllm.plugins.load_general_plugins
    vllm.plugins.load_general_plugins = load
""",
    "an object": """
import vllm.plugins
class Load:
    def __init__(self, original): self.original = original
    def __call__(self): return self.original()
def register():
    vllm.plugins.load_general_plugins = Load(vllm.plugins.load_general_plugins)
""",
    "a method": """
from vllm.platforms.interface import Platform
def register():
    original = Platform.set_device
    Platform.set_device = classmethod(lambda cls, device: original(device))
""",
    "a method of an instance": """
from vllm import ModelRegistry
def register():
    original = ModelRegistry.register_model
    ModelRegistry.register_model = lambda *arguments: original(*arguments)
""",
    "a subclass": """
import vllm.platforms.interface as interface
def register():
    class Platform(interface.Platform): pass
    interface.Platform = Platform
""",
    "a function of a module that vllm had not imported": """
def register():
    import vllm.v1.attention.selector as selector
    original = selector.get_attn_backend
    selector.get_attn_backend = lambda *arguments: original(*arguments)
""",
}


MIXED = {
    "wraps in itself": """
import vllm.plugins
def register():
    global original
    original = vllm.plugins.load_general_plugins
    def load(): return original()
    vllm.plugins.load_general_plugins = load
""",
    "raises the second time": """
calls = []
def register():
    calls.append(1)
    if len(calls) > 1:
        raise RuntimeError("once only")
""",
    "raises": """
def register():
    raise ValueError('no')
""",
    "looks and acts": """
import logging, time
def register():
    logger = logging.getLogger('acme')
    if not logger.handlers:
        time.sleep(0.05)
        logger.addHandler(logging.NullHandler())
""",
    "is locked": """
import logging, threading, time
lock = threading.Lock()
def register():
    with lock:
        logger = logging.getLogger('acme')
        if not logger.handlers:
            time.sleep(0.01)
            logger.addHandler(logging.NullHandler())
""",
    "is named after the process": """
import os
from vllm import ModelRegistry
def register():
    ModelRegistry.register_model(f'Acme{os.getpid()}', 'acme:Acme')
""",
    "leaves none but two threads": """
import threading
start, started = threading.Thread.start, []
def refuse(thread):
    started.append(thread)
    if len(started) > 2:
        raise RuntimeError("can't start new thread")
    start(thread)
threading.Thread.start = refuse
def register():
    pass
""",
    "bears one call at a time": """
import time
running = []
def register():
    running.append(1)
    time.sleep(0.05)
    if len(running) > 1:
        raise RuntimeError("two at once")
    running.pop()
""",
}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Observation:
    return Cell(tmp_path_factory.mktemp("mixed")).observe_all(MIXED)


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> Observation:
    return Cell(tmp_path_factory.mktemp("harmless")).observe_all(HARMLESS)


@pytest.fixture(scope="module")
def leaving(tmp_path_factory: pytest.TempPathFactory) -> Observation:
    return Cell(tmp_path_factory.mktemp("leaving")).observe_all(LEAVES)


@pytest.fixture(scope="module")
def nesting(tmp_path_factory: pytest.TempPathFactory) -> Observation:
    return Cell(tmp_path_factory.mktemp("nesting")).observe_all(NESTS)


@pytest.mark.parametrize("name", HARMLESS)
def test_nothing_is_seen_of_a_plugin_that_may_be_repeated(harmless: Observation, name: str) -> None:
    register = named(harmless, Register, name)
    assert [call.index for call in register.calls] == [1, 2, 3]
    assert [call.raised for call in register.calls] == [None] * 3
    assert [call.changes for call in register.calls[1:]] == [(), ()]
    concurrent = named(harmless, Concurrent, name)
    assert (concurrent.raised, concurrent.changes) == ((), ())


@pytest.mark.parametrize("kind", LEAVES)
def test_what_a_further_call_leaves_behind_is_seen_as_its_kind_and_nothing_else(
    leaving: Observation, kind: str
) -> None:
    register = named(leaving, Register, kind)
    assert [{change.kind for change in call.changes} for call in register.calls[1:]] == [{kind}, {kind}]


def test_a_plugin_that_cannot_be_repeated_is_not_called_at_once(leaving: Observation) -> None:
    assert all_of(leaving, Concurrent) == []


@pytest.mark.parametrize("name", NESTS)
def test_every_way_to_wrap_again_is_seen_to_be_deeper(nesting: Observation, name: str) -> None:
    depths = []
    for call in named(nesting, Register, name).calls:
        (change,) = call.changes
        assert change.kind == "patches"
        assert change.after is not None
        depths.append(int(change.after.rpartition("depth=")[2]))
    assert depths == [1, 2, 3]


@pytest.mark.parametrize(
    ("name", "kinds"),
    [("looks and acts", {"handlers"}), ("is locked", set()), ("is named after the process", set())],
)
def test_calls_at_once_are_compared_with_one_call(mixed: Observation, name: str, kinds: set[str]) -> None:
    concurrent = named(mixed, Concurrent, name)
    assert {change.kind for change in concurrent.changes} == kinds


def test_what_only_calls_at_once_raise_is_kept(mixed: Observation) -> None:
    concurrent = named(mixed, Concurrent, "bears one call at a time")
    assert {raised.message for raised in concurrent.raised} == {"two at once"}


def test_threads_that_cannot_be_started_are_no_failure_of_the_probe(mixed: Observation) -> None:
    concurrent = named(mixed, Concurrent, "leaves none but two threads")
    assert concurrent.ended.how == "reported"
    assert [raised.message for raised in concurrent.raised] == ["can't start new thread"]


def test_a_wrapper_that_ends_in_itself_is_seen_to_be_deeper(mixed: Observation) -> None:
    first, *further = named(mixed, Register, "wraps in itself").calls
    assert [[change.after for change in call.changes] for call in (first, *further)] == [
        ["acme_0.register.<locals>.load depth=1"],
        *[["acme_0.register.<locals>.load depth=2"]] * 2,
    ]


def test_calls_end_with_the_one_that_raises(mixed: Observation) -> None:
    register = named(mixed, Register, "raises the second time")
    assert [(call.index, call.raised and call.raised.message) for call in register.calls] == [
        (1, None),
        (2, "once only"),
    ]


def test_what_the_function_raised_is_told_apart_from_what_the_loader_raised(mixed: Observation) -> None:
    register = named(mixed, Register, "raises")
    (call,) = register.calls
    assert call.raised is not None
    assert (call.raised.type, call.raised.message) == ("ValueError", "no")
    assert [(frame.file, frame.line, frame.origin) for frame in call.raised.frames] == [
        ("acme_2.py", 3, "plugin")
    ]
    assert register.loader_raised is not None
    assert [frame.origin for frame in register.loader_raised.frames] == ["engine", "plugin"]
