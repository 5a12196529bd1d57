"""What else the probe sees: loading, events, the filter, children, platforms, models."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cell import ENGINE, GENERAL, PLATFORM, PROBE, Cell, all_of, named, only

from plugin_matrix.model import Observation
from plugin_matrix.model.observation import Child, FilterCase, Load, ModelSeen, PlatformSeen, Register

EVENTS = {
    "connects": (
        "import socket\ntry: socket.create_connection(('127.0.0.1', 9), timeout=1)\nexcept OSError: pass\n",
        [("network", "127.0.0.1:9")],
    ),
    "writes": ("import os\nopen('out.txt', 'w').close()\n", [("write", "$SCRATCH/out.txt")]),
    "writes outside": (
        (
            "try: open('/nowhere.txt', 'x').close()\nexcept OSError: pass\n"
            "else:\n    import os; os.unlink('/nowhere.txt')\n"
        ),
        [("write", "/nowhere.txt")],
    ),
    "runs": ("import subprocess\nsubprocess.run(['true'])\n", [("process", "['true']")]),
    "forks": ("import os\nos.fork() or os._exit(0)\n", [("process", "fork")]),
    "reads": ("open(__file__).close()\n", []),
    "finds the temporary directory": ("import tempfile\ntempfile.gettempdir()\n", []),
    "imports": ("import asyncio, http.client, sqlite3\n", []),
    "talks to a socket of the file system": (
        "import socket\ntry: socket.socket(socket.AF_UNIX).connect('none.sock')\nexcept OSError: pass\n",
        [],
    ),
}


@pytest.fixture(scope="module")
def importing(tmp_path_factory: pytest.TempPathFactory) -> Observation:
    sources = {name: source + "def register(): pass\n" for name, (source, _) in EVENTS.items()}
    return Cell(tmp_path_factory.mktemp("importing")).observe_all(sources)


@pytest.mark.parametrize(("name", "expected"), [(name, events) for name, (_, events) in EVENTS.items()])
def test_what_importing_does_to_the_world_is_seen_and_ordinary_imports_are_not(
    importing: Observation, name: str, expected: list[tuple[str, str]]
) -> None:
    load = named(importing, Load, name)
    assert [(event.kind, event.detail) for event in load.events][: max(1, len(expected))] == expected
    assert {event.phase for event in load.events} <= {"import"}
    assert all(event.frames[-1].origin in ("plugin", "other") for event in load.events)


LOADS = {
    "no such module": ("acme_absent:register", "ModuleNotFoundError", "acme_absent", None),
    "no such attribute": ("acme:absent", "AttributeError", "acme", "absent"),
    "lacks a vllm module": ("lacks_module:register", "ModuleNotFoundError", "vllm.absent", None),
    "lacks a vllm name": ("lacks_name:register", "ImportError", "vllm.plugins", "absent"),
    "lacks a dependency": ("lacks_dependency:register", "ModuleNotFoundError", "absent_dependency", None),
}


def test_why_loading_failed_is_told_in_parts(cell: Cell) -> None:
    observation = cell.run(
        "",
        points={GENERAL: {name: value for name, (value, *_) in LOADS.items()}},
        modules={
            "lacks_module": "import vllm.absent\n",
            "lacks_name": "from vllm.plugins import absent\n",
            "lacks_dependency": "import absent_dependency\n",
        },
    )[0]
    for name, (_, kind, module, attribute) in LOADS.items():
        load = named(observation, Load, name)
        assert load.raised is not None
        assert (load.raised.type, load.raised.missing_module, load.raised.missing_name) == (
            kind,
            module,
            attribute,
        )
        assert load.missing_modules == (("absent_dependency",) if name == "lacks a dependency" else ())


def test_what_the_value_names_is_described(cell: Cell) -> None:
    source = "def register(): pass\nclass Kind(dict): pass\ndata = {}\n"
    values = {"function": "acme:register", "module": "acme", "class": "acme:Kind", "other": "acme:data"}
    observation = cell.run(source, points={GENERAL: values}, repeat=1)[0]
    seen = {load.name: load.object for load in all_of(observation, Load)}
    assert {name: (found.kind, found.callable, found.mro) for name, found in seen.items() if found} == {
        "function": ("function", True, ()),
        "module": ("module", False, ()),
        "class": ("class", True, ("acme.Kind", "dict", "object")),
        "other": ("other", False, ()),
    }


def test_the_filter_decides_what_is_called_and_even_imported(cell: Cell) -> None:
    observation = cell.observe("def register(): pass\n")
    told = {
        case.case: (case.value, bool(case.named), bool(case.called), case.imported)
        for case in all_of(observation, FilterCase)
    }
    assert told == {
        "unset": (None, True, True, ("acme",)),
        "named": ("acme", True, True, ("acme",)),
        "other": ("plugin-matrix-selects-nothing", False, False, ()),
        "empty": ("", False, False, ()),
        "space": (" acme ", False, False, ()),
        "case": ("ACME", False, False, ()),
    }


def test_what_loads_plugins_for_another_reason_tells_the_filter_case_too(cell: Cell) -> None:
    source = (
        "import os\n"
        "def register():\n"
        "    open('out.txt', 'w').close()\n"
        "    if 'VLLM_PLUGINS' not in os.environ: raise OSError('unset')\n"
    )
    observation = cell.observe(source)
    told = [case.case for case in all_of(observation, FilterCase)]
    assert sorted(told) == ["case", "empty", "named", "other", "space", "unset"]
    unset, alone = (named_case(observation, case) for case in ("unset", "named"))
    assert alone.raised is None
    assert unset.raised is not None
    assert unset.raised.message == "unset"
    # Where something failed, all is told that its cause may be found in.
    assert [(event.kind, event.detail) for event in unset.events] == [("write", "$SCRATCH/out.txt")]
    assert alone.events == ()


def test_what_ends_a_process_that_loads_all_plugins_ended_the_filter_case(cell: Cell) -> None:
    source = "import os\ndef register():\n    if os.environ.get('VLLM_PLUGINS') is None: os._exit(5)\n"
    observation = cell.observe(source)
    unset = named_case(observation, "unset")
    assert (unset.ended.how, unset.ended.code) == ("exit", 5)
    assert (unset.named, all_of(observation, Child)) == ((f"{GENERAL}:acme",), [])


def test_an_entry_point_that_another_runs_is_seen_although_it_was_not_named(cell: Cell) -> None:
    points = {GENERAL: {"one": "acme:one", "two": "acme_two:two"}}
    source = "def one():\n    import acme_two\n    acme_two.two()\n"
    observation = cell.run(source, points=points, modules={"acme_two": "def two(): pass\n"})[0]
    called = {
        case.value: (case.named, set(case.called))
        for case in all_of(observation, FilterCase)
        if case.case == "named"
    }
    one, two = f"{GENERAL}:one", f"{GENERAL}:two"
    assert called == {
        "one,two": ((one, two), {one, two}),
        "one": ((one,), {one, two}),
        "two": ((two,), {two}),
    }


def named_case(observation: Observation, case: str) -> FilterCase:
    return next(seen for seen in all_of(observation, FilterCase) if seen.case == case)


CHILDREN = {
    "same everywhere": ("ModelRegistry.register_model('Acme', 'acme:Acme')", [], []),
    "first process only": (
        (
            "import os\n"
            "    if not os.environ.get('ACME'): ModelRegistry.register_model('Acme', 'acme:Acme')\n"
            "    os.environ['ACME'] = '1'"
        ),
        [],
        ["Acme"],
    ),
    "forgotten after fork": (
        (
            "import os\n"
            "    ModelRegistry.register_model('Acme', 'acme:Acme')\n"
            "    os.register_at_fork(after_in_child=lambda: ModelRegistry.models.pop('Acme', None))"
        ),
        ["Acme"],
        [],
    ),
}


@pytest.mark.parametrize(("body", "fork", "spawn"), CHILDREN.values(), ids=CHILDREN)
def test_a_child_is_compared_with_its_parent(
    cell: Cell, body: str, fork: list[str], spawn: list[str]
) -> None:
    observation = cell.observe(f"from vllm import ModelRegistry\ndef register():\n    {body}\n")
    found = {child.method: child for child in all_of(observation, Child)}
    assert [change.subject for change in found["fork"].changes] == fork
    assert [change.subject for change in found["spawn"].changes] == spawn
    assert (found["fork"].raised, found["spawn"].raised) == (None, None)


FORKS = {
    "fails": ("raise OSError('forked')", ("reported", 0), "forked", {"fork", "spawn"}),
    "exits": ("os._exit(6)", ("exit", 6), None, {"fork"}),
    "is killed": ("os.kill(os.getpid(), 9)", ("signal", 9), None, {"fork"}),
    "hangs": ("time.sleep(60)", ("timeout", 0), None, {"fork"}),
    "leaves": ("sys.exit(7)", ("exit", 7), "7", {"fork"}),
}


@pytest.mark.parametrize(("body", "ended", "raised", "methods"), FORKS.values(), ids=FORKS)
def test_how_a_forked_child_ended_is_told_of_it_alone(
    cell: Cell, body: str, ended: tuple[str, int], raised: str | None, methods: set[str]
) -> None:
    # In what is forked from a process that has called it, the loader calls it again.
    source = (
        "import os, sys, time\n"
        "import vllm.plugins\n"
        "again = []\n"
        "def fork():\n"
        "    vllm.plugins.plugins_loaded = False\n"
        "    again.append(1)\n"
        "def register():\n"
        "    if again:\n"
        f"        {body}\n"
        "    os.register_at_fork(after_in_child=fork)\n"
    )
    observation = cell.observe(source, scenario_seconds=1.0, total_seconds=60)
    found = {child.method: child for child in all_of(observation, Child)}
    assert found.keys() == methods
    assert (found["fork"].ended.how, found["fork"].ended.code) == ended
    assert (found["fork"].raised and found["fork"].raised.message) == raised
    assert named_case(observation, "unset").raised is None


def test_what_keeps_a_worker_from_being_spawned_is_told(cell: Cell) -> None:
    observation = cell.observe("import sys\ndef register():\n    sys.argv[1:] = [lambda: None]\n")
    fork, spawn = all_of(observation, Child)
    assert fork.raised is None
    assert spawn.raised is not None
    # CPython 3.13 says "get" where the others say "pickle".
    assert "local object 'register.<locals>.<lambda>'" in spawn.raised.message


PLATFORMS = """
from vllm.platforms.interface import Platform
class Good(Platform):
    @classmethod
    def get_attn_backend_cls(cls, *arguments, **named): return "acme.Backend"
    @classmethod
    def set_device(cls, device): pass
