"""What a plugin's source asks of vLLM, as data: code units, the uses in them, and when each is reached.

Nothing here is resolved against a release. Reading a plugin costs one pass over its source, whatever
the number of releases; `plugin_matrix.rules` holds the result against the surface index.
"""

from enum import StrEnum

import msgspec

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.model.signature import Shape, Signature

# ---------------------------------------------------------------- guards


class Always(msgspec.Struct, frozen=True, cache_hash=True, tag="always"):
    """Holds on every release."""


class Unknown(msgspec.Struct, frozen=True, cache_hash=True, tag="unknown"):
    """Cannot be told from the source: what a variable is set to, a platform test, a loop that may not run."""

    text: str = ""


class OnRelease(msgspec.Struct, frozen=True, cache_hash=True, tag="release"):
    """A comparison of vLLM's version: `Version(vllm.__version__) >= Version("0.11.0")` is `>=`, `0.11.0`."""

    operator: str
    """One of `<`, `<=`, `==`, `!=`, `>=`, `>`, or `specifier` with a PEP 440 specifier set as `version`."""
    version: str


class Exists(msgspec.Struct, frozen=True, cache_hash=True, tag="exists"):
    """The path can be imported or reached: `hasattr`, `find_spec`, an import in a `try` that succeeded."""

    path: AccessPath


class HasArchitecture(msgspec.Struct, frozen=True, cache_hash=True, tag="architecture"):
    """The model registry lists the architecture: vLLM brings it, or the plugin itself was here before."""

    name: str


class IsSet(msgspec.Struct, frozen=True, cache_hash=True, tag="set"):
    """The environment variable is set, which by default it is not."""

    variable: str


class Not(msgspec.Struct, frozen=True, cache_hash=True, tag="not"):
    """Holds where `guard` does not."""

    guard: "Guard"


class All(msgspec.Struct, frozen=True, cache_hash=True, tag="all"):
    """Holds where every one of `guards` does."""

    guards: tuple["Guard", ...]


class AnyOf(msgspec.Struct, frozen=True, cache_hash=True, tag="any"):
    """Holds where one of `guards` does."""

    guards: tuple["Guard", ...]


Guard = Always | Unknown | OnRelease | Exists | HasArchitecture | IsSet | Not | All | AnyOf

# ---------------------------------------------------------------- places and units


class Place(msgspec.Struct, frozen=True):
    """Where something stands; `file` is relative to the plugin's layer, `line` starts at 1."""

    file: str
    line: int


class UnitKind(StrEnum):
    """What runs a unit's statements."""

    MODULE = "module"
    """The first import of the module (class bodies and decorators included)."""
    FUNCTION = "function"
    """A call."""


class Unit(msgspec.Struct, frozen=True):
    """A body of statements that is run as a whole: a module or a function (methods and nested ones too)."""

    id: str
    """`pkg.mod` for modules, `pkg.mod:Class.method` or `pkg.mod:outer.<locals>.inner` for functions."""
    kind: UnitKind
    place: Place
    signature: Signature | None = None
    """Of functions."""
    owner: str | None = None
    """Id of the plugin class whose method it is, `pkg.mod:Class`."""


class Edge(msgspec.Struct, frozen=True):
    """Running `source` runs `target`: an import, a call or the construction of a plugin's class.

    Only edges whose target is certain from the source stand here; a method called through an unknown
    object has none.
    """

    source: str
    target: str
    guard: Guard
    caught: frozenset[str] = frozenset()
    """Exception classes that a handler around it catches: `ImportError`, `Exception`, `BaseException`."""


class Part(msgspec.Struct, frozen=True):
    """What a function does under tests of its parameters that the arguments of some calls decide.

    The edges to it come from the calls; the function itself has none.
    """

    id: str
    unit: str
    """Id of the function."""
    guard: Guard
    """Where the tests hold for a call of which nothing is known."""
    by_default: Guard
    """Where they hold for a call without arguments."""


# ---------------------------------------------------------------- uses


class _Use(msgspec.Struct, frozen=True, kw_only=True):
    unit: str
    """Id of the unit whose statements hold the use."""
    part: str = ""
    """Id of the part of the unit in which it stands; empty where it is in none."""
    place: Place
    guard: Guard = Always()
    """When the use is reached, once its unit runs."""
    caught: frozenset[str] = frozenset()
    """Exception classes that handlers around the use within the unit catch without raising again."""
    fallback: bool = False
    """A handler for the failure provides something in its place (binds the same name, imports another)."""

    @property
    def node(self) -> str:
        """What has to be run: the unit, or the part of it."""
        return self.part or self.unit


