"""The one pass over a file of a plugin: its statements in the order in which Python runs them."""

import ast
import builtins
import functools
import re
from collections import deque
from collections.abc import Callable, Mapping

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.model.signature import Shape
from plugin_matrix.plugins.uses import annotations, statements, values
from plugin_matrix.plugins.uses.calls import BUILTINS
from plugin_matrix.plugins.uses.expressions import (
    OPAQUE,
    Either,
    Expression,
    Opaque,
    Present,
    Ref,
    negated,
)
from plugin_matrix.plugins.uses.file_record import (
    FileRecord,
    FunctionBody,
    RawAttribute,
    RawCall,
    RawClass,
    RawMethod,
    RawSuper,
    RawText,
    RawUse,
)
from plugin_matrix.plugins.uses.noting import ENGINE, Notes
from plugin_matrix.plugins.uses.reading import TOO_DEEP, UnreadableError, parse
from plugin_matrix.plugins.uses.records import Place, Unit, UnitKind
from plugin_matrix.plugins.uses.scopes import ClassDraft, Value, choice, stored_names
from plugin_matrix.plugins.uses.texts import dotted_path

_RUN = statements.RUN
_VISIT = values.VISIT.get
_SPECIAL_ROOTS = frozenset(
    {
        "packaging",
        "importlib",
        "importlib_metadata",
        "pkg_resources",
        "pkgutil",
        "sys",
        "os",
        "unittest",
        "mock",
    }
    | {"aenum", "wrapt", "typing", "typing_extensions", "distutils", "looseversion"}
)
"""Packages whose functions ask about releases or reach for names."""
_GLOBAL = re.compile(rb"^[ \t]+global[ \t]+([^\n#;]+)", re.MULTILINE)
_NONLOCAL = re.compile(rb"\bnonlocal[ \t]+([^\n#;]+)")
_BINDS_ANY = re.compile(rb"\bglobals\(|\bvars\(|\bexec\(|\bsys\.modules\[|\bdef __getattr__\(")
"""How a module comes to names that its statements do not bind."""
_BINDING = (b"globals(", b"vars(", b"exec(", b"modules[", b"__getattr__(")
"""One of these is in whatever the pattern finds."""
_HOOKS_IMPORTS = re.compile(rb"\bsys\.(meta_path|path_hooks)\s*(\.\s*(insert|append)\b|=[^=]|\+=|\[)")
_MAX_TEXT = 80
_BUILTIN_NAMES = frozenset(dir(builtins))


