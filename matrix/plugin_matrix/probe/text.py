"""Turn foreign objects into bounded text, and observations into JSON.

Nothing here trusts the objects it is shown: a plugin's `__str__` may raise, return a subclass or
be huge. JSON is written by the part of Python's writer that is in C: a plugin may have replaced `json.dumps`.
"""

from __future__ import annotations

from _json import encode_basestring_ascii as _quote
from _json import make_encoder, make_scanner
from math import isfinite

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

MAX_TEXT = 4_000
"""Characters; `plugin_matrix.model.observation.MAX_TEXT`."""
MOST_TOLD = 200
"""Events, lines of the log and uses of stand-ins in one scenario; an observation with more is refused."""

_type_name = type.__dict__["__qualname__"].__get__
_type_module = type.__dict__["__module__"].__get__


def bounded(text: str, limit: int = MAX_TEXT) -> str:
    """Return exact `str`, valid as UTF-8, of at most `limit` characters."""
    if type(text) is str and len(text) <= limit and text.isascii():
        return text  # nearly all there is, and a snapshot has thousands of them
    exact = str.__getitem__(text, slice(0, limit))
    encoded = str.encode(exact, "utf-8", "backslashreplace")
    return bytes.decode(encoded, "utf-8")[:limit]


def united(told: list[Any], more: Iterable[Any]) -> list[Any]:
    """Return what two processes of a scenario told, each thing once, as far as it may be told."""
    return (told + [one for one in more if one not in told])[:MOST_TOLD]


def shown(value: object, limit: int = 400) -> str:
    """Return `repr(value)`, bounded; a `repr` that fails is named instead."""
    try:
        return bounded(repr(value), limit)
    except BaseException as error:  # noqa: BLE001 - foreign __repr__ may raise anything
        return f"<{class_name(type(value))} whose repr raises {class_name(type(error))}>"


def said(error: BaseException) -> str:
    """Return `str(error)`, bounded; a `__str__` that fails is named instead."""
    try:
        return bounded(str(error))
    except BaseException as again:  # noqa: BLE001 - foreign __str__ may raise anything
        return f"<{class_name(type(error))} whose str raises {class_name(type(again))}>"


def class_name(kind: type) -> str:
    """Return `module.qualname` of a class, `builtins` left out, past any metaclass."""
    try:
        module = _type_module(kind)
        name = _type_name(kind)
    except BaseException:  # noqa: BLE001 - a class body may hold anything under these names
        return "<unnamed class>"
    if not isinstance(module, str) or module == "builtins":
        return bounded(name, 300)
    return bounded(f"{str.__str__(module)}.{str.__str__(name)}", 300)


def qualified(value: object) -> str:
    """Return `module.qualname` of a class, function or method, else that of the value's type."""
    if isinstance(value, type):
        return class_name(value)
    try:
        name = object.__getattribute__(value, "__qualname__")
        module = object.__getattribute__(value, "__module__")
    except BaseException:  # noqa: BLE001 - foreign attribute access may raise anything
        return class_name(type(value))
    if not isinstance(name, str) or not isinstance(module, str):
        return class_name(type(value))
    return bounded(f"{str.__str__(module)}.{str.__str__(name)}", 300)


def attribute(value: object, name: str) -> Any:
    """Return a foreign object's attribute, None where it has none or asking for it raises.

    The stand-ins that transformers has for what needs an absent package raise ImportError at any question.
    """
    try:
        return getattr(value, name, None)
    except Exception:  # noqa: BLE001 - foreign attribute access may raise anything
        return None


class _Decoding:
    """What `json.JSONDecoder` tells the scanner."""

    strict = True
    object_hook = object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float
    memo: dict[str, str] = {}  # noqa: RUF012 - the scanner's own


def decode(text: str) -> Any:
    """Return what `encode` was given; raises `ValueError` or `RecursionError` for anything else.

    `json` itself imports regular expressions, which the driver needs for nothing else.
    """
    text = text.strip()
    try:
        value, end = make_scanner(_Decoding)(text, 0)  # type: ignore[arg-type]
    except StopIteration:
        raise ValueError("no JSON") from None
    if end != len(text):
        raise ValueError("more than one value")
    return value


_write = make_encoder(None, tuple, _quote, None, ":", ",", False, False, False)  # noqa: FBT003 - not by name
_MOST_WRITTEN = 64 * MAX_TEXT
_SURROGATE = "\\ud"


def encode(value: Any) -> str:
    """Return `value`, made of plain dicts, lists, strings and numbers, as JSON in ASCII.

    Numbers that JSON lacks are 0.0, and no string is longer than some quarter of a million characters or
    anything but valid Unicode.
    """
    try:
        written = "".join(_write(value, 0))
    except ValueError:  # a number that JSON lacks
        written = ""
    if 0 < len(written) <= _MOST_WRITTEN and _SURROGATE not in written:
        return written
    parts: list[str] = []
    _encode(value, parts)
    return "".join(parts)


def _encode(value: Any, parts: list[str]) -> None:
    if value is None:
        parts.append("null")
    elif value is True:
        parts.append("true")
    elif value is False:
        parts.append("false")
    elif isinstance(value, str):
        parts.append(_quote(bounded(value, _MOST_WRITTEN)))
    elif isinstance(value, int):
        parts.append(int.__repr__(value))
    elif isinstance(value, float):
        parts.append(float.__repr__(value) if isfinite(value) else "0.0")
    elif isinstance(value, dict):
        parts.append("{")
        for position, (key, item) in enumerate(value.items()):
            parts.append("," if position else "")
            parts.append(_quote(key))
            parts.append(":")
            _encode(item, parts)
        parts.append("}")
    else:
        parts.append("[")
        for position, item in enumerate(value):
            parts.append("," if position else "")
            _encode(item, parts)
        parts.append("]")
