"""PM801 to PM805: model classes that a plugin registers, held against what each release asks of a model.

The contract tier judges the same by running the model; rule and subject (the architecture) are the same.
"""

import re
from collections.abc import Iterator
from itertools import chain

import msgspec
from msgspec.structs import replace

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.model.finding import Level
from plugin_matrix.model.plugin import Plugin
from plugin_matrix.model.signature import Kind, Signature, unbindable
from plugin_matrix.model.version_set import Mask
from plugin_matrix.plugins.uses.records import Method, PluginClass, Registration, SourceUses
from plugin_matrix.rules.case import PLATFORM
from plugin_matrix.rules.evidence import plain
from plugin_matrix.rules.static.asking import Surface
from plugin_matrix.rules.static.families import BaseAt, Families, Family
from plugin_matrix.rules.static.model_interface import (
    EVER_PASSED,
    Check,
    ModelInterface,
    model_interfaces,
)
from plugin_matrix.rules.static.overrides import TRANSPARENT
from plugin_matrix.rules.static.trouble import Raised, Trouble
from plugin_matrix.surface.externals import canonical, external_class

_REGISTER = "vllm.ModelRegistry.register_model"
_POOLING = ("is_pooling_model", "pooler")
"""Attributes of classes that are made for pooling: by the flag, or by the protocol before 0.10.0."""
_POOLS_BY_NAME = re.compile(
    r"(ForTextEncoding|Embedding(Model)?|Classification(Model)?|RewardModel(ing)?|Model)\Z"
)
"""Architectures that vLLM takes for pooling models by their name (`_SUFFIX_TO_DEFAULTS`, vllm/config)."""
_DRAFTS = re.compile(r"Assistant|DFlash|Draft|DSpark|Eagle|Medusa|MTP|Specul", re.IGNORECASE)
"""Architectures of models that draft for another one, as vLLM itself calls them."""
_OF_DRAFTS = {"hidden_states", "previous_hidden_states", "target_hidden_states"}
"""Parameters of the `forward` of draft models, which another caller calls and no check is made of."""
_REPLACES_CONSTRUCTOR = {"support_torch_compile", "dataclass"}


class _Model(msgspec.Struct, frozen=True):
    """A registered class and what is known of it."""

    use: Registration
    cls: PluginClass
    family: Family
    judged: Mask
    """Releases on which all its bases are there and known."""

    def method(self, name: str) -> tuple[PluginClass, Method] | None:
        """Return a method that the plugin defines, with the class it stands in."""
        for cls in self.family.chain:
            if name in cls.methods:
                return cls, cls.methods[name]
            if name in cls.attributes:
                return None
        return None

    def signature(self, name: str) -> Signature | None:
        """Return what a method of the plugin's takes, `self` left out; None where that is not known."""
        found = self.method(name)
        if found is None or not set(found[1].decorators) <= TRANSPARENT - {"staticmethod", "classmethod"}:
            return None
        return found[1].signature.bound()


