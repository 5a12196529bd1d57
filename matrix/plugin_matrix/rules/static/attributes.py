"""PM203 and PM204: attribute chains that end early."""

from collections.abc import Iterator

import msgspec

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.model.version_set import Mask
from plugin_matrix.model.witness import LookUp
from plugin_matrix.plugins.uses.records import Attribute, Call, Patch, SourceUses
from plugin_matrix.rules.static.asking import Surface, definition, known, lacking, newest, prefixes
from plugin_matrix.rules.static.imports import Imports, provided
from plugin_matrix.rules.static.trouble import Home, Raised, Trouble
from plugin_matrix.surface.answers import Missing


class End(msgspec.Struct, frozen=True):
    """Where a chain ends early: the shortest part of it that leads nowhere on the releases of `mask`."""

    subject: str
    mask: Mask
    typed: bool
    """The step is taken on an object whose type is known, not on a module or a class by its name."""
    home: Home
    program: LookUp


class Attributes:
    """Finds where access paths end; memoizes."""

    def __init__(self, uses: SourceUses, surface: Surface, mask: Mask, imports: Imports) -> None:
        self._uses = uses
        self._surface = surface
        self._mask = mask
        self._imports = imports
        self._provided = provided(uses)
        self._set = {
            _last(use.path) for use in uses.uses if isinstance(use, Patch)
        }  # an attribute that the plugin sets is the plugin's own
        self._members = members_of_subclasses(uses)
        self._known: dict[AccessPath, tuple[End, ...]] = {}

    def troubles(self) -> Iterator[Trouble]:
        """Yield the chains, read or called, that end early."""
        for use in self._uses.uses:
            if isinstance(use, Attribute | Call):
                yield from self._judge(use)

    def _judge(self, use: Attribute | Call) -> Iterator[Trouble]:
        ends = self.ends(use.path)
        if not ends:
            return
        total = 0
        for end in ends:
            total |= end.mask
        unimportable = self._imports.failing(use.path.root, use.place.file)
        for end in ends:
            if end.mask & ~unimportable:
                yield Trouble(
                    rule="PM204" if end.typed else "PM203",
                    subject=end.subject,
                    node=use.node,
                    place=use.place,
                    guard=use.guard,
                    mask=end.mask & ~unimportable,
                    raised=Raised.NO_ATTRIBUTE,
                    caught=use.caught,
                    fallback=use.fallback,
                    symbol=use.path.text(),
                    also=total | unimportable,
                    home=end.home,
                    program=end.program,
                )

    def ends(self, path: AccessPath) -> tuple[End, ...]:
        """Return where `path` ends early; a part that no release has is not vLLM's, and no end.

        A member of an enum is: nobody else gives it any.
        """
        found = self._known.get(path)
        if found is None:
            found = self._known[path] = tuple(self._find(path))
        return found

    def _find(self, path: AccessPath) -> Iterator[End]:
        if path.root.split(".", 1)[0] != "vllm" or any(p in self._provided for p in prefixes(path.root)):
            return
        rest = 0
        for mask, _ in lacking(self._surface.resolve(path, self._mask)):
            rest |= mask
        if not rest:
            return
        parent: AccessPath | None = None
        for part in _parts(path):
            ended = 0
            missing: Missing | None = None
            for mask, thing in lacking(self._surface.resolve(part, rest)):
                ended |= mask
                missing = thing
            if missing is not None:
                rest &= ~ended
                end = self._end(part, parent, ended, missing)
                if end is not None:
                    yield end
            if not rest:
                return
            parent = part

    def _end(self, part: AccessPath, parent: AccessPath | None, mask: Mask, missing: Missing) -> End | None:
        everything = self._surface.axis.all
        before = newest(known(self._surface.resolve(part, everything)))
        if missing.name in self._set or (part.steps and missing.name in self._members):
            return None
        if before is None and (part.steps or missing.kind != "attribute"):  # else a member of an enum
            return None
        subject = part.text()
        if part.steps and parent is not None and before is not None:
            having = 1 << (before.mask.bit_length() - 1)
            holder = newest(known(self._surface.resolve(parent, having)))
            path = definition(holder) if holder else None
            subject = f"{path or missing.owner}.{missing.name}"
        owner, _, name = subject.rpartition(".")
        of_object = "@" in part.steps
        program = LookUp((missing.owner,), name, of_object, None if owner == missing.owner else owner)
        return End(subject, mask, bool(part.steps), Home(missing, before), program)


def members_of_subclasses(uses: SourceUses) -> frozenset[str]:
    """Return what the plugin's subclasses of vLLM's classes define.

    An object that is known by a class of vLLM's may be of the plugin's subclass, and these are what is used.
    """
    return frozenset(
        name
        for cls in uses.classes.values()
        if any(base is not None and base.root.startswith("vllm.") for base in cls.bases)
        for name in (*cls.methods, *cls.attributes)
    )


def _parts(path: AccessPath) -> Iterator[AccessPath]:
    for prefix in prefixes(path.root):
        yield AccessPath(prefix)
    for end in range(1, len(path.steps) + 1):
        yield AccessPath(path.root, path.steps[:end])


def _last(path: AccessPath) -> str:
    return path.steps[-1].lstrip(".") if path.steps else path.root.rpartition(".")[2]
