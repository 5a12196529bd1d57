"""What counts as a difference between two engines, in small."""

from pathlib import Path

import pytest

from plugin_matrix.model import Observation
from plugin_matrix.model.observation import Call, Change, Ended, Frame, LogLine, Raised, Register, Scenario

from .comparing import differences, facts
from .differences import Known, known_differences, unexplained


def seen(*scenarios: Scenario) -> dict[str, str]:
    return facts(Observation(schema=1, python="3.11.9", engine_version="0.33.0", scenarios=scenarios))


def register(**fields: object) -> Register:
    known: dict[str, object] = {"ended": Ended(how="reported", seconds=1.0), "name": "acme"}
    return Register(**(known | fields))  # type: ignore[arg-type]


def call(index: int, *changes: Change, raised: Raised | None = None) -> Call:
    return Call(index=index, changes=changes, raised=raised, returned="None")


def raised(message: str, line: int = 3, origin: str = "plugin") -> Raised:
    frame = Frame(file="acme.py", line=line, function="register", origin=origin)  # type: ignore[arg-type]
    return Raised(type="RuntimeError", message=message, frames=(frame,))


REGISTERED = Change(kind="registry", subject="AcmeForCausalLM", before=None, after="acme:Acme")
TORCH_LOGGER = Change(kind="handlers", subject="torch._dynamo", before=None, after="1")
OWN_LOGGER = Change(kind="handlers", subject="acme", before=None, after="1")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (register(), register(ended=Ended(how="reported", seconds=9.0))),
        (register(), register(missing_modules=("xformers",))),
        (register(), register(log=(LogLine(level="INFO", logger="vllm", message="x"),))),
        (register(calls=(call(1, TORCH_LOGGER),)), register(calls=(call(1),))),
        (
            register(calls=(call(1, raised=raised("<A at 0x7f31c2a4b7d0>")),)),
            register(calls=(call(1, raised=raised("<A at 0x7f0000000000>")),)),
        ),
        (
            register(calls=(call(1, raised=raised("no", 1, "engine")),)),
            register(calls=(call(1, raised=raised("no", 99, "engine")),)),
        ),
        (
            register(calls=(call(1, raised=raised("no /store/a/vllm/x.py")),)),
            register(calls=(call(1, raised=raised("no /store/b/c/vllm/x.py")),)),
        ),
    ],
)
def test_what_is_of_a_run_or_of_an_engine_is_no_difference(one: Register, other: Register) -> None:
    assert differences(seen(one), seen(other)) == {}


@pytest.mark.parametrize(
    ("one", "other", "paths"),
    [
        (register(), register(ended=Ended(how="timeout", seconds=1.0)), ["register[acme].ended.how"]),
        (
            register(calls=(call(1, REGISTERED),)),
            register(calls=(call(1),)),
            ["register[acme].calls.1.registry AcmeForCausalLM"],
        ),
        (
            register(calls=(call(1, OWN_LOGGER),)),
            register(calls=(call(1),)),
            ["register[acme].calls.1.handlers acme"],
        ),
        (
            register(calls=(call(1), call(2, TORCH_LOGGER))),
            register(calls=(call(1), call(2))),
            ["register[acme].calls.2.handlers torch._dynamo"],
        ),
        (
            register(calls=(call(1, raised=raised("no")),)),
            register(calls=(call(1, raised=raised("yes", 4)),)),
            ["register[acme].calls.1.raised.message", "register[acme].calls.1.raised.plugin[0]"],
        ),
    ],
)
def test_what_a_plugin_sees_otherwise_is_a_difference(
    one: Register, other: Register, paths: list[str]
) -> None:
    assert list(differences(seen(one), seen(other))) == paths


FOUND = {"register[acme].calls.1.registry quantization methods: acme": ("-", "None -> 1")}
KNOWN = Known(
    "quant*", ">=0.7,<0.20", "register[*].calls.1.registry quantization methods: *", "imported late"
)


@pytest.mark.parametrize(
    ("found", "fixture", "release", "said"),
    [
        (FOUND, "quantization", "0.10.2", []),
        (FOUND, "quantization", "0.20.0", ["register[acme]"]),
        (FOUND, "other", "0.10.2", ["register[acme]"]),
        ({}, "quantization", "0.10.2", ["stale"]),
        ({}, "other", "0.10.2", []),
        ({"register[acme].raised": ("-", "x")}, "quantization", "0.10.2", ["register[acme]", "stale"]),
    ],
)
def test_a_known_difference_is_silent_where_it_is_and_stale_where_it_is_not(
    found: dict[str, tuple[str, str]], fixture: str, release: str, said: list[str]
) -> None:
    lines = unexplained(found, (KNOWN,), fixture, release)
    assert [line.partition(".")[0].partition(":")[0] for line in lines] == said


def test_every_known_difference_says_why() -> None:
    assert all(len(one.reason) > 20 for one in known_differences())
    fixtures = [path.parent.name for path in Path(__file__).parents[2].glob("plugins_fixtures/*/expect.toml")]
    for one in known_differences():
        assert any(one.holds_for(fixture, "0.33.0") or one.releases != "" for fixture in fixtures)
