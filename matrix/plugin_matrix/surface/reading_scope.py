"""The names that the statements of a module or a class body bind, branch by branch.

Several records of one name in a scope are alternatives: an earlier binding that a later one surely replaces
is dropped, and the name is surely bound when one of its records is not `Mark.CONDITIONAL`.
"""

import ast
from collections.abc import Iterable

import msgspec

from plugin_matrix.surface.reading_branches import Bindings, forget, is_certain, join, known_test
from plugin_matrix.surface.reading_functions import Function, function_record, is_accessor, signature
from plugin_matrix.surface.reading_text import access_path, annotation, callee, dotted, literal, root_of
from plugin_matrix.surface.records import (
    AttributeRecord,
    ClassRecord,
    FunctionRecord,
    ImportedName,
    Mark,
    Record,
    StarImport,
)

_CLASS_KEYWORDS = frozenset(
    {"metaclass", "kw_only", "init", "frozen", "total", "slots", "rename", "tag", "order"}
)
_DATACLASSES = frozenset(
    {"dataclass", "dataclasses.dataclass", "config", "dataclass_transform", "attr.s", "attrs.define"}
)
_ENUM_BASES = frozenset({"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "EnumMeta"})
_FIELD_CALLS = frozenset({"field", "Field"})
_STAR = "*"


class Module(msgspec.Struct):
    """The file that is read: what relative imports and bodies of functions need to know of it."""

    name: str
    is_package: bool
    functions: list[tuple[Function, str, str]]
    """Every function with its qualname and that of its class."""
    classes: list[str]
    """Qualname of every class."""

    def absolute(self, level: int, module: str | None) -> str:
        """Return the absolute name of what `from <level dots><module>` names."""
        if not level:
            return module or ""
        parts = self.name.split(".")
        if not self.is_package:
            parts = parts[:-1]
        parts = parts[: len(parts) - (level - 1)]
        return ".".join([*parts, module] if module else parts)


class Scope:
    """Reads the statements of one module or class body; `prefix` is `Class.` inside a class."""

    def __init__(self, module: Module, prefix: str = "") -> None:
        self.module = module
        self.prefix = prefix
        self.fields: dict[str, None] = {}
        self.keyword_only = Mark(0)
        self.enum = False

    def block(self, statements: Iterable[ast.stmt], marks: Mark) -> Bindings:
        """Return what `statements` bind, run one after another."""
        bound: Bindings = {}
        for statement in statements:
            self._statement(statement, bound, marks)
        return bound

    def _statement(self, node: ast.stmt, bound: Bindings, marks: Mark) -> None:  # noqa: C901, PLR0912 - by kind
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node, bound, marks)
            case ast.ClassDef():
                self._class(node, bound, marks)
            case ast.Import() | ast.ImportFrom():
                self._import(node, bound, marks)
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._assign(target, value, bound, marks)
            case ast.AnnAssign(target=ast.Name(id=name)):
                self._annotated(node, name, bound, marks)
            case ast.If():
                self._if(node, bound, marks)
            case ast.Try() | ast.TryStar():
                body = [*node.body, *node.orelse]
                branches = [(body, self.block(body, marks))]
                branches += [(handler.body, self.block(handler.body, marks)) for handler in node.handlers]
                self._merge(bound, join(branches))
                self._merge(bound, self.block(node.finalbody, marks))
            case ast.For() | ast.AsyncFor():
                inside = self._targets(node.target, marks)
                self._merge(inside, self.block(node.body, marks))
                self._merge(bound, join([(node.body, inside), ([], {})]))
                self._merge(bound, self.block(node.orelse, marks))
            case ast.While():
                self._merge(bound, join([(node.body, self.block(node.body, marks)), ([], {})]))
            case ast.With() | ast.AsyncWith():
                inside = self.block(node.body, marks)
                for item in node.items:
                    if item.optional_vars is not None:
                        self._merge(bound, self._targets(item.optional_vars, marks))
                if any(callee(item.context_expr).endswith("suppress") for item in node.items):
                    inside = join([(node.body, inside), ([], {})])
                self._merge(bound, inside)
            case ast.Match(cases=cases):
                branches = [(case.body, self.block(case.body, marks)) for case in cases]
                self._merge(bound, join([*branches, ([], {})]))
            case ast.Delete(targets=targets):
                for target in targets:
                    if isinstance(target, ast.Name):
                        forget(bound, self.prefix + target.id)
            case ast.Expr(value=ast.NamedExpr(target=ast.Name(id=name), value=value)):
                self._set(bound, name, self._attribute(value, marks))
            case ast.Expr(
                value=ast.Call(
                    func=ast.Name(id="setattr"),
                    args=[ast.Name(id=owner), ast.Constant(value=str(name)), value],
                )
            ) if owner in bound:
                self._set(bound, f"{owner}.{name}", self._attribute(value, marks))
            case _:
                pass

    def _set(self, bound: Bindings, name: str, record: Record) -> None:
        name = self.prefix + name
        forget(bound, name)
        bound[name] = [*bound.get(name, ()), record]

    def _merge(self, bound: Bindings, later: Bindings) -> None:
        """Add what later statements bind: certain names replace earlier ones, others stand beside them."""
        for name, records in later.items():
            if any(is_certain(record) for record in records) and "." not in name[len(self.prefix) :]:
                forget(bound, name)
        for name, records in later.items():
            earlier = bound.setdefault(name, [])
            earlier += [record for record in records if record not in earlier]

    # ------------------------------------------------------------ definitions

    def _function(self, node: Function, bound: Bindings, marks: Mark) -> None:
        if is_accessor(node):
            return
        qualname = self.prefix + node.name
        self._set(bound, node.name, function_record(node, marks))
        self.module.functions.append((node, qualname, self.prefix[:-1]))

    def _class(self, node: ast.ClassDef, bound: Bindings, marks: Mark) -> None:
        inner = Scope(self.module, f"{self.prefix}{node.name}.")
        bases = tuple(callee(base) or ast.unparse(base) for base in node.bases)
        inner.enum = any(base.rpartition(".")[2] in _ENUM_BASES or base.endswith("Enum") for base in bases)
        decorators = tuple(filter(None, map(callee, node.decorator_list)))
        keywords = [*node.keywords]
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and callee(decorator) in _DATACLASSES:
                keywords += decorator.keywords
        if any(decorator.rpartition(".")[2] == "deprecated" for decorator in decorators):
            marks |= Mark.DEPRECATED
        members = inner.block(node.body, marks & Mark.TYPE_ONLY)
        self.module.classes.append(self.prefix + node.name)
        record = ClassRecord(
            bases,
            decorators,
            tuple(inner.fields),
            tuple(
                f"{keyword.arg}={ast.unparse(keyword.value)}"
                for keyword in keywords
                if keyword.arg in _CLASS_KEYWORDS
            ),
            marks,
        )
        self._set(bound, node.name, record)
        bound |= members

    # ------------------------------------------------------------ import statements

    def _import(self, node: ast.Import | ast.ImportFrom, bound: Bindings, marks: Mark) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                self._set(bound, name, ImportedName(alias.name if alias.asname else name, "", marks))
            return
        if node.module == "__future__":
            return
        module = self.module.absolute(node.level, node.module)
        for alias in node.names:
            if alias.name == _STAR:
                bound.setdefault(_STAR, []).append(StarImport(module, marks))
            else:
                self._set(bound, alias.asname or alias.name, ImportedName(module, alias.name, marks))

    # ------------------------------------------------------------ assignments

    def _assign(  # noqa: C901, PLR0912 - one branch per kind of target
        self, target: ast.expr, value: ast.expr, bound: Bindings, marks: Mark
    ) -> None:
        match target:
            case ast.Name(id=name):
                if isinstance(value, ast.Lambda):
                    self._set(bound, name, FunctionRecord(signature(value.args), "", marks))
                elif made := _class_made(value):
                    record, fields = made
                    self._set(bound, name, msgspec.structs.replace(record, marks=marks))
                    for field in fields:
                        bound[f"{self.prefix}{name}.{field}"] = [AttributeRecord("", "", Mark.HAS_VALUE)]
                elif loaded := _lazily_loaded(value):
                    self._set(bound, name, ImportedName(loaded, "", marks))
                else:
                    self._set(bound, name, self._attribute(value, marks, bound))
                    if name == "__slots__":
                        self._slots(value, bound)
                    if self.enum and not name.startswith("_"):
                        self.fields[name] = None
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                values = value.elts if isinstance(value, ast.Tuple | ast.List) else []
                paired = values if len(values) == len(targets) else [ast.Starred(value)] * len(targets)
                for part, part_value in zip(targets, paired, strict=True):
                    self._assign(part, part_value, bound, marks)
            case ast.Attribute(value=ast.Name(id=owner), attr=attr) if any(
                isinstance(record, ClassRecord) for record in bound.get(self.prefix + owner, ())
            ):
                self._set(bound, f"{owner}.{attr}", self._attribute(value, marks, bound))
            case ast.Starred(value=inner):
                self._assign(inner, ast.Starred(value), bound, marks)
            case _:
                pass

    def _slots(self, value: ast.expr, bound: Bindings) -> None:
        for node in value.elts if isinstance(value, ast.List | ast.Tuple | ast.Set) else [value]:
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and node.value not in self.fields
            ):
                bound.setdefault(self.prefix + node.value, [AttributeRecord("", "", Mark.INSTANCE)])

    def _targets(self, target: ast.expr, marks: Mark) -> Bindings:
        bound: Bindings = {}
        self._assign(target, ast.Starred(target), bound, marks)
        return bound

    def _attribute(self, value: ast.expr, marks: Mark, bound: Bindings | None = None) -> AttributeRecord:
        path = literal(value)
        if not path and not isinstance(value, ast.Subscript):
            path = access_path(value)
            root = root_of(path)
            if path and self.prefix and bound and self.prefix + root in bound:
                path = self.prefix + path
        return AttributeRecord("", path, marks | Mark.HAS_VALUE)

    def _annotated(self, node: ast.AnnAssign, name: str, bound: Bindings, marks: Mark) -> None:
        text = annotation(node.annotation)
        value = node.value
        if self.prefix and text.rpartition(".")[2] == "KW_ONLY":
            self.keyword_only = Mark.KW_ONLY
            return
        record = self._attribute(value, marks, bound) if value is not None else AttributeRecord("", "", marks)
        said = record.marks
        if self.enum:
            pass
        elif self.prefix:
            text, said = self._field(text, value, said | self.keyword_only)
            if not said & (Mark.CLASS_VAR | Mark.TYPE_ONLY):
                self.fields.setdefault(name)
        elif value is None and not marks & Mark.TYPE_ONLY:
            return  # a bare annotation in a module binds nothing
        # The annotation says more than the value, but for an alias, which is the value.
        path = record.value if text.endswith("TypeAlias") else ""
        self._set(bound, name, AttributeRecord(text, path, said))

    def _field(self, text: str, value: ast.expr | None, marks: Mark) -> tuple[str, Mark]:
        outer = text.partition("[")[0].rpartition(".")[2]
        if outer == "ClassVar":
            return text.partition("[")[2].removesuffix("]"), (marks | Mark.CLASS_VAR) & ~Mark.KW_ONLY
        if outer == "InitVar":
            text, marks = text.partition("[")[2].removesuffix("]"), marks | Mark.INIT_VAR
        if isinstance(value, ast.Call) and callee(value).rpartition(".")[2] in _FIELD_CALLS:
            given = {keyword.arg: keyword.value for keyword in value.keywords}
            if not (value.args or given.keys() & {"default", "default_factory", None}):
                marks &= ~Mark.HAS_VALUE
            if value.args and isinstance(value.args[0], ast.Constant) and value.args[0].value is ...:
                marks &= ~Mark.HAS_VALUE
            if _is_constant(given.get("init"), value=False):
                marks |= Mark.NO_INIT
            if _is_constant(given.get("kw_only"), value=True):
                marks |= Mark.KW_ONLY
        return text, marks

    # ------------------------------------------------------------ branches

    def _if(self, node: ast.If, bound: Bindings, marks: Mark) -> None:
        match known_test(node.test):
            case "types":
                for name, records in self.block(node.body, marks | Mark.TYPE_ONLY).items():
                    bound.setdefault(name, []).extend(records)
                self._merge(bound, self.block(node.orelse, marks))
            case "not types":
                self._merge(bound, self.block(node.body, marks))
                for name, records in self.block(node.orelse, marks | Mark.TYPE_ONLY).items():
                    bound.setdefault(name, []).extend(records)
            case "never":
                self._merge(bound, self.block(node.orelse, marks))
            case "always":
                self._merge(bound, self.block(node.body, marks))
            case _:
                branches = [(body, self.block(body, marks)) for body in (node.body, node.orelse)]
                self._merge(bound, join(branches))


