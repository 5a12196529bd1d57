"""PM501 to PM503: what a plugin replaces in vLLM and what has become of it."""

from collections.abc import Iterator

from msgspec.structs import replace

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.model.finding import Level
from plugin_matrix.model.signature import Signature
from plugin_matrix.model.version_set import Mask
from plugin_matrix.plugins.uses.records import Patch, SourceUses
from plugin_matrix.rules.static.asking import Surface, known, lacking, newest
from plugin_matrix.rules.static.attributes import Attributes
from plugin_matrix.rules.static.fitting import Passed, Theirs, by_itself, demanding, fit
from plugin_matrix.rules.static.imports import Imports
from plugin_matrix.rules.static.trouble import Home, Raised, Trouble
from plugin_matrix.surface.answers import Answer, ClassAt, FunctionAt, Missing, ModuleAt, Value
from plugin_matrix.surface.records import Mark


class Patches:
    """Judges assignments to what is vLLM's."""

    def __init__(
        self, uses: SourceUses, surface: Surface, mask: Mask, imports: Imports, attributes: Attributes
    ) -> None:
        self._uses = uses
        self._surface = surface
        self._mask = mask
        self._imports = imports
        self._attributes = attributes
        self._replaced = {use.path.text() for use in uses.uses if isinstance(use, Patch)}

    def troubles(self) -> Iterator[Trouble]:
        """Yield the patches that fail, that nobody sees any more, or that no longer fit."""
        for use in self._uses.uses:
            if isinstance(use, Patch) and use.path.root.split(".", 1)[0] == "vllm":
                yield from self._judge(use)

    def _judge(self, use: Patch) -> Iterator[Trouble]:
        parent, name = _split(use.path)
        if parent is None or use.optional:
            return
        unimportable = self._imports.failing(parent.root, use.place.file)
        seen = self._mask & ~unimportable
        for end in self._attributes.ends(parent):
            if end.mask & seen:
                yield replace(
                    _place(use),
                    rule="PM204" if end.typed else "PM203",
                    subject=end.subject,
                    mask=end.mask & seen,
                    raised=Raised.NO_ATTRIBUTE,
                    caught=use.caught,
                    fallback=use.fallback,
                    by_engine=False,
                    home=end.home,
                    program=end.program,
                )
            seen &= ~end.mask
        answers = self._surface.resolve(use.path, self._surface.axis.all)
        yield from self._gone(use, name, answers, seen)
        if use.replacement is not None:
            yield from self._kind(use, answers, seen)
            yield from self._taking(use, use.replacement, parent, name, answers, seen)

    def _gone(self, use: Patch, name: str, answers: tuple[Answer, ...], seen: Mask) -> Iterator[Trouble]:
        have = missing = 0
        for answer in known(answers):
            have |= answer.mask
        found: Missing | None = None
        for mask, thing in lacking(answers):
            if thing.name == name:
                missing |= mask
                found = thing
        gone = missing & -(have & -have)  # on older releases the plugin adds what they lack
        if gone & seen and found is not None:
            home = Home(found, newest(known(answers)))
            yield replace(_place(use), rule="PM501", mask=gone & seen, worst=Level.WARNING, home=home)

    def _kind(self, use: Patch, answers: tuple[Answer, ...], seen: Mask) -> Iterator[Trouble]:
        same = differs = 0
        kind = ""
        for answer in known(answers):
            if answer.conditional:
                continue
            match answer.thing:
                case FunctionAt():
                    same |= answer.mask
                case Value(marks=marks) if marks & Mark.PROPERTY:
                    differs |= answer.mask
                    kind = "property"
                case ClassAt():
                    differs |= answer.mask
                    kind = "class"
                case ModuleAt():
                    differs |= answer.mask
                    kind = "module"
                case _:
                    pass
        if same and differs & seen:
            detail = f"vLLM's is a {kind}, the plugin puts a function there"
            yield replace(_place(use), rule="PM503", mask=differs & seen, worst=Level.WARNING, detail=detail)

    def _taking(
        self,
        use: Patch,
        mine: Signature,
        parent: AccessPath,
        name: str,
        answers: tuple[Answer, ...],
        seen: Mask,
    ) -> Iterator[Trouble]:
        owners = [
            (owner.mask, owner.thing)
            for owner in known(self._surface.resolve(parent, self._surface.axis.all))
            if isinstance(owner.thing, ClassAt)
        ]
        in_class = bool(owners)
        theirs = [
            Theirs(one.mask, signature.bound() if in_class else signature)
            for one in known(answers)
            if isinstance(one.thing, FunctionAt)
            and not one.conditional
            and not one.thing.record.marks & (Mark.CLASSMETHOD | Mark.STATICMETHOD)
            and (signature := self._surface.signature(one.thing)) is not None
        ]
        own = mine.bound() if in_class else mine
        callers = owners if theirs else []
        if not demanding(own, theirs) and not any(
            self._surface.passed(owner, name, mask, own) for mask, owner in callers
        ):
            return
        calls = [passed for mask, owner in callers for passed in self._passed(parent, owner, name, own, mask)]
        paths = tuple(f"{owner.path}.{name}" for _, owner in owners) or (use.path.root,)
        found = fit(own, name, theirs, calls, replaces=True)
        certain = (*found.calls, *found.demands)
        for worst, failures in ((Level.ERROR, certain), (Level.WARNING, found.doubtful)):
            for one in failures:
                if one.mask & seen:
                    yield replace(
                        _place(use),
                        rule="PM502",
                        mask=one.mask & seen,
                        detail=one.reason,
                        worst=worst,
                        also=found.mask,
                        before=mine.text(),
                        after=one.taken,
                        program=one.program(paths, own, bound=in_class),
                    )

    def _passed(
        self, parent: AccessPath, owner: ClassAt, name: str, mine: Signature, mask: Mask
    ) -> Iterator[Passed]:
        """Yield the calls of a method that is replaced; those by methods that are replaced too are gone."""
        for call in self._surface.passed(owner, name, mask):
            if not call.by:
                yield Passed(call.mask, call.shape, call.module)
            elif f"{parent.text()}.{call.by}" not in self._replaced:
                yield from by_itself(self._surface, owner, call, mine)


def _place(use: Patch) -> Trouble:
    """Return what all troubles with one patch share; nothing is raised where the patch is made."""
    return Trouble(
        rule="",
        subject=use.path.text(),
        node=use.node,
        place=use.place,
        guard=use.guard,
        mask=0,
        by_engine=True,
        symbol=f"{use.path.text()} = ...",
    )


def _split(path: AccessPath) -> tuple[AccessPath | None, str]:
    """Return what holds the attribute that is replaced, and its name."""
    if path.steps:
        if not path.steps[-1].startswith("."):
            return None, ""
        return AccessPath(path.root, path.steps[:-1]), path.steps[-1][1:]
    owner, _, name = path.root.rpartition(".")
    return (AccessPath(owner), name) if owner else (None, "")
