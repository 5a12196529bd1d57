"""What a plugin puts into vLLM itself: reading it back asks nothing of vLLM."""

from collections import defaultdict
from collections.abc import Iterable

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.plugins.uses.file_record import FileRecord, RawPatch
from plugin_matrix.plugins.uses.names import Names
from plugin_matrix.plugins.uses.records import Attribute, Call, Import, Patch, Place, Use
from plugin_matrix.plugins.uses.things import ClassThing, EngineThing, InstanceThing, ModuleThing, parents


class Provided:
    """Modules, names and attributes that the plugin sets in vLLM, or on objects of it."""

    def __init__(self, records: Iterable[FileRecord], names: Names) -> None:
        self._modules: set[str] = set()
        """Put into `sys.modules`."""
        self._patched: dict[str, list[tuple[str, Place]]] = defaultdict(list)
        """Dotted paths that are assigned to, with unit and place of each assignment."""
        self._patches: dict[str, list[tuple[str, Place]]] = {}
        """The same for whatever a dotted path goes through, as it was asked for."""
        self._objects: dict[str, set[tuple[str, str]]] = defaultdict(set)
        """Names set on objects of vLLM: what the object is called, and the module that sets it."""
        pending: list[tuple[FileRecord, RawPatch]] = [
            (record, use) for record in records for use in record.uses if isinstance(use, RawPatch)
        ]
        for record, use in pending:
            if not use.path.steps and use.optional:
                self._modules.add(use.path.root)
            base = AccessPath(use.path.root, use.path.steps[:-1])
            name = use.path.steps[-1].removeprefix(".") if use.path.steps else ""
            if not use.path.steps:
                root, _, name = use.path.root.rpartition(".")
                base = AccessPath(root)
            for one in names.resolve(base) if base.root else ():
                match one.thing:
                    case EngineThing(path) if path.steps:
                        self._objects[name].add((_called(path), record.module))
                    case EngineThing(path):
                        place = Place(record.file, use.line)
                        self._patched[f"{path.root}.{name}"].append((use.unit, place))
                    case ModuleThing(module):
                        names.overridden.add(f"{module}.{name}")
                    case ClassThing(cls) | InstanceThing(cls):
                        names.attach(cls, name)
                    case _:
                        pass
        names.forget()

    def covers(self, use: Use) -> bool:
        """Whether the plugin itself provides what `use` asks for."""
        match use:
            case Import(module=module, name=name):
                dotted = module if name is None else f"{module}.{name}"
                return self._in_module(module) or self._in_module(dotted) or self._after_patch(use, dotted)
            case Attribute(path=path) | Call(path=path):
                return self._in_module(path.root) or self._after_patch(use, path.root)
            case Patch(path=path, optional=optional):
                return not optional and self._in_module(path.root)
            case _:
                return False

    def attached(self, path: AccessPath, module: str) -> bool:
        """Whether an attribute on the way of `path` is one that the plugin sets on such objects."""
        for position, step in enumerate(path.steps):
            if step[0] == "." and step[1:] in self._objects:
                owner = _called(AccessPath(path.root, path.steps[:position]))
                if any(called == owner or where == module for called, where in self._objects[step[1:]]):
                    return True
        return False

    def _in_module(self, dotted: str) -> bool:
        return any(dotted == module or dotted.startswith(f"{module}.") for module in self._modules)

    def _after_patch(self, use: Use, dotted: str) -> bool:
        patches = self._patches.get(dotted)
        if patches is None:
            patches = self._patches[dotted] = [
                patch for path in (*parents(dotted)[1:], dotted) for patch in self._patched.get(path, ())
            ]
        return any(unit != use.unit or place.line < use.place.line for unit, place in patches)


def _called(path: AccessPath) -> str:
    """Return what an object is called: `config.VllmConfig@` and `self.vllm_config` are the same by it."""
    for step in reversed(path.steps):
        if step[0] == ".":
            return _folded(step[1:])
    return _folded(path.root.rpartition(".")[2])


def _folded(name: str) -> str:
    return name.replace("_", "").lower().rstrip("s")
