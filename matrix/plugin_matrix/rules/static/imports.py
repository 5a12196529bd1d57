"""PM201 and PM202: import statements that fail."""

from collections import defaultdict
from collections.abc import Iterator

import msgspec

from plugin_matrix.model.version_set import Mask
from plugin_matrix.model.witness import ImportName
from plugin_matrix.plugins.uses.records import Import, Patch, SourceUses
from plugin_matrix.rules.static.asking import Surface, known, lacking, newest, prefixes, under
from plugin_matrix.rules.static.trouble import Home, Raised, Trouble
from plugin_matrix.surface.answers import Answer, Missing


class _Outcome(msgspec.Struct, frozen=True):
    """What one import statement comes to, wherever it stands."""

    no_module: Mask = 0
    no_name: Mask = 0
    before: Answer | None = None
    missing: Missing | None = None


class Imports:
    """All import statements of a plugin that name something of vLLM."""

    def __init__(self, uses: SourceUses, surface: Surface, mask: Mask) -> None:
        self._surface = surface
        self._mask = mask
        self._imports = [use for use in uses.uses if isinstance(use, Import)]
        self._provided = provided(uses)
        self._known: dict[tuple[str, str | None], _Outcome] = {}
        self._by_file: dict[str, dict[str, Mask]] = defaultdict(dict)
        self._anywhere: dict[str, Mask] = {}
        for use in self._imports:
            outcome = self._outcome(use.module, use.name)
            self._note(use.place.file, use.module, outcome.no_module)
            if use.name is not None and use.name != "*":
                self._note(use.place.file, f"{use.module}.{use.name}", outcome.no_module | outcome.no_name)

    def _note(self, file: str, target: str, fails: Mask) -> None:
        if target != "vllm":
            self._by_file[file][target] = fails
            self._anywhere[target] = fails

    def failing(self, root: str, file: str) -> Mask:
        """Return the releases on which the name that `root` goes through could not be imported.

        What fails there is the import, and what goes through the name says nothing new. A name that
        `file` does not import itself comes from another file of the plugin.
        """
        here = self._by_file.get(file, {})
        targets = here if any(prefix in here for prefix in prefixes(root)) else self._anywhere
        fails = 0
        for prefix in prefixes(root):
            fails |= targets.get(prefix, 0)
        return fails

    def troubles(self) -> Iterator[Trouble]:
        """Yield the imports that fail."""
        for use in self._imports:
            outcome = self._outcome(use.module, use.name)
            if not outcome.no_module | outcome.no_name:
                continue
            if outcome.no_module:
                owner, _, name = use.module.rpartition(".")
                yield Trouble(
                    rule="PM201",
                    subject=use.module,
                    node=use.node,
                    place=use.place,
                    guard=use.guard,
                    mask=outcome.no_module,
                    raised=Raised.NO_MODULE,
                    caught=use.caught,
                    fallback=use.fallback,
                    symbol=_written(use),
                    also=outcome.no_name,
                    home=Home(Missing(owner, name, "module"), self._module(use.module)),
                    program=ImportName(use.module),
                    names=(use.name,) if use.name else (),
                )
            if outcome.no_name:
                yield Trouble(
                    rule="PM202",
                    subject=f"{use.module}.{use.name}",
                    node=use.node,
                    place=use.place,
                    guard=use.guard,
                    mask=outcome.no_name,
                    raised=Raised.NO_NAME,
                    caught=use.caught,
                    fallback=use.fallback,
                    symbol=_written(use),
                    also=outcome.no_module,
                    home=Home(outcome.missing, outcome.before) if outcome.missing else None,
                    program=ImportName(use.module, use.name),
                )

    def _module(self, module: str) -> Answer | None:
        return newest(known(self._surface.importable(module, None, self._surface.axis.all)))

    def _outcome(self, module: str, name: str | None) -> _Outcome:
        found = self._known.get((module, name))
        if found is None:
            found = self._known[module, name] = self._judge(module, name)
        return found

    def _judge(self, module: str, name: str | None) -> _Outcome:
        no_module = no_name = 0
        missing: Missing | None = None
        answers = self._surface.importable(module, name, self._mask)
        for mask, thing in lacking(answers):
            gone = f"{thing.owner}.{thing.name}" if thing.owner else thing.name
            if under(module, gone):
                no_module |= mask
            else:
                no_name |= mask
                missing = Missing(module, name or "", thing.kind)
        if no_module and self._is_provided(module):
            no_module = 0
        if no_name and self._is_provided(f"{module}.{name}"):
            no_name = 0
        before = newest(known(answers)) if no_module | no_name else None
        return _Outcome(no_module, no_name, before, missing)

    def _is_provided(self, path: str) -> bool:
        return any(prefix in self._provided for prefix in prefixes(path))


def provided(uses: SourceUses) -> frozenset[str]:
    """Return the dotted paths in vLLM that the plugin puts something at itself."""
    return frozenset(use.path.root for use in uses.uses if isinstance(use, Patch) and not use.path.steps)


def _written(use: Import) -> str:
    return use.module if use.name is None else f"from {use.module} import {use.name}"
