"""The device that the resolved platform names."""

from __future__ import annotations

from typing import Any

from vllm._reference import at_least
from vllm.logger import init_logger

logger = init_logger("vllm.worker")


def engine_device(vllm_config: Any) -> Any:
    """Return torch's device for the configured device type.

    Where torch cannot use that type in this environment (a vendor's device that is not there), says so
    at ERROR and returns the CPU: the vLLM side of a platform can then still be exercised.
    """
    import torch

    named = str(vllm_config.device_config.device_type or "cpu")
    try:
        device = torch.device(named)
        torch.empty(1, device=device)
    except Exception as error:
        from vllm.platforms import current_platform

        logger.error(  # noqa: TRY400 - the reason is in the message
            "Platform %s names the device type %r, which torch %s cannot use here (%s: %s). Running "
            "on the CPU instead.",
            type(current_platform).__name__,
            named,
            torch.__version__,
            type(error).__name__,
            error,
        )
        device = torch.device("cpu")
    if at_least("0.9.2") and device.type != "cpu":
        from vllm.platforms import current_platform

        current_platform.set_device(device)
    return device
