"""Access paths: how a piece of source reaches a value, written down without resolving it."""

from typing import Self

import msgspec

CALL = "()"
ELEMENT = "[]"
INSTANCE = "@"


class AccessPath(msgspec.Struct, frozen=True, cache_hash=True, array_like=True, omit_defaults=True):
    """A root and the steps from it, for example `vllm.config.VllmConfig` `@` `.model_config` `.hf_config`.

    Steps: `.name` an attribute, `()` the result of calling, `[]` an element (subscript or iteration),
    `@` an instance of the class (from an annotation). One root that is a dotted name stands for the module or
    the name in a module that Python's import system and attribute access lead to: `vllm.config.VllmConfig`.
    """

    root: str
    steps: tuple[str, ...] = ()

    def attribute(self, name: str) -> Self:
        """Return the path to an attribute; of a plain dotted root it becomes part of the root."""
        if not self.steps:
            return type(self)(f"{self.root}.{name}")
        return type(self)(self.root, (*self.steps, f".{name}"))

    def step(self, step: str) -> Self:
        """Return the path one step (`()`, `[]` or `@`) further."""
        return type(self)(self.root, (*self.steps, step))

    def text(self) -> str:
        """Return the path as one string, for example `vllm.config.VllmConfig@.model_config`."""
        return self.root + "".join(self.steps)