class Old(Good):
    @classmethod
    def get_attn_backend_cls(cls, selected_backend, head_size, dtype): return "acme.Backend"
class Bare(Platform):
    get_attn_backend_cls = Good.get_attn_backend_cls
class NoBackend(Good):
    @classmethod
    def get_attn_backend_cls(cls, *arguments, **named): return "acme.Absent"
class Backend: pass
class NoPlatform: pass
answers = iter(["acme.Good", None])
"""


def seen_platform(cell: Cell, expression: str) -> PlatformSeen:
    source = f"{PLATFORMS}\ndef platform():\n    return {expression}\n"
    return only(cell.run(source, points={PLATFORM: {"acme": "acme:platform"}})[0], PlatformSeen)


def test_a_good_platform_is_resolved_and_asked_for_its_backend(cell: Cell) -> None:
    seen = seen_platform(cell, "'acme.Good'")
    assert (seen.value, seen.resolved, seen.is_platform) == ("acme.Good", "acme.Good", True)
    assert (seen.attn_backend, seen.attn_backend_raised) == ("acme.Backend", None)
    assert (seen.resolution_raised, seen.class_raised, seen.not_implemented) == (None, None, ())
    assert [call.returned for call in seen.calls] == ["'acme.Good'", "'acme.Good'"]


def test_a_platform_that_is_not_here_leaves_the_engine_its_own(cell: Cell) -> None:
    seen = seen_platform(cell, "None")
    assert (seen.returned_type, seen.value) == ("NoneType", None)
    assert seen.resolved == "vllm.platforms.interface.UnspecifiedPlatform"


def with_selector(directory: Path, source: str) -> Path:
    """Return the small engine with another attention selector."""
    engine = directory / "engine"
    shutil.copytree(ENGINE, engine)
    (engine / "vllm" / "v1" / "attention" / "selector.py").write_text(source)
    return engine


def test_what_the_engine_itself_raises_where_the_probe_uses_it_is_told(cell: Cell, tmp_path: Path) -> None:
    engine = with_selector(tmp_path, "import json\njson.loads('no')\n")
    source = f"{PLATFORMS}\ndef platform():\n    return 'acme.Good'\n"
    points = {PLATFORM: {"acme": "acme:platform"}}
    seen = only(cell.run(source, points=points, engine=engine)[0], PlatformSeen)
    assert (seen.ended.how, seen.ended.code, seen.attn_backend_raised) == ("exit", 70, None)
    assert seen.escaped is not None
    assert seen.escaped.type == "json.decoder.JSONDecodeError"
    assert "engine" in {frame.origin for frame in seen.escaped.frames}
    assert seen.escaped.frames[-1].origin == "other"


def test_a_platform_that_keeps_the_engine_from_its_selector_is_told(cell: Cell, tmp_path: Path) -> None:
    asks = "from vllm.platforms import current_platform\ncurrent_platform.set_device(0)\n"
    engine = with_selector(tmp_path, asks)
    source = f"{PLATFORMS}\ndef platform():\n    return 'acme.Raises'\n"
    source += (
        "class Raises(Good):\n    @classmethod\n    def set_device(cls, device): raise ValueError(device)\n"
    )
    points = {PLATFORM: {"acme": "acme:platform"}}
    seen = only(cell.run(source, points=points, engine=engine)[0], PlatformSeen)
    assert (seen.ended.how, seen.escaped) == ("reported", None)
    assert seen.attn_backend_raised is not None
    assert seen.attn_backend_raised.type == "ValueError"


def test_a_backend_call_of_an_older_release_is_told(cell: Cell) -> None:
    seen = seen_platform(cell, "'acme.Old'")
    assert seen.attn_backend_raised is not None
    assert seen.attn_backend_raised.type == "TypeError"


def test_a_backend_that_cannot_be_imported_is_told(cell: Cell) -> None:
    seen = seen_platform(cell, "'acme.NoBackend'")
    assert seen.attn_backend == "acme.Absent"
    assert seen.attn_backend_raised is not None
    assert seen.attn_backend_raised.missing_name == "Absent"


def test_members_left_to_a_base_that_refuses_are_told(cell: Cell) -> None:
    assert seen_platform(cell, "'acme.Bare'").not_implemented == ("set_device",)


@pytest.mark.parametrize(
    ("expression", "returned_type", "class_raised", "is_platform"),
    [
        ("''", "str", None, None),
        ("Good", "type", None, None),
        ("'acme.Absent'", "str", "AttributeError", None),
        ("'absent.Platform'", "str", "ModuleNotFoundError", None),
        ("'acme.NoPlatform'", "str", None, False),
    ],
)
def test_a_wrong_value_is_told_and_goes_no_further(
    cell: Cell, expression: str, returned_type: str, class_raised: str | None, *, is_platform: bool | None
) -> None:
    seen = seen_platform(cell, expression)
    assert (seen.returned_type, seen.is_platform) == (returned_type, is_platform)
    assert (seen.class_raised.type if seen.class_raised else None) == class_raised
    assert (seen.attn_backend, seen.not_implemented) == (None, ())


def test_answers_that_differ_are_both_kept(cell: Cell) -> None:
    assert [call.returned for call in seen_platform(cell, "next(answers)").calls] == ["'acme.Good'", "None"]


def test_models_are_told_with_what_they_replace_and_whether_they_load(cell: Cell) -> None:
    observation = cell.observe("""
