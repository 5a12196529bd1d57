"""What metadata must lead to which findings, on all releases at once."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import msgspec

from plugin_matrix.model import EntryPoint, Plugin
from plugin_matrix.plugins.readable import ReadablePlugin

ACME = {"acme/__init__.py": b"def register(): ...\nplatform = Processor = register\n"}
REGISTER = b"def register():\n    pass\n"
GENERAL = EntryPoint("vllm.general_plugins", "acme", "acme:register")
PLATFORM = EntryPoint("vllm.platform_plugins", "acme", "acme:platform")
LOGITS = EntryPoint("vllm.logits_processors", "acme", "acme:Processor")
STATED = "vllm>=0.20,<=0.33"

Expected = tuple[str, str, str, str]
"""Rule, level, subject, and the releases as `ReleaseAxis.text` writes them."""


class Row(msgspec.Struct, frozen=True):
    """A plugin's metadata and files, and what is to be said of them."""

    name: str
    points: tuple[EntryPoint, ...] = (GENERAL,)
    requires: tuple[str, ...] = (STATED,)
    python: str | None = ">=3.10"
    tags: tuple[str, ...] = ("py3-none-any",)
    files: Mapping[str, bytes] = MappingProxyType(ACME)
    distribution: str = "acme"
    broken: str = ""
    """Specifier of the releases on which the source breaks; empty for none."""
    expected: tuple[Expected, ...] = ()

    @property
    def read(self) -> ReadablePlugin:
        """The plugin as a check reads it."""
        plugin = Plugin(
            name=self.distribution,
            version="1.0",
            entry_points=self.points,
            requires_dist=self.requires,
            requires_python=self.python,
            wheel_tags=self.tags,
            source="acme",
            sha256="00",
        )
        return ReadablePlugin(plugin=plugin, files=self.files, shipped=frozenset(self.files))


def point(name: str = "acme", value: str = "acme:register", group: str = GENERAL.group) -> EntryPoint:
    return EntryPoint(group, name, value)


def _requires(name: str, lines: Iterable[str], *expected: Expected, broken: str = "") -> Row:
    return Row(name, requires=tuple(lines), broken=broken, expected=expected)


def _shipped(name: str, value: str, files: Iterable[str], *expected: Expected, **more: object) -> Row:
    contents = dict.fromkeys(files, REGISTER)
    return Row(name, points=(point(value=value),), files=contents, expected=expected, **more)  # type: ignore[arg-type]


ALL = ">=0.5.5"
MISSING = ("PM105", "advice", "acme", ALL)
NOT_SHIPPED = ("PM602", "error", "vllm.general_plugins:acme", ALL)
MAY_COME = ("PM602", "warning", "vllm.general_plugins:acme", ALL)
INSIDE = ("PM109", "warning", "vllm.general_plugins:acme", ALL)

REQUIREMENTS = [
    _requires("a range that is sound and ends with the newest release", [STATED]),
    _requires("an open range that is sound", ["vllm>=0.20"]),
    _requires("no requirement", [], MISSING),
    _requires("no version", ["vllm"], MISSING),
    _requires("another distribution alone", ["vllm-other>=0.20"], MISSING),
    _requires("a URL", ["vllm @ https://example.com/vllm.whl"], MISSING),
    _requires("a requirement under an extra is one", ["vllm>=0.20; extra == 'vllm'"]),
    _requires("a line that is no requirement is none", ["this is none"], MISSING),
    _requires("contradictory", ["vllm>=0.20,<0.19"], ("PM103", "error", "acme", ALL)),
    _requires("contradictory lines", ["vllm>=0.20", "vllm<0.19"], ("PM103", "error", "acme", ALL)),
    _requires("alternatives by Python are no contradiction", [
        "vllm>=0.20; python_version >= '3.11'", "vllm<0.20,>=0.19; python_version < '3.11'",
    ]),
    _requires("too wide above", ["vllm>=0.20"], ("PM106", "warning", "acme", ">=0.30.0"), broken=">=0.30"),
    _requires("too wide below", ["vllm>=0.20"], ("PM106", "warning", "acme", "0.20.0-0.20.2"),
              broken="<0.21"),
    _requires("broken outside alone", ["vllm>=0.20"], broken="<0.20"),
    _requires("broken within an extra's range", ["vllm>=0.20; extra == 'gpu'"],
              ("PM106", "warning", "acme", "0.33.0"), broken="==0.33.0"),
    _requires("wholly broken", ["vllm>=0.32"], ("PM106", "warning", "acme", ">=0.32.0"), broken=">=0.32"),
    _requires("broken on every release, which no range mends", ["vllm>=0.20"], broken=">=0"),
    _requires("too wide is not too narrow too", ["vllm>=0.20,<0.30"], ("PM106", "warning", "acme", "0.21.0"),
              broken="==0.21.0"),
    _requires("too narrow", ["vllm==0.30.0"], ("PM107", "advice", "acme", ">=0.31.0")),
    _requires("too narrow up to where it breaks", ["vllm>=0.20,<0.21"],
              ("PM107", "advice", "acme", "0.21.0-0.29.0"), broken=">=0.30"),
    _requires("excluded releases inside are the author's business", ["vllm>=0.20,!=0.25.0"]),
    _requires("what follows the range at once breaks", ["vllm>=0.20,<0.30"], broken="==0.30.0"),
    _requires("not released yet", ["vllm>=0.99"]),
    _requires("a local pin", ["vllm==0.33.0+cpu"], ("PM108", "warning", "acme", ALL)),
    _requires("an arbitrary local pin", ["vllm===0.33.0+cpu"], ("PM108", "warning", "acme", ALL)),
    _requires("a local pin that is too narrow", ["vllm==0.31.0+cpu"], ("PM108", "warning", "acme", ALL),
              ("PM107", "advice", "acme", ">=0.32.0")),
    _requires("a local pin under an extra", ["vllm==0.33.0+cpu; extra == 'cpu'"]),
    _requires("a public pin", ["vllm==0.33.0"]),
]  # fmt: skip

