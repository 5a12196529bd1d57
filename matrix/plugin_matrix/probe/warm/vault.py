"""Modules that were imported ahead, and are not there until somebody imports them.

While recording, every import is noted with what it needs and what else it changes. Afterwards the modules
are taken out of `sys.modules`. When a module is found where it was found then, and is to be executed, it is
put back instead, with everything that its import would have brought along. All of the standard library's
machinery still runs: a plugin's own module of the same name is found first and wins.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from types import ModuleType
from typing import Any

from .effects import Effect, State, restore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Callable

_bootstrap: Any = sys.modules["_frozen_importlib"]

_PLACED = frozenset({"site", "_sitebuiltins", "sysconfig", "sitecustomize", "usercustomize"})
"""Modules that note where the interpreter is, or belong to a place: they are executed anew."""
_PLACED_DATA = "_sysconfigdata"
_UNNOTICED = {"numpy.random.bit_generator": "secrets"}
"""What compiled modules import: where it is there already, nobody can see that they do."""
_RESEEDED = {"random": "seed", "numpy.random": "seed"}
"""Each process that imports these draws other numbers."""
_LAST_OF_TORCH = "_import_device_backends"
"""What torch does last when imported: loading the back-ends of installed distributions."""
_IMPORTLIB = "<frozen importlib._bootstrap>"
"""Python leaves frames of this file out of the tracebacks of imports."""


class Vault:
    """What one interpreter has imported ahead."""

    def __init__(self, fresh: Iterable[str]) -> None:
        """Begin; `fresh` names the modules that an interpreter has before its first line of code."""
        self._fresh = frozenset(fresh)
        self._modules: dict[str, ModuleType] = {}
        self._needs: dict[str, dict[str, None]] = {}
        self._effects: dict[str, Effect] = {}
        self._missing: set[str] = set()
        self._closures: dict[str, list[str]] = {}
        """By the names of top modules."""
        self._bound: dict[str, tuple[ModuleType, str]] = {}
        """Modules that stand in their parent package's name space, by name."""
        self._callbacks: list[Any] = []
        self._places: list[tuple[dict[str, Any], str, Any, bool]] = []
        """Name space, name, value, and whether that is the interpreter's own place."""
        self._load = _bootstrap._load_unlocked
        self._begin: State | None = None
        self._exits: Any = None
        """`atexit`, which nobody has imported when what others have registered there is put back."""

    def record(self, importing: Callable[[], None]) -> None:
        """Do the imports, and note what each brings along."""
        for name in [name for name in sys.modules if name not in self._fresh]:
            del sys.modules[name]
        sys.meta_path[:] = [finder for finder in sys.meta_path if isinstance(finder, type)]
        recording = _Recording(self._needs, self._effects, self._missing, self._callbacks)
        self._begin = State(self._callbacks)
        with recording:
            importing()
        for name, needed in _UNNOTICED.items():
            if name in sys.modules:
                self._needs[name][needed] = None
        self._modules = {
            name: module
            for name, module in sys.modules.items()
            if name not in self._fresh | _PLACED and not name.startswith(_PLACED_DATA)
        }
        for name, module in self._modules.items():
            parent, _, child = name.rpartition(".")
            package = sys.modules.get(parent)
            # What a package imports itself may stay: it is there whenever the package is.
            if package is None or vars(package).get(child) is not module:
                continue
            if parent in self._fresh or name not in self._closure(parent):
                self._bound[name] = (package, child)
        # Finding out takes as long as the rest of handing torch over, in each of the children. The names are
        # copies, which lie side by side: where they are scattered, reading each copies a page.
        self._closures = {
            name: [bytes.decode(str.encode(one)) for one in self._closure(name)]
            for name in self._modules
            if "." not in name
        }
        self._note_places()
        self._exits = _atexit()
        self._exits._clear()
        _bootstrap._load_unlocked = _trimmed(self._load_or_hand_over)
        self.hide()

    @property
    def tops(self) -> frozenset[str]:
        """Names of top modules that are kept, or were asked for and not found."""
        return frozenset({name.partition(".")[0] for name in self._modules} | self._missing)

    def package(self, name: str) -> ModuleType:
        """Return a module that was imported ahead."""
        return self._modules[name]

    def kept(self, name: str) -> ModuleType | None:
        """Return the same; None for a module that was not."""
        return self._modules.get(name)

    def hide(self) -> None:
        """Take all modules but those of a fresh interpreter away, and what their imports have changed."""
        if self._begin is None:
            raise RuntimeError("nothing was recorded")
        for name in [name for name in sys.modules if name not in self._fresh]:
            del sys.modules[name]
        for package, child in self._bound.values():
            vars(package).pop(child, None)
        restore(self._begin, self._callbacks)

    def let_go(self) -> None:
        """Run the exit handlers; then take the modules out of `sys.modules` and outlive the interpreter."""
        with suppress(Exception):  # Python 3.9 raises what a handler has raised, of which it has told.
            self._exits._run_exitfuncs()
        self._itself = self  # The collector never looks at what is frozen.
        for name, module in self._modules.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]

    def placed_at(self, executable: str, prefix: str) -> None:
        """Tell the modules that have noted it where the interpreter is."""
        for names, name, value, own in self._places:
            new = executable if own else prefix
            names[name] = new.encode() if isinstance(value, bytes) else new

    def hand_over(self, name: str) -> ModuleType:
        """Put a module back, with everything that its import brings along."""
        for one in self._closure(name):
            if one in sys.modules:
                continue
            if one not in self._modules:
                _bootstrap._gcd_import(one)
                continue
            sys.modules[one] = self._modules[one]
            if one in self._bound:
                package, child = self._bound[one]
                setattr(package, child, self._modules[one])
            if one in self._effects:
                self._effects[one].apply(self._callbacks, self._exits.register)
            if one in _RESEEDED:
                getattr(self._modules[one], _RESEEDED[one])()
        return self._modules[name]

    def _closure(self, name: str) -> list[str]:
        """Return what the import of a module brings along, in the order in which imports end."""
        if name in self._closures:
            return self._closures[name]
        found: dict[str, None] = {}
        seen = {name}
        waiting = [(name, iter(self._needs.get(name, ())))]
        while waiting:
            current, needs = waiting[-1]
            needed = next((one for one in needs if one not in seen and self._has(one)), None)
            if needed is None:
                found[current] = None
                waiting.pop()
            else:
                seen.add(needed)
                waiting.append((needed, iter(self._needs.get(needed, ()))))
        return list(found)

    def _has(self, name: str) -> bool:
        return name in self._modules or name in _PLACED or name.startswith(_PLACED_DATA)

    def _load_or_hand_over(self, spec: Any) -> ModuleType:
        known = self._modules.get(spec.name)
        if known is None or not _same_place(known, spec):
            module: ModuleType = self._load(spec)
            return module
        return self._handed_over(spec.name)

    def _handed_over(self, name: str) -> ModuleType:
        before = set(sys.modules)
        module = self.hand_over(name)
        # Finders that the cell has put up are asked for everything that is imported, and may act on it.
        finders = [one for one in sys.meta_path if not isinstance(one, type)]
        if finders:
            for one in [one for one in self._closure(name) if one not in before and one != name]:
                for finder in finders:
                    finder.find_spec(one, None, None)
        backends = getattr(module, _LAST_OF_TORCH, None) if name == "torch" else None
        if backends is not None and module._is_device_backend_autoload_enabled():
            backends()
        return module

    def _note_places(self) -> None:
        own = {sys.executable, sys.executable.encode()}
        noted = own | {sys.prefix, sys.prefix.encode()}
        for module in self._modules.values():
            names = vars(module)
            for name, value in names.items():
                # By type: others may answer with code of their own when they are asked what they are.
                if type(value) in (str, bytes) and not name.startswith("__") and value in noted:
                    self._places.append((names, name, value, value in own))