from vllm import ModelRegistry
class Acme: pass
def register():
    ModelRegistry.register_model("Lazy", "acme:Acme")
    ModelRegistry.register_model("Class", Acme)
    ModelRegistry.register_model("Wrong", "acme:Absent")
    ModelRegistry.register_model("NeedsMore", "acme_absent:Acme")
    ModelRegistry.register_model("BuiltinForCausalLM", "acme:Acme")
""")
    seen = {
        model.architecture: (
            model.target,
            model.lazy,
            model.overrides,
            model.resolve_raised and model.resolve_raised.type,
        )
        for model in all_of(observation, ModelSeen)
    }
    builtin = "vllm.model_executor.models.builtin:Builtin"
    assert seen == {
        "Lazy": ("acme:Acme", True, None, None),
        "Class": ("acme:Acme", False, None, None),
        "Wrong": ("acme:Absent", True, None, "AttributeError"),
        "NeedsMore": ("acme_absent:Acme", True, None, None),
        "BuiltinForCausalLM": ("acme:Acme", True, builtin, None),
    }


def test_whether_a_model_pools_is_asked_of_its_class_and_not_of_the_registry(cell: Cell) -> None:
    observation = cell.observe(
        """
from vllm import ModelRegistry
class Generates:
    def compute_logits(self): pass