NAMES = [
    Row("an unknown group", points=(point(group="vllm.general_plugin"),),
        expected=(("PM101", "error", "vllm.general_plugin:acme", "all"),)),
    Row("an unknown group beside a known one", points=(GENERAL, point(group="vllm.plugins")),
        expected=(("PM101", "error", "vllm.plugins:acme", ALL),)),
    Row("a declared release does not read a group yet", points=(GENERAL, LOGITS), requires=("vllm>=0.10",),
        expected=(("PM102", "advice", "vllm.logits_processors:acme", "0.10.0"),)),
    Row("releases that are not declared do not read a group yet", points=(GENERAL, LOGITS)),
    Row("nothing is declared, so no release is promised", points=(GENERAL, LOGITS), requires=(),
        expected=(MISSING,)),
    Row("a comma", points=(point("acme,more"),),
        expected=(("PM104", "warning", "vllm.general_plugins:acme,more", ALL),)),
    Row("a comma where nothing is filtered", points=(point("a,b", group=LOGITS.group),)),
    Row("a platform of vLLM's", points=(point("cuda", "acme:platform", PLATFORM.group),),
        expected=(("PM615", "warning", "vllm.platform_plugins:cuda", ">=0.7.0"),)),
    Row("a platform that left", points=(point("neuron", "acme:platform", PLATFORM.group),),
        expected=(("PM615", "warning", "vllm.platform_plugins:neuron", "0.7.0-0.10.1.1"),)),
    Row("a general plugin called like a platform", points=(point("cuda"),)),
    Row("a plugin of vLLM's", points=(point("lora_hf_hub_resolver"),),
        expected=(("PM615", "warning", "vllm.general_plugins:lora_hf_hub_resolver", ">=0.16.0"),)),
    Row("a published plugin's name", points=(point("spyre", "acme:platform", PLATFORM.group),),
        expected=(("PM111", "advice", "vllm.platform_plugins:spyre", ">=0.7.0"),)),
    Row("a published plugin's name in another group", points=(point("spyre"),)),
    Row("a name of one's own that is published", distribution="FLASH_head", points=(point("flash_head"),)),
]  # fmt: skip

