"""Every fatal error: its exit code, what happened and what to do next."""

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """Exit status of `plugin-matrix`."""

    COMPATIBLE = 0
    INCOMPATIBLE = 1
    USAGE = 2
    NOTHING_TO_CHECK = 3
    UNDETERMINED = 4
    INTERRUPTED = 130


class PluginMatrixError(Exception):
    """Base of all errors that end a command; the command line prints it without a traceback."""

    exit_code: ClassVar[ExitCode] = ExitCode.UNDETERMINED

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        """Return what happened, then what to do."""
        return f"{self.message} {self.next_step}".strip()


class UsageError(PluginMatrixError):
    """The command line or the configuration asks for something that is not there."""

    exit_code = ExitCode.USAGE


class ConfigurationError(UsageError):
    """Settings of a project cannot be used."""


class BaselineError(UsageError):
    """A baseline is missing or cannot be read."""


class UnknownEngineError(UsageError):
    """No engine of that name can be had."""


class UnknownPlatformError(UsageError):
    """No platform of that name can be had."""


class ReportError(UsageError):
    """A report cannot be written where the user wants it, or a results file cannot be read."""


class NothingToCheckError(PluginMatrixError):
    """The selection leaves no cell."""

    exit_code = ExitCode.NOTHING_TO_CHECK


class PluginError(PluginMatrixError):
    """A plugin artefact cannot be found, opened or built."""

    exit_code = ExitCode.USAGE


class NotAPluginError(PluginError):
    """The distribution declares no entry point in a `vllm.` group."""

    exit_code = ExitCode.NOTHING_TO_CHECK


class EngineError(PluginMatrixError):
    """An engine cannot be built or installed."""


class SurfaceIndexError(PluginMatrixError):
    """The surface index is not there, corrupt or of another format; or it cannot be built."""


class EnvironmentMakingError(PluginMatrixError):
    """An environment for an engine on a platform cannot be made."""


class SandboxError(PluginMatrixError):
    """The machine cannot run a cell (not the plugin's doing)."""


class ContainerEngineError(SandboxError):
    """No Docker-compatible engine can be used."""


class ImageMissingError(SandboxError):
    """The platform's image is not built, or cannot run on this engine."""


class NoDeviceError(SandboxError):
    """The accelerator of a platform is not there, or its cells cannot be given it."""


class ImageBuildError(PluginMatrixError):
    """The platform's image cannot be built here."""


class DiskFullError(PluginMatrixError):
    """The disk is full."""