def _is_constant(node: ast.expr | None, *, value: bool) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _lazily_loaded(value: ast.expr) -> str:
    """Return the module of `LazyLoader("name", globals(), "module")` (`vllm/utils/import_utils.py`)."""
    match value:
        case ast.Call(func=func, args=[_, _, ast.Constant(value=str(module))]) if callee(func).endswith(
            "LazyLoader"
        ):
            return module
        case _:
            return ""


def _class_made(value: ast.expr) -> tuple[ClassRecord, tuple[str, ...]] | None:
    """Return the class that `namedtuple(...)`, `NamedTuple(...)` or `Enum(...)` makes."""
    if not isinstance(value, ast.Call) or len(value.args) < 2:  # noqa: PLR2004 - name and members
        return None
    maker = dotted(value.func).rpartition(".")[2]
    if maker not in {"namedtuple", "NamedTuple", *_ENUM_BASES}:
        return None
    names: list[str] = []
    match value.args[1]:
        case ast.Constant(value=str(text)):
            names = text.replace(",", " ").split()
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            for element in elements:
                first = element.elts[0] if isinstance(element, ast.Tuple) and element.elts else element
                if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
                    return None
                names.append(first.value)
        case _:
            return None
    base = "NamedTuple" if maker in {"namedtuple", "NamedTuple"} else maker
    return ClassRecord((base,), (), tuple(names), ()), tuple(names)