class _Recording:
    """Notes, while it is entered, what each import needs and changes."""

    def __init__(
        self,
        needs: dict[str, dict[str, None]],
        effects: dict[str, Effect],
        missing: set[str],
        callbacks: list[Any],
    ) -> None:
        self._needs = needs
        self._effects = effects
        self._missing = missing
        self._callbacks = callbacks
        self._stack: list[str] = []
        self._inner: list[list[Effect]] = [[]]

    def __enter__(self) -> None:
        builtins: Any = sys.modules["builtins"]
        atexit = _atexit()
        self._originals = [
            (builtins, "__import__", builtins.__import__),
            (_bootstrap, "_load_unlocked", _bootstrap._load_unlocked),
            (_bootstrap, "_find_spec", _bootstrap._find_spec),
            (_bootstrap, "_gcd_import", _bootstrap._gcd_import),
            (atexit, "register", atexit.register),
        ]
        for (owner, name, original), replacement in zip(
            self._originals,
            (self._import, self._load, self._find, self._gcd_import, self._register),
        ):
            setattr(owner, name, self._calling(replacement, original))

    def __exit__(self, *_: object) -> None:
        for owner, name, original in self._originals:
            setattr(owner, name, original)

    def _calling(self, replacement: Any, original: Any) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            return replacement(original, *arguments, **named)

        return call

    def _need(self, name: str) -> None:
        while name:
            if self._stack and self._stack[-1] != name:
                self._needs.setdefault(self._stack[-1], {})[name] = None
            name = name.rpartition(".")[0]

    def _import(
        self,
        original: Callable[..., Any],
        name: str,
        globals: Any = None,  # noqa: A002 - as the built-in function names it
        locals: Any = None,  # noqa: A002 - as above
        fromlist: Any = (),
        level: int = 0,
    ) -> Any:
        found = original(name, globals, locals, fromlist, level)
        target = name
        if level:
            package = _bootstrap._calc___package__(globals)
            target = _bootstrap._resolve_name(name, package, level)
        self._need(target)
        for one in fromlist or ():
            if isinstance(one, str) and f"{target}.{one}" in sys.modules:
                self._need(f"{target}.{one}")
        return found

    def _gcd_import(
        self, original: Callable[..., Any], name: str, package: Any = None, level: int = 0
    ) -> Any:
        found = original(name, package, level)
        self._need(_bootstrap._resolve_name(name, package, level) if level else name)
        return found

    def _find(self, original: Callable[..., Any], name: str, path: Any, target: Any = None) -> Any:
        found = original(name, path, target)
        if found is None and path is None:
            self._missing.add(name)
        return found

    def _load(self, original: Callable[..., Any], spec: Any) -> ModuleType:
        known = len(sys.modules)
        before = State(self._callbacks)
        self._stack.append(spec.name)
        self._inner.append([])
        try:
            module: ModuleType = original(spec)
        finally:
            effect = Effect.between(before, State(self._callbacks))
            inner = self._inner.pop()
            if effect or inner:
                own = effect.without(inner) if inner else effect
                if own:
                    self._effects[spec.name] = own
                self._inner[-1].append(effect)
            for name in list(sys.modules)[known:]:
                # Some put modules of their own making there.
                if name not in self._needs and name != spec.name:
                    self._needs[spec.name] = {**self._needs.get(spec.name, {}), name: None}
            self._stack.pop()
        parent = spec.name.rpartition(".")[0]
        if parent:
            self._needs.setdefault(spec.name, {})[parent] = None
        self._needs.setdefault(spec.name, {})
        return module

    def _register(self, original: Callable[..., Any], function: Any, *arguments: Any, **named: Any) -> Any:
        self._callbacks.append((function, arguments, named))
        return original(function, *arguments, **named)


def _same_place(known: ModuleType, spec: Any) -> bool:
    """Tell whether a module that is to be executed is the one that was."""
    kept: Any = vars(known).get("__spec__")
    if kept is None or kept.origin != spec.origin:
        return False
    if spec.origin is not None:
        return True
    return list(kept.submodule_search_locations or ()) == list(spec.submodule_search_locations or ())


def _trimmed(function: Callable[[Any], ModuleType]) -> Callable[[Any], ModuleType]:
    """Return a function that calls `function` and is, in tracebacks, a part of Python's own machinery."""

    def load_unlocked(spec: Any) -> ModuleType:
        return function(spec)

    for one in (load_unlocked, Vault._load_or_hand_over):
        one.__code__ = one.__code__.replace(co_filename=_IMPORTLIB)
    return load_unlocked


def _atexit() -> Any:
    import atexit  # noqa: PLC0415 - built in, and none of a fresh interpreter's modules

    return atexit
