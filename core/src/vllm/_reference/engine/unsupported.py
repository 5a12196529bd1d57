"""Why no architecture of a model could be used, in the words of the release."""

from __future__ import annotations

from typing import Any, List, NoReturn

from vllm._reference import value
from vllm._reference.engine.tables import table


def raise_for_unsupported(architectures: List[str], supported: Any) -> NoReturn:
    """Raise the release's ValueError (`_ModelRegistry._raise_for_unsupported`)."""
    mode = value("unsupported_arch_error")
    if mode != "not-supported" and any(arch in supported for arch in architectures):
        raise ValueError(
            f"Model architectures {architectures} failed to be inspected. Please check the logs for "
            "more details."
        )
    if mode in ("previously-supported", "install-plugin"):
        previous = table("architectures").get("previous", {})
        moved = table("architectures").get("plugin", {})
        for arch in architectures:
            if arch in previous:
                raise ValueError(
                    f"Model architecture {arch} was supported in vLLM until v{previous[arch]}, and is "
                    "not supported "
                    "anymore. Please use an older version of vLLM if you want to use this model architecture."
                )
            if mode == "install-plugin" and arch in moved:
                raise ValueError(
                    f"Model architecture {arch} is not supported in-tree anymore. Please install the "
                    "plugin at "
                    f"{moved[arch]} if you want to use this model architecture."
                )
    raise ValueError(
        f"Model architectures {architectures} are not supported for now. Supported architectures: {supported}"
    )