class Import(_Use, frozen=True, kw_only=True, tag="import"):
    """`import module` (name is None) or `from module import name` of something in vLLM; `*` for all names."""

    module: str
    name: str | None = None


class Attribute(_Use, frozen=True, kw_only=True, tag="attribute"):
    """An attribute is read at the end of `path`, the longest chain that is written there."""

    path: AccessPath


class Call(_Use, frozen=True, kw_only=True, tag="call"):
    """`path` is called; for classes that is the constructor."""

    path: AccessPath
    shape: Shape


class SuperCall(_Use, frozen=True, kw_only=True, tag="super"):
    """`super().method(...)` in a method of the plugin class `owner`."""

    owner: str
    method: str
    shape: Shape | None
    """None when the attribute is read and not called."""


class OwnAttribute(_Use, frozen=True, kw_only=True, tag="own"):
    """`self.name` or `cls.name` in a method of plugin class `owner`, which no class of the plugin defines."""

    owner: str
    name: str
    shape: Shape | None = None
    """When it is called at once."""


class Patch(_Use, frozen=True, kw_only=True, tag="patch"):
    """An attribute in vLLM is replaced: assignment, `setattr`, `mock.patch`."""

    path: AccessPath
    """What is replaced."""
    replacement: Signature | None = None
    """Of the function put there, where the source shows it."""
    replaces_method: bool = False
    """The replacement stands in a class (its signature holds `self`)."""
    optional: bool = False
    """Works where the target is absent too (`setattr` of a new name, `mock.patch(..., create=True)`)."""


class QualnameText(_Use, frozen=True, kw_only=True, tag="qualname"):
    """A string resolved later: `register_model("A", "pkg.mod:C")`, `resolve_obj_by_qualname`, a worker."""

    text: str
    path: AccessPath
    """The text as a dotted path, in vLLM or in the plugin itself."""
    purpose: str
    """`model`, `platform`, `worker`, `attention`, `patch`, `resolve`; `hook` for what waits for an import."""
    absent: bool = False
    """The module of the plugin that it names is there and binds no such name."""


class Registration(_Use, frozen=True, kw_only=True, tag="registration"):
    """A model is given to vLLM's registry: `ModelRegistry.register_model("A", C)`."""

    architecture: str
    """Empty where the source does not show it."""
    cls: str | None
    """Id of the plugin's class; None where it is none of the plugin's, or cannot be told."""
    text: str = ""
    """The string that names the model for vLLM to look up; empty where the class itself is given."""


Use = Import | Attribute | Call | SuperCall | OwnAttribute | Patch | QualnameText | Registration

# ---------------------------------------------------------------- classes of the plugin


class Method(msgspec.Struct, frozen=True):
    """A function in the body of a plugin's class."""

    unit: str
    signature: Signature
    decorators: tuple[str, ...] = ()
    """Last components: `classmethod`, `staticmethod`, `property`, `abstractmethod`, ..."""
    place: Place | None = None


class PluginClass(msgspec.Struct, frozen=True, kw_only=True):
    """A class the plugin defines (whether or not a base is vLLM's)."""

    id: str
    """`pkg.mod:Class`."""
    place: Place
    unit: str
    """Unit in which the class statement stands."""
    guard: Guard = Always()
    bases: tuple[AccessPath | None, ...] = ()
    """In order; the root of a base in the plugin is its dotted path there; None where it cannot be told."""
    methods: dict[str, Method] = {}
    attributes: frozenset[str] = frozenset()
    """Names that the body or a method's `self.x =` binds, methods not included."""
    fields: tuple[tuple[str, bool], ...] = ()
    """Annotated names of the body in order, and whether each has a default; for dataclasses."""
    dataclass: bool = False
    kw_only: bool = False
    dynamic: bool = False
    """Has `__getattr__`, a metaclass or a decorator that may add members."""
    decorators: tuple[str, ...] = ()
    """Last components."""


class Unseen(msgspec.Struct, frozen=True):
    """A part of the plugin that was not read, and why."""

    file: str
    reason: str


class SourceUses(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one plugin's source asks of vLLM."""

    units: dict[str, Unit]
    edges: tuple[Edge, ...]
    uses: tuple[Use, ...]
    classes: dict[str, PluginClass]
    parts: tuple[Part, ...] = ()
    unseen: tuple[Unseen, ...] = ()
    """Compiled modules, files that do not parse (with the Python they seem written for), files too large."""
    files: int = 0
    """Number of source files read."""
