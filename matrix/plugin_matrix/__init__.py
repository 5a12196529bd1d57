"""Say, with evidence, which vLLM releases and platforms a vLLM plugin works with.

What is named here is the public interface, and stays; everything below it may change with every release.
Nothing is imported before it is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plugin_matrix.api import (
        catalogue,
        check,
        decide,
        read_results,
        render,
        run_matrix,
        write_results,
    )
    from plugin_matrix.errors import ExitCode, PluginMatrixError
    from plugin_matrix.model import (
        CellResult,
        Compatible,
        Decision,
        Evidence,
        Finding,
        Incompatible,
        Level,
        NotApplicable,
        Plugin,
        PluginProblem,
        Results,
        Rule,
        SurfaceFinding,
        SurfaceResult,
        Undetermined,
    )

__all__ = [
    "CellResult",
    "Compatible",
    "Decision",
    "Evidence",
    "ExitCode",
    "Finding",
    "Incompatible",
    "Level",
    "NotApplicable",
    "Plugin",
    "PluginMatrixError",
    "PluginProblem",
    "Results",
    "Rule",
    "SurfaceFinding",
    "SurfaceResult",
    "Undetermined",
    "catalogue",
    "check",
    "decide",
    "read_results",
    "render",
    "run_matrix",
    "write_results",
]

_FUNCTIONS = frozenset(
    {"catalogue", "check", "decide", "read_results", "render", "run_matrix", "write_results"}
)
_ERRORS = frozenset({"ExitCode", "PluginMatrixError"})


# A type checker that saw it would take every misspelt name for one that is there.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = "api" if name in _FUNCTIONS else "errors" if name in _ERRORS else "model"
        value = getattr(import_module(f"{__name__}.{home}"), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