class Pools:
    pooler = None
class Neither: pass
def register():
    for name in ("Generates", "Pools", "Neither"):
        ModelRegistry.register_model(name, f"acme:{name}")
""",
        repeat=1,
        torch=True,
    )
    assert {
        model.architecture: (model.text_generation, model.pooling) for model in all_of(observation, ModelSeen)
    } == {"Generates": (True, False), "Pools": (False, True), "Neither": (False, False)}


def test_what_another_plugin_raises_is_not_in_a_file_of_the_plugins(cell: Cell) -> None:
    observation, _ = cell.run(
        "def register(): pass\n", companion="def register(): raise RuntimeError('beside')\n", repeat=1
    )
    assert only(observation, Register).loader_raised is None
    for child in all_of(observation, Child):
        assert child.raised is not None
        assert [(frame.file, frame.origin) for frame in child.raised.frames] == [
            ("vllm/plugins/__init__.py", "engine"),
            ("beside.py", "other"),
        ]


def test_an_engine_that_cannot_be_imported_is_told(cell: Cell, tmp_path: Path) -> None:
    engine = tmp_path / "engine"
    (engine / "vllm").mkdir(parents=True)
    (engine / "vllm/__init__.py").write_text("import absent_dependency\n")
    observation = cell.run("def register(): pass\n", engine=engine)[0]
    assert observation.engine_raised is not None
    assert observation.engine_raised.missing_module == "absent_dependency"
    assert observation.scenarios == ()


def test_the_plugin_finds_nothing_of_the_probe(cell: Cell) -> None:
    register = only(
        cell.observe("""
