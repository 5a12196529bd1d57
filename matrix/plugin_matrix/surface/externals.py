"""Classes outside vLLM whose members are known, so that what derives from them can be said to lack a name."""

import abc
import builtins
import collections
import collections.abc
import contextlib
import enum
import functools
import typing

import msgspec

_MODULES = {
    "abc": abc,
    "builtins": builtins,
    "collections": collections,
    "collections.abc": collections.abc,
    "contextlib": contextlib,
    "enum": enum,
    "typing": typing,
    "typing_extensions": typing,
}

_NN_MODULE_TEXT = """
    T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double
    dump_patches eval extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half
    ipu load_state_dict modules mtia named_buffers named_children named_modules named_parameters
    parameters register_backward_hook register_buffer register_forward_hook register_forward_pre_hook
    register_full_backward_hook register_full_backward_pre_hook register_load_state_dict_post_hook
    register_load_state_dict_pre_hook register_module register_parameter register_state_dict_post_hook
    register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule share_memory state_dict to
    to_empty train training type xpu zero_grad _apply _buffers _call_impl _modules _parameters
    _load_from_state_dict _save_to_state_dict _named_members
"""
_NN_MODULE = frozenset(_NN_MODULE_TEXT.split())
_PYDANTIC_TEXT = """
    model_config model_fields model_computed_fields model_extra model_fields_set model_construct
    model_copy model_dump model_dump_json model_json_schema model_parametrized_name model_post_init
    model_rebuild model_validate model_validate_json model_validate_strings dict json parse_obj parse_raw
    parse_file from_orm construct copy schema schema_json validate update_forward_refs
"""
_PYDANTIC = frozenset(_PYDANTIC_TEXT.split())
OF_EVERY_OBJECT = frozenset(dir(object)) | {"__dict__", "__module__", "__annotations__"}
_NAMED_TUPLE = frozenset(dir(tuple)) | {"_fields", "_replace", "_asdict", "_make", "_field_defaults"}


class ExternalClass(msgspec.Struct, frozen=True):
    """What is known of a class outside vLLM."""

    members: frozenset[str]
    closed: bool = True
    """Instances have no attributes but these and what a subclass shows; False: other code adds some."""
    abstract: frozenset[str] = frozenset()
    abc: bool = False
    """`ABCMeta` or a class derived from it is its metaclass: abstract members must be given."""
    makes: str = ""
    """How subclasses are constructed: `object`, `exception`, `enum`, `named tuple`, `struct`, `pydantic`,
    `module`, `typed dict`; empty where it is not known."""


_WRITTEN = {
    "torch.nn.Module": ExternalClass(_NN_MODULE, closed=False, makes="module"),
    "pydantic.BaseModel": ExternalClass(_PYDANTIC, closed=False, abc=True, makes="pydantic"),
    "msgspec.Struct": ExternalClass(frozenset({"__struct_fields__", "__struct_config__"}), makes="struct"),
    "typing.NamedTuple": ExternalClass(_NAMED_TUPLE, makes="named tuple"),
    "typing.TypedDict": ExternalClass(frozenset(dir(dict)), makes="typed dict"),
}
_SPELLINGS = {
    "torch.nn.modules.Module": "torch.nn.Module",
    "torch.nn.modules.module.Module": "torch.nn.Module",
    "pydantic.main.BaseModel": "pydantic.BaseModel",
    "typing_extensions.NamedTuple": "typing.NamedTuple",
    "typing_extensions.TypedDict": "typing.TypedDict",
    "typing_extensions.Protocol": "typing.Protocol",
    "typing_extensions.Generic": "typing.Generic",
}


def canonical(path: str) -> str:
    """Return the path under which a class outside vLLM is known; built-in ones by their name alone."""
    return _SPELLINGS.get(path, path).removeprefix("builtins.")


@functools.cache
def external_class(path: str) -> ExternalClass | None:
    """Return what is known of the class at the canonical `path`; None where it is not."""
    if path in _WRITTEN:
        return _WRITTEN[path]
    module, _, name = (path if "." in path else f"builtins.{path}").rpartition(".")
    found = getattr(_MODULES.get(module), name, None)
    if module == "typing":
        found = typing.get_origin(found) or found
    if not isinstance(found, type):
        return None
    if issubclass(found, enum.Enum):
        return ExternalClass(frozenset({*dir(found), "name", "value", "_name_", "_value_"}), makes="enum")
    members = (
        frozenset(dir(found)) | {"data", "maps", "default_factory"}
        if "User" in name
        else frozenset(dir(found))
    )
    return ExternalClass(
        members,
        abstract=frozenset(getattr(found, "__abstractmethods__", ())),
        abc=isinstance(found, abc.ABCMeta),
        makes="exception" if issubclass(found, BaseException) else _plain(found),
    )


def _plain(found: type) -> str:
    own = {name for base in found.__mro__[:-1] for name in ("__init__", "__new__") if name in vars(base)}
    return "" if own else "object"


_TYPE_MEMBERS = frozenset(dir(type)) | frozenset(dir(abc.ABCMeta))


def on_class(name: str, bases: tuple[str, ...]) -> bool:
    """Tell whether every class has `name`, or its metaclass gives it (`__members__` of an enum)."""
    if name in _TYPE_MEMBERS:
        return True
    return is_enum(bases) and name in dir(enum.EnumMeta)


def is_enum(bases: tuple[str, ...]) -> bool:
    """Tell whether a class with these bases from outside vLLM, its ancestors' included, is an enum."""
    return any(known.makes == "enum" for known in map(external_class, bases) if known)
