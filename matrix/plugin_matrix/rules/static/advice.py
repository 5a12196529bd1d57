"""PM206 and PM207: uses that work and that vLLM advises against."""

from collections.abc import Iterator

from plugin_matrix.model.finding import Level
from plugin_matrix.model.version_set import Mask
from plugin_matrix.plugins.uses.records import Attribute, Call, Import, Patch, SourceUses
from plugin_matrix.rules.static.asking import Surface, known
from plugin_matrix.rules.static.trouble import Trouble
from plugin_matrix.surface.answers import Answer

PRIVATE = "vllm._*"
"""Subject of the one finding on names with a leading underscore."""


class Advice:
    """Finds deprecated and underscore-private names."""

    def __init__(self, uses: SourceUses, surface: Surface, mask: Mask) -> None:
        self._uses = uses
        self._surface = surface
        self._mask = mask

    def troubles(self) -> Iterator[Trouble]:
        """Yield what is advised against."""
        for use in self._uses.uses:
            match use:
                case Import(module=module, name=name):
                    answers = self._surface.importable(module, name, self._mask)
                    path = module if name is None else f"{module}.{name}"
                    parts = path.split(".")
                case Attribute(path=access) | Call(path=access):
                    if access.root.split(".", 1)[0] != "vllm":
                        continue
                    answers = self._surface.resolve(access, self._mask)
                    path = access.text()
                    parts = [*access.root.split("."), *(step.lstrip(".") for step in access.steps)]
                case Patch(path=access):
                    answers = ()
                    path = access.text()
                    parts = [*access.root.split("."), *(step.lstrip(".") for step in access.steps)]
                case _:
                    continue
            deprecated = _deprecated(answers)
            if deprecated:
                yield self._advice(use, "PM206", path, path, deprecated)
            private = [part for part in parts if _is_private(part)]
            if parts[0] == "vllm" and private and not (private == parts[-1:] and self._is_mark(use)):
                yield self._advice(use, "PM207", PRIVATE, path, self._mask)

    def _is_mark(self, use: Import | Attribute | Call | Patch) -> bool:
        """Tell whether an attribute is vLLM's on no release: the plugin keeps something of its own there."""
        if isinstance(use, Import):
            return False
        everything = self._surface.resolve(use.path, self._surface.axis.all)
        return not any(known(everything))

    def _advice(
        self, use: Import | Attribute | Call | Patch, rule: str, subject: str, symbol: str, mask: Mask
    ) -> Trouble:
        return Trouble(
            rule=rule,
            subject=subject,
            node=use.node,
            place=use.place,
            guard=use.guard,
            mask=mask,
            worst=Level.ADVICE,
            symbol=symbol,
        )


def _deprecated(answers: tuple[Answer, ...]) -> Mask:
    mask = 0
    for answer in answers:
        if answer.deprecated:
            mask |= answer.mask
    return mask


def _is_private(part: str) -> bool:
    return part.startswith("_") and not (part.startswith("__") and part.endswith("__"))
