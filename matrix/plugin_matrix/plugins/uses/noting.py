"""What was found in a file so far: uses, and the conditions they stand under."""

from collections.abc import Callable

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.model.signature import Shape
from plugin_matrix.plugins.uses.branches import Probe, Reach
from plugin_matrix.plugins.uses.expressions import (
    Expression,
    Literal,
    Present,
    Ref,
    either,
    every,
    leaves,
    negated,
)
from plugin_matrix.plugins.uses.file_record import GuardNode, RawAttribute, RawCall, RawImport, RawUse
from plugin_matrix.plugins.uses.releases import RELEASE_NAMES
from plugin_matrix.plugins.uses.scopes import Frame, Value

ENGINE = "vllm"


class Notes:
    """The uses of a file, with tables of the guards and handlers that they stand under."""

    def __init__(self, module: str, roots: frozenset[str]) -> None:
        self.frame = Frame("module", module, "", None)
        self.roots = roots
        self.guard = 0
        self.caught = 0
        self.fallback = False
        self.probes: list[Probe] = []
        self.reached: list[tuple[Probe, Reach]] = []
        self.uses: list[RawUse] = []
        self.guards: list[GuardNode] = [GuardNode(0, Literal(value=True))]
        self.handlers: dict[frozenset[str], int] = {frozenset(): 0}
        self._guard_at: dict[tuple[int, Expression], int] = {}

    def followed(self, root: str) -> bool:
        """Whether a dotted name lies in vLLM or in the plugin."""
        head = root.partition(".")[0]
        return head == ENGINE or head in self.roots

    # -------------------------------------------------------- conditions

    def push(self, test: Expression) -> None:
        """Add a condition to the guard."""
        if type(test) is Literal and test.value is True:
            return
        key = (self.guard, test)
        position = self._guard_at.get(key)
        if position is None:
            position = self._guard_at[key] = len(self.guards)
            self.guards.append(GuardNode(*key))
        self.guard = position

    def caught_with(self, names: frozenset[str]) -> int:
        """Return the position of what is caught here and by handlers of `names`."""
        together = tuple(self.handlers)[self.caught] | names
        return self.handlers.setdefault(together, len(self.handlers))

    def _probe(self, path: AccessPath, *, is_import: bool) -> None:
        for probe in reversed(self.probes):
            if probe.catches(is_import=is_import):
                tests = self._tests_since(probe.guard, path)
                present = Present(path)
                condition = either((negated(every(tests)), present)) if tests else present
                found = Reach(path, self.guard, condition, is_import)
                probe.found.append(found)
                self.reached.append((probe, found))
                return

    def _tests_since(self, start: int, path: AccessPath) -> tuple[Expression, ...]:
        """Return the conditions added since the guard `start`, those that a `try` itself adds left out."""
        tests: list[Expression] = []
        known = {found.condition for _, found in self.reached} | {
            Present(found.path) for _, found in self.reached
        }
        position = self.guard
        while position not in {start, 0}:
            node = self.guards[position]
            if node.test not in known and node.test != Present(path):
                tests.append(node.test)
            position = node.parent
        return tuple(reversed(tests))

    # -------------------------------------------------------- uses

    def note(self, kind: Callable[..., RawUse], line: int, *content: object) -> None:
        """Note a use in the unit at hand, under the conditions at hand."""
        self.uses.append(kind(self.frame.unit, line, self.guard, self.caught, self.fallback, *content))

    def import_use(self, module: str, name: str | None, line: int) -> None:
        """Note an import of something in vLLM or in the plugin."""
        self.note(RawImport, line, module, name)
        if self.probes:
            self._probe(AccessPath(module if name in {None, "*"} else f"{module}.{name}"), is_import=True)

    def read(self, value: Value, line: int) -> None:
        """Note that the attribute at the end of `value` is read."""
        if value is None or isinstance(value, str):
            return
        guard = self.guard
        for tests, leaf in leaves(value):
            if type(leaf) is not Ref or not self.followed(leaf.path.root):
                continue
            path = leaf.path
            while path.steps and path.steps[-1][0] != ".":
                path = AccessPath(path.root, path.steps[:-1])
            if leaf.path.steps and not path.steps:
                continue
            if path.root in RELEASE_NAMES and not path.steps:
                continue
            for test in tests:
                self.push(test)
            self.note(RawAttribute, line, path)
            if self.probes:
                self._probe(path, is_import=False)
            self.guard = guard

    def call_use(
        self, path: AccessPath, shape: Shape, line: int, given: tuple[tuple[int | str, Expression], ...] = ()
    ) -> None:
        """Note that what `path` leads to is called; `given` is of functions of the plugin alone."""
        self.note(RawCall, line, path, shape, given)
        if self.probes and (path.steps or path.root.count(".") > 1):
            self._probe(path, is_import=False)