TARGETS = [
    _shipped("a package", "acme:register", ["acme/__init__.py"]),
    _shipped("a module", "acme:register", ["acme.py"]),
    _shipped("a submodule", "acme.plugin:register", ["acme/__init__.py", "acme/plugin.py"]),
    _shipped("a namespace package's module", "acme.plugin:register", ["acme/plugin.py"]),
    _shipped("a namespace package, whose attribute nobody can tell", "acme:plugin", ["acme/plugin.py"]),
    _shipped("compiled", "acme.core:register", ["acme/core.cpython-311-x86_64-linux-gnu.so"]),
    _shipped("compiled when it is built", "acme.core:register", ["acme/core.pyx"]),
    _shipped("compiled for the stable ABI", "acme.core:register", ["acme/core.abi3.so"]),
    _shipped("white space and an extra", " acme : register [gpu]", ["acme/__init__.py"]),
    _shipped("a module alone", "acme.plugin", ["acme/plugin.py"]),
    _shipped("not shipped", "acme.gone:register", ["acme/__init__.py"], NOT_SHIPPED),
    _shipped("another's module", "vllm_acme:register", ["acme/__init__.py"], NOT_SHIPPED),
    _shipped("a module like a directory's prefix", "acm:register", ["acme/__init__.py"], NOT_SHIPPED),
    _shipped("only stubs and data", "acme:register", ["acme.dist-info/acme.py.txt"], NOT_SHIPPED),
    _shipped("a path file brings other directories", "elsewhere:register", ["acme.pth"]),
    _shipped("a requirement of that name may bring it", "vllm_acme:register", ["x.py"], MAY_COME,
             requires=(STATED, "vllm-acme>=2")),
    _shipped("a requirement of the family may bring it", "acme_plugin:register", ["x.py"], MAY_COME,
             requires=(STATED, "vllm-acme-core>=2")),
    _shipped("a requirement of another family may not", "vllm_acme:register", ["x.py"], NOT_SHIPPED,
             requires=(STATED, "vllm-other-plugin>=2")),
    _shipped("what an extra brings is not there", "vllm_acme:register", ["x.py"], NOT_SHIPPED,
             requires=(STATED, "vllm-acme; extra == 'all'")),
    _shipped("no such object", "acme:gone", ["acme/__init__.py"], NOT_SHIPPED),
    _shipped("an attribute of an object", "acme:register.inner", ["acme/__init__.py"]),
    _shipped("inside vLLM, shipped", "vllm.acme:register", ["vllm/acme.py"], INSIDE,
             ("PM110", "warning", "acme", ALL)),
    _shipped("vLLM's own module", "vllm.envs:register", ["acme.py"], INSIDE),
    _shipped("nobody's module in vLLM", "vllm.acme:register", ["acme.py"], NOT_SHIPPED),
    _shipped("a module that some releases have", "vllm.inputs.data:register", ["acme.py"],
             ("PM109", "warning", "vllm.general_plugins:acme", "0.5.5-0.18.1"),
             ("PM602", "error", "vllm.general_plugins:acme", ">=0.19.0")),
    _shipped("files inside vLLM that are new", "acme:register", ["acme.py", "vllm/contrib/acme.py"],
             ("PM110", "warning", "acme", ALL)),
    _shipped("files of vLLM's replaced", "acme:register", ["acme.py", "vllm/inputs/data.py"],
             ("PM110", "error", "acme", "0.5.5-0.18.1"), requires=("vllm>=0.19",)),
    _shipped("a package that begins like vLLM's", "vllm_acme:register", ["vllm_acme/__init__.py"]),
]  # fmt: skip

BINDINGS = [
    Row(
        f"bound {name}", files={"acme/__init__.py": source.encode()}, expected=() if bound else (NOT_SHIPPED,)
    )
    for name, source, bound in [
        ("by a function", "def register(): ...", True),
        ("by a class", "class register: ...", True),
        ("by an assignment", "register = None", True),
        ("by an annotated assignment", "register: object = None", True),
        ("by an import", "from x import register", True),
        ("by an import under another name", "from x import y as register", True),
        ("by a star", "from x import *", True),
        ("under a condition", "if x:\n    def register(): ...", True),
        ("by __getattr__", "def __getattr__(name): ...", True),
        ("by globals", "globals()['reg' + 'ister'] = 1", True),
        ("by a walrus", "print(register := 1)", True),
        ("not at all", "def other(): ...", False),
        ("only as a name that is read", "print(register)", False),
        ("under another name", "from x import register as y", False),
        ("in a file that does not parse", "def register(:", True),
        ("in an empty file", "", False),
    ]
]

PYTHONS = [
    Row("every Python", python=None),
    Row("newer than an engine's range", python=">=3.13",
        expected=(("PM112", "error", "acme", "0.8.4-0.10.1.1"),)),
    Row("newer than an engine's range, which is declared", python=">=3.13", requires=("vllm>=0.10.0",),
        expected=(("PM112", "error", "acme", "0.8.4-0.10.1.1"),
                  ("PM106", "warning", "acme", "0.10.0-0.10.1.1"))),
    Row("older than an engine's range", python="<3.10",
        expected=(("PM112", "error", "acme", ">=0.11.1"), ("PM106", "warning", "acme", ">=0.20.0"))),
    Row("one patch release", python="==3.12.10"),
    Row("no specifier at all", python="whatever"),
    Row("a wheel for one Python", tags=("cp312-cp312-manylinux_2_28_x86_64",)),
    Row("a wheel for a Python the engine has left", tags=("cp39-cp39-manylinux_2_28_x86_64",), python=None,
        expected=(("PM113", "warning", "acme", ">=0.11.1"),)),
    Row("a wheel for the stable ABI", tags=("cp39-abi3-manylinux_2_28_x86_64",)),
    Row("a wheel for one of several Pythons", tags=("cp39-cp39-linux_x86_64", "cp312-cp312-linux_x86_64")),
    Row("a wheel for Macs", tags=("cp312-cp312-macosx_11_0_arm64",)),
    Row("a wheel for Windows", tags=("cp312-cp312-win_amd64",),
        expected=(("PM113", "warning", "acme", ALL),)),
    Row("a pure wheel for a newer Python", tags=("py313-none-any",), python=None,
        expected=(("PM113", "warning", "acme", "0.8.4-0.10.1.1"),)),
    Row("Requires-Python says it already", tags=("py313-none-any",), python=">=3.13",
        expected=(("PM112", "error", "acme", "0.8.4-0.10.1.1"),)),
    Row("both Pythons", tags=("py2.py3-none-any",)),
    Row("tags nobody knows", tags=()),
]  # fmt: skip

ROWS = [*REQUIREMENTS, *NAMES, *TARGETS, *BINDINGS, *PYTHONS]