class FileWalker(Notes):
    """The state of a walk: where it is, under which conditions, and what was found so far."""

    def __init__(
        self,
        module: str,
        file: str,
        source: bytes,
        roots: frozenset[str],
        naming_entries: Mapping[str, str] = {},
    ) -> None:
        super().__init__(module, roots)
        self.module = module
        self.file = file
        self.source = source
        self.is_package = file.endswith("__init__.py")
        self.naming_entries = naming_entries
        self.ended_by_raise = False
        self.future_annotations = False
        self.volatile: frozenset[str] = frozenset()
        """Names of the module that a function binds again (`global`)."""
        self.shared: frozenset[str] = frozenset()
        """Names of functions that functions inside them bind again (`nonlocal`)."""
        self.initial: dict[str, Value] = {}
        """What those of them begin with that the module binds once."""
        self.units: list[Unit] = [Unit(module, UnitKind.MODULE, Place(file, 1))]
        self.functions: list[FunctionBody] = []
        self.methods: dict[str, dict[str, RawMethod]] = {}
        self.drafts: dict[str, ClassDraft] = {}
        self.stars: list[str] = []
        self.binds_any = False
        """Names are imported that cannot be told: all of another package's."""
        self.stored: set[str] = set()
        self._names: dict[str, int] = {}
        self._later: deque[tuple[int, Callable[[], None]]] = deque()
        self._classes: list[Callable[[], RawClass]] = []

    # -------------------------------------------------------- the walk

    def walk(self, tree: ast.Module) -> FileRecord:
        """Walk the module and then, as they are put off, the bodies of its functions."""
        module_frame = self.frame
        self.volatile = self._declared(b"global ", _GLOBAL)
        self.shared = self._declared(b"nonlocal ", _NONLOCAL)
        self.block(tree.body)
        while self._later:
            self.guard, run = self._later.popleft()
            self.caught, self.fallback = 0, False
            self.probes.clear()
            self.reached.clear()
            run()
        bindings: dict[str, Expression] = {
            name: value
            for name, value in module_frame.env.items()
            if value is not None and not isinstance(value, str | Opaque)
        }
        return FileRecord(
            module=self.module,
            file=self.file,
            is_package=self.is_package,
            units=tuple(self.units),
            guards=tuple(self.guards),
            caught=tuple(self.handlers),
            uses=tuple(use for use in self.uses if not self._settled(use)),
            classes=self._made_classes(),
            functions=tuple(self.functions),
            bindings=bindings,
            stars=tuple(self.stars),
            stored=tuple(sorted(self.stored)),
            others=self._others(module_frame.env.keys() - bindings.keys()),
            hooks_imports=self._hooks_imports(),
        )

    def _declared(self, word: bytes, statement: re.Pattern[bytes]) -> frozenset[str]:
        return frozenset(
            name.decode("utf-8", "replace").strip()
            for names in (statement.findall(self.source) if word in self.source else ())
            for name in names.split(b",")
        )

    def _hooks_imports(self) -> bool:
        # Nearly no file does, and a plain search is many times as fast as a pattern's.
        source = self.source
        return (b".meta_path" in source or b".path_hooks" in source) and bool(_HOOKS_IMPORTS.search(source))

    def _others(self, unknown: set[str]) -> tuple[str, ...]:
        source = self.source
        if self.binds_any or (any(word in source for word in _BINDING) and _BINDS_ANY.search(source)):
            return ("*",)
        return tuple(sorted(unknown | self.volatile))

    def _made_classes(self) -> tuple[RawClass, ...]:
        made = tuple(make() for make in self._classes)
        # They hold the walker, which holds them: let go, so that the tree is freed without a collection.
        self._classes.clear()
        return made

    def block(self, body: list[ast.stmt]) -> tuple[Expression, ...] | None:
        """Run statements; return when their end is reached, as the handlers in `statements` do."""
        start = self.guard
        conditions: list[Expression] = []
        run = _RUN
        for statement in body:
            mark, here = len(self.reached), self.guard
            handler = run.get(type(statement))
            # A statement of a newer Python: nothing is known of it, and it may be nothing of ours.
            reached = () if handler is None else handler(self, statement)
            if reached is None:
                self.guard = start
                return None
            for condition in reached:
                conditions.append(condition)
                self.push(condition)
            if len(self.reached) > mark:
                for probe, found in self.reached[mark:]:
                    if probe in self.probes:
                        self.push(Present(found.path) if found.guard == here else found.condition)
        self.guard = start
        return tuple(conditions)

    def visit(self, node: ast.expr) -> Value:
        """Return the symbolic value of an expression and note the uses in it."""
        return _VISIT(type(node), values.visit_children)(self, node)

    def put_off(self, run: Callable[[], None]) -> None:
        """Run a body once everything around it has run."""
        self._later.append((self.guard, run))

    def finish_later(self, make: Callable[[], RawClass]) -> None:
        """Make a class's record when all its methods are known."""
        self._classes.append(make)

    # -------------------------------------------------------- names

    def lookup(self, name: str) -> Value:
        """Return what `name` is bound to here."""
        value, bound = self.frame.lookup(name)
        if bound:
            return value
        builtin = BUILTINS.get(name)
        if builtin is None and self.stars and name not in _BUILTIN_NAMES:
            return Ref(AccessPath(f"{self.module}.{name}"))
        return builtin

    def bind(self, name: str, value: Value, *, store: bool = True) -> None:
        """Bind `name` in the frame at hand; in the body of a class that makes an attribute where `store`."""
        frame = self.frame
        if frame.kind == "module" and name in self.volatile:
            self.initial[name] = None if name in self.initial else value
            value = None
        frame.bind(name, value)
        if store and frame.kind == "class" and frame.draft is not None:
            frame.draft.bind(name, value)

    def imported(self, dotted: str) -> Value:
        """Return what importing `dotted` binds."""
        head = dotted.partition(".")[0]
        if head == ENGINE or head in self.roots or head in _SPECIAL_ROOTS:
            return Ref(AccessPath(dotted))
        return dotted

    def absolute(self, level: int, name: str) -> str | None:
        """Return the module that a relative import names; None beyond the top."""
        if level == 0:
            return name
        parts = self.module.split(".")
        keep = len(parts) - level + self.is_package
        if keep < 1:
            return None
        return ".".join([*parts[:keep], *([name] if name else [])])

    def unbind_stored(self, loop: ast.stmt) -> None:
        """Forget the names that a loop binds again: its body may see either value."""
        env = self.frame.env
        for name in stored_names(loop):
            if env.get(name) is not None:
                env[name] = None

    def unique(self, qualname: str) -> str:
        """Return a name for a definition that no other of the file has."""
        count = self._names.get(qualname, 0) + 1
        self._names[qualname] = count
        return qualname if count == 1 else f"{qualname}#{count}"

    def own(self, root: str) -> bool:
        """Whether a dotted name lies in the plugin."""
        return root.partition(".")[0] in self.roots

    def entry_purpose(self, unit: str) -> str:
        """Return what the qualname is for that vLLM has this entry function return, empty for nothing."""
        # The entry point may name a re-export, or what `__getattr__` serves: `register` for `_register`.
        function = unit.partition(":")[2]
        for entry, purpose in self.naming_entries.items():
            if entry.partition(":")[2] in {function, function.lstrip("_")}:
                return purpose
        return ""

    # -------------------------------------------------------- values

    def callee(self, node: ast.expr) -> Value:
        """Return what is called, which is noted as a call and not as an attribute."""
        return values.chain(self, node)

    def peek(self, node: ast.expr) -> Value:
        """Return the value of a name or chain of attributes without noting anything."""
        if isinstance(node, ast.Name):
            return self.lookup(node.id)
        if isinstance(node, ast.Attribute):
            base = self.peek(node.value)
            return None if base is None or isinstance(base, str) else values.extend(self, base, node.attr)
        return None

    def element(self, value: Value) -> Value:
        """Return what iterating over `value` gives."""
        return values.element(value)

    def typed(self, node: ast.expr) -> Value:
        """Return what a value annotated with `node` is known to be."""
        return annotations.typed(self, node)

    def base(self, node: ast.expr) -> Value:
        """Return a base class by its path, those of other packages too, and note what it reads."""
        if isinstance(node, ast.Subscript):
            self.visit(node.slice)
            return self.base(node.value)
        if isinstance(node, ast.Name | ast.Attribute):
            value = self.visit(node)
            if value is None:
                return self._foreign(node)
            return Ref(AccessPath(value)) if isinstance(value, str) else value
        self.visit(node)
        return None

    def _foreign(self, node: ast.expr) -> Value:
        names: list[str] = []
        while isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        value, bound = self.frame.lookup(node.id)
        if not bound and node.id in _BUILTIN_NAMES:
            value = f"builtins.{node.id}"
        return Ref(AccessPath(".".join([value, *reversed(names)]))) if isinstance(value, str) else None

    def each(self, value: Expression, step: Callable[[Expression], Value]) -> Value:
        """Take `step` for each alternative of `value`, under its condition."""
        if type(value) is not Either:
            return step(value)
        guard = self.guard
        self.push(value.test)
        then = self.each(value.then, step)
        self.guard = guard
        self.push(negated(value.test))
        other = self.each(value.other, step)
        self.guard = guard
        return choice(value.test, then, other)

    def bind_loop_target(self, target: ast.expr, iterable: ast.expr, source: Value) -> None:
        """Bind the target of a loop or comprehension over `source`."""
        statements.bind_loop_target(self, target, iterable, source)

    def assign(self, target: ast.expr, value: Value) -> None:
        """Bind an assignment's target."""
        statements.assign(self, target, value)

    def bind_imports(self, body: list[ast.stmt]) -> None:
        """Bind what is imported for annotations alone."""
        statements.bind_imports(self, body)

    def is_super(self, node: ast.Call) -> bool:
        """Whether `node` is a call of `super`."""
        return isinstance(node.func, ast.Name) and node.func.id == "super"

    def super_use(self, node: ast.Attribute, shape: Shape | None) -> None:
        """Note `super().name`."""
        if self.frame.draft is not None:
            self.note(RawSuper, node.end_lineno or node.lineno, self.frame.draft.id, node.attr, shape)

    def text_use(self, text: str, purpose: str, line: int, *, capital: bool = False) -> None:
        """Note a string that is resolved later, where it reads as a path in vLLM or in the plugin."""
        path = dotted_path(text)
        if path is None or not self.followed(path.root):
            return
        if capital and not path.root.rpartition(".")[2][:1].isupper():
            return
        self.note(RawText, line, text, path, purpose)

    def opaque_store(self, path: AccessPath) -> None:
        """Note that an attribute is set whose name is not known."""
        draft = self.drafts.get(path.root)
        if draft is not None and len(path.steps) <= 1:
            draft.dynamic = True

    def _settled(self, use: RawUse) -> bool:
        """Whether a use is of something that its own file defines and that leads nowhere."""
        match use:
            case RawAttribute(path=path) | RawCall(path=path):
                draft = self.drafts.get(path.root)
                if draft is None or len(path.steps) < 2:  # noqa: PLR2004 - `@` and one attribute
                    return False
                return draft.attributes.get(path.steps[1][1:]) == OPAQUE
            case _:
                return False

    def text(self, node: ast.AST) -> str:
        """Return the source of `node`, shortened to a line."""
        lines = self._lines
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1  # type: ignore[attr-defined]
        if first >= len(lines):
            return ""
        start, end = node.col_offset, node.end_col_offset  # type: ignore[attr-defined]
        piece = lines[first][start:end] if first == last else lines[first][start:] + b" ..."
        text = piece.decode("utf-8", "replace").strip()
        return text if len(text) <= _MAX_TEXT else f"{text[: _MAX_TEXT - 3]}..."

    @functools.cached_property
    def _lines(self) -> list[bytes]:
        return self.source.splitlines()


def read_file(
    module: str,
    file: str,
    source: bytes,
    roots: frozenset[str],
    naming_entries: Mapping[str, str] = {},
) -> FileRecord:
    """Read one file of a plugin; what cannot be read becomes the record's `problem`."""
    is_package = file.endswith("__init__.py")
    try:
        return FileWalker(module, file, source, roots, naming_entries).walk(parse(source))
    except UnreadableError as error:
        return FileRecord(module, file, is_package, problem=str(error))
    except RecursionError:
        return FileRecord(module, file, is_package, problem=TOO_DEEP)
