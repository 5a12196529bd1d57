"""vLLM's own exceptions (`vllm/exceptions.py`, 0.14.0); from 0.27.0 they have a common base."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Optional

from vllm._reference import at_least, trim


class VLLMError(Exception):
    """Base of the others."""


class VLLMClientError(VLLMError):
    """The request is at fault."""


class VLLMServerError(VLLMError):
    """The server is at fault."""


_ONE_BASE = at_least("0.27.0")
_Invalid = VLLMClientError if _ONE_BASE else ValueError
_Missing = VLLMClientError if _ONE_BASE else Exception


class _AboutParameter(_Invalid):  # type: ignore[misc, valid-type]
    def __init__(self, message: str, *, parameter: Optional[str] = None, value: Any = None) -> None:
        super().__init__(message)
        self.parameter, self.value = parameter, value

    def __str__(self) -> str:
        told = [f"parameter={self.parameter}"] if self.parameter is not None else []
        told += [f"value={self.value}"] if self.value is not None else []
        return f"{super().__str__()} ({', '.join(told)})" if told else super().__str__()


class VLLMValidationError(_AboutParameter):
    """A request is not valid."""


class VLLMUnprocessableEntityError(_AboutParameter):
    """A request's content cannot be processed."""


class VLLMNotFoundError(_Missing):  # type: ignore[misc, valid-type]
    """What a request names is not there."""


class ChatTemplateResolutionError(VLLMClientError):
    """No chat template fits."""


class LoRAAdapterNotFoundError(VLLMNotFoundError):
    """A requested adapter is not there."""

    def __init__(self, lora_name: str, lora_path: str) -> None:
        self.message = f"Loading lora {lora_name} failed: No adapter found for {lora_path}"

    def __str__(self) -> str:
        return self.message


class GenerationError(VLLMServerError):
    """A request ended with an error."""

    def __init__(self, message: str = "Internal server error") -> None:
        super().__init__(message)
        self.status_code = HTTPStatus.INTERNAL_SERVER_ERROR


class RetryableRequestError(GenerationError):
    """A request failed that may be sent again."""

    def __init__(self, message: str = "Request failed; please retry") -> None:
        super().__init__(message)
        self.status_code = HTTPStatus.SERVICE_UNAVAILABLE


class GracefulHTTPError(VLLMError):
    """An error that brings its HTTP status."""

    def __init__(self, message: str, http_status: HTTPStatus) -> None:
        super().__init__(message)
        self.message, self.http_status = message, http_status


class QueueOverflowError(GracefulHTTPError):
    """Too many requests wait."""

    def __init__(self) -> None:
        super().__init__("The request queue is full.", HTTPStatus.SERVICE_UNAVAILABLE)


class MaxQueuedTokensError(GracefulHTTPError):
    """Too many tokens wait."""

    def __init__(self) -> None:
        super().__init__("Too many tokens are queued.", HTTPStatus.SERVICE_UNAVAILABLE)


class ProfilerAlreadyActiveError(GracefulHTTPError):
    """A profile is being taken."""

    def __init__(self) -> None:
        super().__init__("The profiler is active already.", HTTPStatus.CONFLICT)


trim(globals())
