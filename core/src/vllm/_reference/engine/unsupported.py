"""Why no architecture of a model could be used, in the words of the release."""

from __future__ import annotations

from typing import Any, List, NoReturn

from vllm._reference import at_least, value
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


def raise_without_transformers(architectures: List[str], supported: Any, model_config: Any) -> None:
    """Raise as `get_model_architecture` does where it would take Transformers' model (0.7.2 to 0.10.0).

    None of the architectures is taken to be in the Transformers library, which is not asked.
    """
    if value("unsupported_arch_error") not in ("transformers-not-compatible", "transformers-no-module"):
        return
    previous = table("architectures").get("previous", {})
    if at_least("0.10.0") and any(arch in previous for arch in architectures):
        first = architectures[0]
        raise ValueError(
            f"Model architecture {first} was supported in vLLM until version {previous[first]}, and is "
            "not supported anymore. Please use an older version of vLLM if you want to use this model "
            "architecture."
        )
    implementation = implementation_of(model_config)
    unknown = not any(arch in supported for arch in architectures)
    if implementation == "vllm" or (implementation == "auto" and not unknown):
        return
    for arch in architectures:
        if value("unsupported_arch_error") == "transformers-no-module":
            raise_for_no_module(arch)
        if implementation == "transformers":
            raise ValueError(f"The Transformers implementation of {arch} is not compatible with vLLM.")
        hint = " Try setting VLLM_USE_V1=0." if at_least("0.8.0") else ""
        raise ValueError(
            f"{arch} has no vLLM implementation and the Transformers implementation is not compatible "
            f"with vLLM.{hint}"
        )


def implementation_of(model_config: Any) -> str:
    """Whose implementation of the model is asked for: "vllm", "transformers" or "auto"."""
    asked = getattr(model_config, "model_impl", None)
    return asked if asked in ("vllm", "transformers") else "auto"


def raise_for_no_module(architecture: str) -> NoReturn:
    """Say that Transformers does not have the architecture (0.8.5; in the registry since 0.10.1)."""
    raise ValueError(
        f"Cannot find model module. {architecture!r} is not a registered model in the Transformers library "
        "(only relevant if the model is meant to be in Transformers) and 'AutoModel' is not present "
        "in the model config's 'auto_map' (relevant if the model is custom)."
    )
