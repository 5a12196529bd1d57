"""PM205: names in strings that lead nowhere."""

from collections.abc import Iterator

from plugin_matrix.model.finding import Level
from plugin_matrix.model.version_set import Mask
from plugin_matrix.model.witness import LookUp
from plugin_matrix.plugins.uses.hooks import PURPOSE
from plugin_matrix.plugins.uses.records import QualnameText, SourceUses, UnitKind
from plugin_matrix.rules.evidence import plain
from plugin_matrix.rules.static.asking import Surface, known, lacking, newest, prefixes
from plugin_matrix.rules.static.imports import provided
from plugin_matrix.rules.static.trouble import Home, Raised, Trouble
from plugin_matrix.surface.answers import Missing

_AT_ONCE = {"resolve", "patch"}
"""Purposes for which the name is resolved where it stands; else vLLM resolves it later."""


class Qualnames:
    """Judges strings that name something."""

    def __init__(self, uses: SourceUses, surface: Surface, mask: Mask) -> None:
        self._uses = uses
        self._surface = surface
        self._mask = mask
        self._modules = {unit.id for unit in uses.units.values() if unit.kind is UnitKind.MODULE}
        self._unseen = tuple(unseen.file for unseen in uses.unseen)
        self._provided = provided(uses)

    def troubles(self) -> Iterator[Trouble]:
        """Yield the names that lead nowhere."""
        for use in self._uses.uses:
            if isinstance(use, QualnameText):
                if use.path.root.split(".", 1)[0] == "vllm":
                    yield from self._in_vllm(use)
                else:
                    yield from self._in_plugin(use)

    def _in_vllm(self, use: QualnameText) -> Iterator[Trouble]:
        everything = self._surface.resolve(use.path, self._surface.axis.all)
        gone = 0
        missing: Missing | None = None
        for mask, thing in lacking(everything):
            gone |= mask
            missing = thing
        before = newest(known(everything))
        if missing is None or before is None or any(p in self._provided for p in prefixes(use.path.root)):
            return  # a name that no release has is provided by somebody else
        if gone & self._mask:
            yield self._trouble(use, gone & self._mask, Home(missing, before))

    def _in_plugin(self, use: QualnameText) -> Iterator[Trouble]:
        """Yield a name in a module that the plugin does not ship, or that does not bind it.

        A class that a function makes and hands over itself is no name.
        """
        named, colon, _ = use.text.partition(":")
        module = named if colon else use.path.root.rpartition(".")[0]
        package = module.split(".", 1)[0]
        if "<locals>" in module or not module or package not in self._modules:
            return
        if use.absent and not self._is_compiled(use.path.root):
            yield self._trouble(use, self._mask, None)
        if module in self._modules or self._is_compiled(module) or use.purpose in _AT_ONCE:
            return
        # What stands in a class has no module of this name either.
        if not any(prefix in self._modules and prefix != package for prefix in prefixes(module)):
            yield self._trouble(use, self._mask, None)

    def _is_compiled(self, module: str) -> bool:
        """Tell whether a module may be one that was not read."""
        stem = module.replace(".", "/")
        return any(file.partition(".")[0] == stem for file in self._unseen)

    def _trouble(self, use: QualnameText, mask: Mask, home: Home | None) -> Trouble:
        at_once = use.purpose in _AT_ONCE
        raised = Raised.NO_ATTRIBUTE
        program: LookUp | None = None
        if home is not None:
            owner, _, name = use.path.root.rpartition(".")
            program = LookUp((owner,), name)
            raised = Raised.NO_MODULE if home.missing.kind == "module" else raised
        return Trouble(
            rule="PM205",
            subject=plain(use.path.text()),
            node=use.node,
            place=use.place,
            guard=use.guard,
            mask=mask,
            raised=raised if at_once else Raised.NOTHING,
            caught=use.caught,
            fallback=use.fallback,
            by_engine=not at_once,
            program=program,
            worst=Level.WARNING if use.purpose == PURPOSE else Level.ERROR,
            symbol=plain(use.text),
            home=home,
        )
