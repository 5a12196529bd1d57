"""Base classes with exactly the members and signatures that a release has."""

from __future__ import annotations
import __future__

import abc
import ast
import contextlib
import functools
import importlib
import types
import warnings
from typing import Any, Callable, Dict, List, Mapping, NoReturn, Optional, Tuple

from vllm._reference.missing import record
from vllm._reference.release import FACTS, RELEASE

_DECORATORS: Dict[str, Callable[[Any], Any]] = {
    "abstractmethod": abc.abstractmethod,
    "classmethod": classmethod,
    "contextmanager": contextlib.contextmanager,
    "lru_cache": functools.lru_cache(maxsize=None),
    "property": property,
    "staticmethod": staticmethod,
}


def has_class(name: str) -> bool:
    """Tell whether the history has the class at this release."""
    return name in FACTS["classes"]


def define_class(
    name: str,
    module_globals: Dict[str, Any],
    overrides: Optional[Mapping[str, Any]] = None,
    *,
    bases: Tuple[Any, ...] = (),
    key: Optional[str] = None,
    doc: Optional[str] = None,
) -> Any:
    """Build the class `name` with the members of this release.

    `overrides` gives bodies by member name: a callable gets self or cls, then the arguments in the order of
    the signature, keyword-only ones by keyword; for an attribute it is the value. Overrides of members that
    this release does not have are left out. A member without an override does what the data says of the
    real body;
    one whose body is more than the data can say raises and is recorded as not modelled. Names in bodies,
    and defaults, are looked up in `module_globals`; torch is imported when a body that names it runs.
    `key` is the class's name in the data where that differs from `name`.
    """
    chosen = dict(overrides or {})
    subject = key or name
    members: Dict[str, Tuple[str, str, str]] = FACTS["classes"][subject]["members"]
    namespace: Dict[str, Any] = {"__module__": module_globals["__name__"], "__doc__": doc}
    annotations: Dict[str, str] = {}
    for member, (signature, decorators, body) in members.items():
        if body == "attr":
            annotations[member] = _add_attribute(namespace, member, signature, module_globals, chosen)
            continue
        function = _function(subject, member, signature, body, module_globals, chosen.get(member))
        function.__qualname__ = f"{name}.{member}"
        for decorator in reversed(_decorators(decorators)):
            function = decorator(function)
        namespace[member] = function
    namespace["__annotations__"] = annotations
    abstract = any("abstractmethod" in decorators for _, decorators, _ in members.values())
    if abstract and not any(isinstance(base, abc.ABCMeta) for base in bases):
        bases = (abc.ABC, *bases)
    return types.new_class(name, bases, {}, lambda made: made.update(namespace))


def _add_attribute(
    namespace: Dict[str, Any],
    member: str,
    signature: str,
    module_globals: Dict[str, Any],
    overrides: Mapping[str, Any],
) -> str:
    """Put `attr: annotation = default` into the namespace; return the annotation."""
    statement = ast.parse(signature).body[0]
    if not isinstance(statement, ast.AnnAssign):
        raise TypeError(signature)
    if member in overrides:
        namespace[member] = overrides[member]
    elif statement.value is not None:
        expression = ast.unparse(statement.value)
        needs_torch = any(isinstance(n, ast.Name) and n.id == "torch" for n in ast.walk(statement.value))
        # The data is ours, so evaluating its expressions is safe.
        namespace[member] = (
            _NeedsTorch(expression) if needs_torch else eval(expression, module_globals)  # noqa: S307
        )
    return ast.unparse(statement.annotation)


class _NeedsTorch:
    """A class attribute whose value names torch: made when it is asked for."""

    def __init__(self, expression: str) -> None:
        self._expression = expression

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return eval(self._expression, {"torch": importlib.import_module("torch")})  # noqa: S307 (our data)


def _function(
    subject: str, member: str, signature: str, body: str, module_globals: Dict[str, Any], override: Any
) -> Any:
    """Make a function with the data's signature, its annotations left as text."""
    if override is not None:
        statements = f"return __override__({_forwarded(member, signature)})"
    elif body == "raises":
        statements = "raise NotImplementedError"
    elif body.startswith("return"):
        statements = f"import torch; {body}" if "torch." in body else body
    elif body == "stub":
        statements = "return None"
    else:
        statements = f"__not_modelled__({f'{subject}.{member}'!r})"
    source = (
        "def __make__(__override__, __not_modelled__):\n"
        f"    def {member}{signature}:\n"
        f"        {statements}\n"
        f"    return {member}\n"
    )
    code = compile(
        source, f"<{subject} {RELEASE}>", "exec", __future__.annotations.compiler_flag, dont_inherit=True
    )
    made: Dict[str, Any] = {}
    exec(code, module_globals, made)  # noqa: S102 (our data)
    return made["__make__"](override, _refuse)


def _forwarded(member: str, signature: str) -> str:
    """Return the call's text that passes every parameter on."""
    definition = ast.parse(f"def {member}{signature}: pass").body[0]
    if not isinstance(definition, ast.FunctionDef):
        raise TypeError(signature)
    arguments = definition.args
    parts = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    if arguments.vararg:
        parts.append(f"*{arguments.vararg.arg}")
    parts += [f"{argument.arg}={argument.arg}" for argument in arguments.kwonlyargs]
    if arguments.kwarg:
        parts.append(f"**{arguments.kwarg.arg}")
    return ", ".join(parts)


def _decorators(text: str) -> List[Callable[[Any], Any]]:
    """Return the decorators that `text` lists, outermost first."""
    if "(" not in text:  # nearly always; parsing takes as long as everything else about a member
        return [_DECORATORS[name] for name in text.split(",") if name]
    found = []
    for node in ast.parse(f"[{text}]", mode="eval").body.elts:  # type: ignore[attr-defined]
        if isinstance(node, ast.Call):
            found.append(_deprecated(ast.literal_eval(node.args[0])))
        else:
            found.append(_DECORATORS[node.id])
    return found


def _deprecated(message: str) -> Callable[[Any], Any]:
    """Return a decorator that warns at each call, as `typing_extensions.deprecated` does."""

    def decorate(function: Any) -> Any:
        @functools.wraps(function)
        def warn(*args: Any, **kwargs: Any) -> Any:
            warnings.warn(message, DeprecationWarning, stacklevel=2)
            return function(*args, **kwargs)

        return warn

    return decorate


def _refuse(subject: str) -> NoReturn:
    record(subject)
    raise NotImplementedError(f"the reference engine does not model {subject}")