import importlib.util, sys
NAMES = ("probe", "model", "report", "driver", "plan", "text", "bootstrap")
def register():
    return [name for name in NAMES if importlib.util.find_spec(name)] + sys.argv + [sys.path[0][-5:]]
"""),
        Register,
    )
    assert register.calls[0].returned == "['vllm', 'layer']"


def test_only_the_standard_library_is_imported_before_the_engine() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import bootstrap; bootstrap.install();"
        "import plugin_matrix_probe.driver, plugin_matrix_probe.scenario;"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, str(PROBE)], capture_output=True, text=True, check=True
    )
    own = {"plugin_matrix_probe", "bootstrap", "__main__", "__mp_main__"}
    assert set(done.stdout.split()) - own <= set(sys.stdlib_module_names)
    assert ENGINE.exists()


def test_classes_that_answer_no_question_are_no_trouble_of_the_probe(cell: Cell) -> None:
    observation = cell.observe(
        "import vllm\n"
        "class Refusing(type):\n"
        "    def __getattribute__(cls, name):\n"
        "        if name.startswith('_'):\n"
        "            return super().__getattribute__(name)\n"
        "        raise ImportError('torchvision is not here')\n"
        "class Absent(metaclass=Refusing):\n"
        "    __module__ = 'json'\n"
        "def register():\n"
        "    vllm.Absent = Absent\n"
    )
    assert len(only(observation, Register).calls) == 3
