"""Which of a plugin's functions and names depend on vLLM's release: only those are worth following."""

from typing import TYPE_CHECKING

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.plugins.uses import releases
from plugin_matrix.plugins.uses.expressions import (
    Argument,
    Comparison,
    Connective,
    Either,
    Elements,
    Expression,
    Function,
    Invoke,
    Item,
    Items,
    Literal,
    Member,
    Negation,
    Opaque,
    Present,
    Ref,
    Runs,
    Setting,
    Told,
)
from plugin_matrix.plugins.uses.file_record import FunctionBody
from plugin_matrix.plugins.uses.registry import lists_architectures

if TYPE_CHECKING:
    from plugin_matrix.plugins.uses.names import Names

VERSIONS = frozenset(
    {"packaging.version.Version", "packaging.version.parse", "packaging.version.LegacyVersion"}
    | {"pkg_resources.parse_version", "pkg_resources.extern.packaging.version.parse"}
    | {"distutils.version.LooseVersion", "distutils.version.StrictVersion", "looseversion.LooseVersion"}
)
INSTALLED = frozenset({"importlib.metadata.version", "importlib_metadata.version"})
DISTRIBUTIONS = frozenset(
    {"importlib.metadata.distribution", "importlib_metadata.distribution", "pkg_resources.get_distribution"}
)
SPECIFIERS = frozenset({"packaging.specifiers.SpecifierSet", "packaging.specifiers.Specifier"})
OWN_MEANING = VERSIONS | INSTALLED | SPECIFIERS | {"builtins.any", "builtins.all"}
"""Functions of other packages that are understood."""


class Telling:
    """Looks into functions and names without working them out."""

    def __init__(self, names: "Names") -> None:
        self._names = names
        self._functions: dict[str, bool] = {}
        self._paths: dict[AccessPath, bool] = {}

    def tells(self, body: FunctionBody) -> bool:
        """Whether what a function returns depends on the release, or is one constant."""
        match body.returns:
            case ((guard, Literal()),) if guard == body.entry:
                return True
            case _:
                pass
        found = self._functions.get(body.unit)
        if found is None:
            self._functions[body.unit] = False  # while it is looked at: a function may call itself
            found = any(
                self._mentions(part)
                for guard, value in body.returns
                for part in (value, *self._names.guard_tests(body, guard))
            )
            self._functions[body.unit] = found
        return found

    def _mentions(self, value: Expression) -> bool:  # noqa: C901, PLR0911 - one return per kind
        """Whether a value speaks of the release, or of what exists in it."""
        match value:
            case Present() | Runs() | Setting():
                return True
            case Ref(path):
                return self._path_mentions(path)
            case Invoke(function, given, keywords):
                if isinstance(function, Ref):
                    if function.path.root in INSTALLED | DISTRIBUTIONS:
                        return Literal("vllm") in given
                    body = None if function.path.root in OWN_MEANING else self._names.function(function.path)
                    if body is not None and self.tells(body):
                        return True
                    return any(map(self._mentions, (*given, *(one for _, one in keywords))))
                return any(map(self._mentions, (function, *given)))
            case Member(base) | Item(base):
                return self._mentions(base)
            case Comparison(_, left, right):
                return self._mentions(left) or self._mentions(right)
            case Items(items) | Connective(_, items):
                return any(map(self._mentions, items))
            case Negation(item) | Told(item):
                return self._mentions(item)
            case Either(test, then, other):
                return any(map(self._mentions, (test, then, other)))
            case Literal() | Argument() | Elements() | Function() | Opaque():
                return False

    def _path_mentions(self, path: AccessPath) -> bool:
        if path.root in releases.RELEASE_TEXTS or path.root in releases.RELEASE_TUPLES:
            return True
        if lists_architectures(path):
            return True
        found = self._paths.get(path)
        if found is None:
            self._paths[path] = False
            known = self._names.value(path)
            found = self._paths[path] = known is not None and self._mentions(known)
        return found
