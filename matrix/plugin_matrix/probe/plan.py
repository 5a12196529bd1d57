"""In which order the scenarios run, and which of them are pointless after what was seen."""

from __future__ import annotations

from .entry import ENDPOINT, GENERAL, GROUPS, IO, LOGITS, PLATFORM, STATS, Entry
from .text import united

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional

    from .request import Request

    Run = Callable[[str, dict[str, Any], dict[str, Any]], Optional[dict[str, Any]]]

_COMPONENT_GROUPS = (LOGITS, IO, STATS, ENDPOINT)
_MAX_ALONE = 20
"""Entry points each of which is selected alone."""
_MAX_MODELS = 40
_NO_SUCH_PLUGIN = "plugin-matrix-selects-nothing"


class Plan:
    """Runs everything that can still tell something about the plugin.

    A scenario that hung, crashed or exited settles its entry point: what would only run into the
    same wall again is left out, so a hang costs one or two time limits.
    """

    def __init__(
        self,
        request: Request,
        entries: list[list[str]],
        run: Run,
        scenarios: list[dict[str, Any]],
        *,
        inspects_anew: bool,
    ) -> None:
        """`inspects_anew`: the release inspects a model that has a name anew whenever it makes an engine."""
        self._request = request
        self._inspects_anew = inspects_anew
        self._entries = [Entry(*entry) for entry in entries]
        self._ask = run
        self._scenarios = scenarios
        self._broken: set[Entry] = set()
        """Loading or calling them hung, crashed or exited."""
        self._failing: set[Entry] = set()
        """Loading or calling them raises."""
        self._unrepeatable: set[Entry] = set()
        self._with_torch = False
        self._filtered = [entry for entry in self._entries if entry.group in (GENERAL, PLATFORM)]
        """What `VLLM_PLUGINS` is asked about."""
        self._loading_is_all = not self._of(PLATFORM)
        """No platform is to be resolved: what loads general plugins is a filter case by that."""

    def run(self) -> None:
        """Run the scenarios, the cheap and telling ones first."""
        self._load()
        for entry in self._of(GENERAL):
            self._register(entry)
        if self._request.brief:
            for entry in self._of(PLATFORM):
                self._platform(entry)
            return
        models = self._fork()
        self._filter()
        for entry in self._of(GENERAL):
            self._concurrent(entry)
        self._spawn()
        for entry in self._of(PLATFORM):
            self._platform(entry)
        self._models(models)
        for entry in self._entries:
            if entry.group in _COMPONENT_GROUPS and entry not in self._broken:
                if entry.group == LOGITS:
                    # What it does with logits can be asked with torch only.
                    self._import_torch()
                self._scenario("component", _named(entry), {}, (entry,))

    def _of(self, group: str) -> list[Entry]:
        return [entry for entry in self._entries if entry.group == group]

    def _scenario(
        self, kind: str, fields: dict[str, Any], arguments: dict[str, Any], touched: tuple[Entry, ...]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Run one; returns its payload and what it tells the plan alone."""
        reply = self._ask(kind, fields, arguments)
        if reply is None:
            return {}, {}
        report = reply["report"] or {}
        payload: dict[str, Any] = report.get("scenario") or {"type": kind, **fields}
        payload["ended"] = reply["ended"]
        self._scenarios += [*(report.get("also") or ()), payload]
        if reply["ended"]["how"] != "reported":
            self._broken.update(touched)
        private: dict[str, Any] = report.get("private") or {}
        if private.get("torch"):
            # From here on every process would import it again.
            self._import_torch()
        return payload, private

    def _import_torch(self) -> None:
        if self._request.torch and not self._with_torch:
            self._with_torch = True
            self._ask("torch", {}, {})

    def _load(self) -> None:
        for entry in self._entries:
            if entry.group not in GROUPS:
                continue
            payload, _ = self._scenario(
                "load", {"group": entry.group, "name": entry.name}, {"value": entry.value}, (entry,)
            )
            if payload.get("raised"):
                self._failing.add(entry)

    def _register(self, entry: Entry) -> None:
        if entry in self._broken or entry in self._failing:
            return
        ids = [other.id for other in self._filtered]
        # A function that is left out is watched for, which is slow.
        named = ids if self._loading_is_all and ids == _selected(self._filtered, entry.name) else None
        payload, _ = self._scenario(
            "register", {"name": entry.name}, {"value": entry.value, "named": named}, (entry,)
        )
        calls = payload.get("calls") or []
        if payload.get("loader_raised") or any(call.get("raised") for call in calls[:1]):
            self._failing.add(entry)
        if len(calls) < self._request.repeat or any(
            call.get("raised") or call.get("changes") for call in calls[1:]
        ):
            self._unrepeatable.add(entry)

    def _filter(self) -> None:
        filtered = self._filtered
        if not filtered:
            return
        everything = not any(entry in self._broken for entry in filtered)
        names = list(dict.fromkeys(entry.name for entry in filtered))
        ids = [entry.id for entry in filtered]
        touched = tuple(filtered)
        cases: list[tuple[str, str | None, list[str]]] = [
            ("other", _NO_SUCH_PLUGIN, []),
            ("empty", "", []),
        ]
        spaced = ",".join(f" {name} " for name in names)
        cases.append(("space", spaced, _selected(filtered, spaced)))
        swapped = ",".join(name.swapcase() for name in names)
        if swapped != ",".join(names):
            cases.append(("case", swapped, _selected(filtered, swapped)))
        if everything:
            named = ",".join(names)
            cases[:0] = [("unset", None, ids), ("named", named, _selected(filtered, named))]
            if len(names) > 1:
                # Those that are not named must stay out, whatever the named one does.
                cases += [("named", name, _selected(filtered, name)) for name in names[:_MAX_ALONE]]
        told = [(seen.get("case"), seen.get("value")) for seen in self._scenarios]
        for case, value, selected in cases:
            if (case, value) in told:
                continue
            self._scenario("filter", {"case": case, "value": value, "named": selected}, {}, touched)

    def _concurrent(self, entry: Entry) -> None:
        if entry in self._broken or entry in self._failing or entry in self._unrepeatable:
            return
        self._scenario(
            "concurrent",
            {"name": entry.name, "threads": self._request.threads},
            {"value": entry.value},
            (entry,),
        )

    def _fork(self) -> list[dict[str, Any]]:
        """Load in a fork; returns the models that the plugin registered in its parent."""
        usable = self._usable()
        if not usable:
            return []
        named = [entry.id for entry in self._filtered] if self._loading_is_all else None
        _, private = self._scenario("child", {"method": "fork"}, {"named": named}, usable)
        models: list[dict[str, Any]] = private.get("models") or []
        return models[:_MAX_MODELS]

    def _spawn(self) -> None:
        if self._usable():
            self._scenario("child", {"method": "spawn"}, {}, ())

    def _usable(self) -> tuple[Entry, ...]:
        """Return the entry points that load in every process; none where the loader does not go on."""
        general = self._of(GENERAL)
        if any(entry in self._broken for entry in general):
            return ()
        if any(entry in self._failing for entry in general) and self._loader_stops(general):
            return ()
        return tuple(entry for entry in general if entry not in self._failing)

    def _loader_stops(self, general: list[Entry]) -> bool:
        """Tell whether the release's loader raises, so that nothing it loads says anything more."""
        names = {entry.name for entry in general}
        return any(
            scenario.get("type") == "register"
            and scenario.get("name") in names
            and scenario.get("loader_raised")
            for scenario in self._scenarios
        )

    def _platform(self, entry: Entry) -> None:
        if entry not in self._broken and entry not in self._failing:
            self._scenario("platform", {"name": entry.name}, {"value": entry.value}, (entry,))

    def _models(self, models: list[dict[str, Any]]) -> None:
        if not models:
            return
        self._import_torch()
        for model in models:
            fields = {**model, "torch": self._request.torch, "generates": self._request.generate}
            if self._inspects_anew and fields["lazy"] and fields["torch"] and fields["generates"]:
                self._model_by_name(fields)
            else:
                self._scenario("model", fields, {}, ())

    def _model_by_name(self, fields: dict[str, Any]) -> None:
        """Run in two processes what else is one: each engine executes interpreters for its inspections."""
        seen, private = self._scenario("model", fields, {"alone": True}, ())
        if not private.get("spawns"):
            return
        reply = self._ask("model", fields, {"spawning": True})
        if reply is None:
            return
        more = (reply["report"] or {}).get("scenario") or {}
        seen["ended"] = reply["ended"]
        for name in ("spawn_raised", "spawn_tokens"):
            if name in more:
                seen[name] = more[name]
        for name in ("events", "log", "not_modelled", "missing_modules", "stand_ins"):
            seen[name] = united(seen[name], more.get(name, ()))


def _named(entry: Entry) -> dict[str, Any]:
    return {"group": entry.group, "name": entry.name}


def _selected(entries: list[Entry], value: str) -> list[str]:
    """Return the ids that a value of `VLLM_PLUGINS` selects: split on commas, compared exactly."""
    names = value.split(",")
    return [entry.id for entry in entries if entry.name in names]