class Models:
    """Judges what is given to vLLM's registry."""

    def __init__(
        self,
        plugin: Plugin,
        uses: SourceUses,
        surface: Surface,
        history: InterfaceHistory,
        mask: Mask,
        families: Families,
    ) -> None:
        self._registered = [use for use in uses.uses if isinstance(use, Registration)]
        self._uses = uses
        self._surface = surface
        self._history = history
        self._mask = mask
        self._families = families
        # A platform has a runner of its own, which may call its models otherwise.
        self._calls_itself = any(point.group == PLATFORM for point in plugin.entry_points)

    def troubles(self) -> Iterator[Trouble]:
        """Yield the models that a release refuses, cannot make or cannot call."""
        interfaces = tuple(model_interfaces(self._surface.axis, self._history)) if self._registered else ()
        for use in self._registered:
            model = self._model(use)
            for releases, interface in interfaces:
                if releases & self._mask:
                    yield from self._named(use, interface, releases)
                    if model is not None:
                        yield from self._judge(model, interface, releases & model.judged)

    def _model(self, use: Registration) -> _Model | None:
        """Return the class that is registered; None where not all of it can be seen."""
        if use.cls is None or use.cls not in self._uses.classes:
            return None
        family = self._families.of(use.cls)
        if family.dynamic or any(external_class(canonical(base)) is None for base in family.foreign):
            return None
        judged = self._surface.axis.all & ~(family.unclear | family.absent)
        return _Model(use, family.cls, family, judged)

    def _named(self, use: Registration, interface: ModelInterface, mask: Mask) -> Iterator[Trouble]:
        """Yield the strings that a release does not look up."""
        if not use.text:
            return
        if not interface.takes_names:
            detail = "it takes no `module:Class`, and uses the string as if it were the class"
            yield replace(self._trouble(use, "PM801", mask, detail), subject=_REGISTER)
        elif use.text.count(":") != 1:
            detail = (
                f"{plain(use.text)!r} is not `module:Class`, which register_model answers with ValueError"
            )
            yield replace(
                self._trouble(use, "PM801", mask, detail),
                raised=Raised.VALUE,
                caught=use.caught,
                fallback=use.fallback,
                by_engine=False,
            )

    def _judge(self, model: _Model, interface: ModelInterface, mask: Mask) -> Iterator[Trouble]:
        if not mask:
            return
        if interface.takes_modules_only and not model.use.text:
            no_module = mask & ~self._has(model, "named_parameters")[1]
            if no_module:
                name = model.cls.id.partition(":")[2]
                trouble = self._trouble(model.use, "PM801", no_module, f"{name} is none of torch's modules")
                yield replace(
                    trouble,
                    raised=Raised.TYPE,
                    caught=model.use.caught,
                    fallback=model.use.fallback,
                    by_engine=False,
                )
        drafts = self._is_draft(model)
        failing = 0
        # What is refused is not made, and what is not made is not called: one cause, one finding.
        for step in (
            ()
            if drafts or interface.check is None
            else self._checked(model, interface, interface.check, mask),
            self._made(model, interface, mask),
            () if drafts else self._called(model, interface, mask),
        ):
            before = failing
            for trouble in step:
                if trouble.mask & ~before:
                    yield replace(trouble, mask=trouble.mask & ~before)
                if trouble.worst is Level.ERROR:
                    failing |= trouble.mask

    # ------------------------------------------------------------ the check

    def _checked(
        self, model: _Model, interface: ModelInterface, check: Check, mask: Mask
    ) -> Iterator[Trouble]:
        pools = self._pools(model)
        if interface.pools_whatever_it_is:
            mask &= ~pools
        generates = self._has(model, "compute_logits")[0] & ~pools
        certain = 0 if _POOLS_BY_NAME.search(model.use.architecture) else generates
        for reason, lacking in self._lacks(model, check, pools):
            for where, worst in ((lacking & certain, Level.ERROR), (lacking & ~certain, Level.WARNING)):
                if where & mask & self._mask:
                    yield replace(
                        self._trouble(model.use, "PM802", where & mask, reason),
                        place=model.cls.place,
                        worst=worst if model.use.architecture else Level.WARNING,
                        symbol=model.cls.id.partition(":")[2],
                    )

    def _lacks(self, model: _Model, check: Check, pools: Mask) -> Iterator[tuple[str, Mask]]:
        everything = self._surface.axis.all
        for name, keywords in (("__init__", check.constructor), ("forward", check.forward)):
            signature = model.signature(name)
            lacking = [one for one in keywords if signature is not None and not _takes(signature, one)]
            if lacking:
                what = "its constructor" if name == "__init__" else name
                yield f"{what} does not take {' and '.join(lacking)}", everything
        for alternatives in (*check.members, ("forward",)):
            lacking_it = everything & ~(pools if alternatives == ("compute_logits",) else 0)
            for name in alternatives:
                lacking_it &= ~self._has(model, name)[1]
            yield f"it has no {' or '.join(alternatives)}", lacking_it

    # ------------------------------------------------------------ constructing and calling

    def _made(self, model: _Model, interface: ModelInterface, mask: Mask) -> Iterator[Trouble]:
        signature = model.signature("__init__")
        if signature is None or any(
            _REPLACES_CONSTRUCTOR & set(cls.decorators) for cls in model.family.chain
        ):
            return
        reason = interface.refuses_constructor(signature)
        if reason is not None:
            yield from self._unfit(model, "PM803", "__init__", mask, reason)

    def _called(self, model: _Model, interface: ModelInterface, mask: Mask) -> Iterator[Trouble]:
        """Yield the methods that do not take what is passed; PM403 judges those that override vLLM's."""
        for rule, name, calls in (
            ("PM804", "forward", interface.forward_calls()),
            ("PM805", "compute_logits", (interface.logits_call(),)),
        ):
            signature = model.signature(name)
            if signature is None or _demands_more(name, signature):
                continue
            reasons = [unbindable(signature, call) for call in calls]
            if reasons[0] is not None:
                # Where another runner takes it, it fails with the one that runs unless another is asked for.
                worst = Level.ERROR if all(reasons) and not self._pools(model) else Level.WARNING
                reason = f"{reasons[0]}; vLLM calls {name}{calls[0].text()}"
                where = mask & ~self._by_bases(model, name)
                yield from self._unfit(model, rule, name, where, reason, worst)

    def _unfit(
        self, model: _Model, rule: str, name: str, mask: Mask, reason: str, worst: Level = Level.ERROR
    ) -> Iterator[Trouble]:
        found = model.method(name)
        if found is not None and mask & self._mask:
            cls, method = found
            certain = model.use.architecture and not self._calls_itself
            yield replace(
                self._trouble(model.use, rule, mask, reason),
                place=method.place or cls.place,
                worst=worst if certain else Level.WARNING,
                symbol=f"{cls.id.partition(':')[2]}.{name}{method.signature.text()}",
            )

    # ------------------------------------------------------------ what the class has

    def _has(self, model: _Model, name: str) -> tuple[Mask, Mask]:
        """Return the releases on which the class surely has an attribute, and on which it may.

        The `forward` that torch's modules have only raises, and takes nothing that is asked for.
        """
        everything = self._surface.axis.all
        outside = (external_class(canonical(base)) for base in model.family.foreign)
        if model.family.defines(name) or (
            name != "forward" and any(known is not None and name in known.members for known in outside)
        ):
            return everything, everything
        surely = perhaps = 0
        for base in self._bases(model):
            found = self._surface.giving(base.cls, name, base.mask)
            surely |= found[0]
            perhaps |= found[1]
        return surely, perhaps

    def _by_bases(self, model: _Model, name: str) -> Mask:
        """Return the releases on which a class of vLLM's among the bases may have the method."""
        perhaps = 0
        for base in self._bases(model):
            perhaps |= self._surface.giving(base.cls, name, base.mask)[1]
        return perhaps

    def _bases(self, model: _Model) -> Iterator[BaseAt]:
        return chain.from_iterable(model.family.bases)

    def _pools(self, model: _Model) -> Mask:
        """Return the releases on which the class may be one for pooling."""
        pools = 0
        for flag in _POOLING:
            pools |= self._has(model, flag)[1]
        return pools

    def _is_draft(self, model: _Model) -> bool:
        signature = model.signature("forward")
        return bool(_DRAFTS.search(model.use.architecture)) or (
            signature is not None and any(p.name in _OF_DRAFTS for p in signature.parameters)
        )

    def _trouble(self, use: Registration, rule: str, mask: Mask, detail: str) -> Trouble:
        return Trouble(
            rule=rule,
            subject=plain(use.architecture or (use.cls or use.text).replace(":", ".")),
            node=use.node,
            place=use.place,
            guard=use.guard,
            mask=mask & self._mask,
            by_engine=True,
            symbol=plain(use.text) or (use.cls or "").partition(":")[2],
            detail=detail,
        )


def _takes(signature: Signature, keyword: str) -> bool:
    """Tell what `supports_kw` does (`vllm/utils/func_utils.py`, 0.33.0): keywords of any name count."""
    several = {Kind.VAR_POSITIONAL, Kind.VAR_KEYWORD}
    if any(p.name == keyword and p.kind not in several for p in signature.parameters):
        return True
    return any(p.kind is Kind.VAR_KEYWORD and p.name != keyword for p in signature.parameters)


def _demands_more(name: str, signature: Signature) -> bool:
    """Tell whether a `forward` demands what no release passes: another caller is meant."""
    return name == "forward" and any(
        p.name not in EVER_PASSED
        and not p.has_default
        and p.kind not in {Kind.VAR_POSITIONAL, Kind.VAR_KEYWORD}
        for p in signature.parameters
    )
