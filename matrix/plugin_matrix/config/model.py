"""What can be configured: one definition gives the types, the validation and the published JSON Schema."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

LevelName = Literal["error", "warning", "advice"]
RuleId = Annotated[str, Meta(pattern=r"^PM[0-9]{3}$", examples=["PM605"])]
ModuleName = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", examples=["torch_npu"])]
RulePrefix = Annotated[str, Meta(pattern=r"^PM[0-9]{0,3}$", examples=["PM2", "PM605"])]
Size = Annotated[
    str, Meta(pattern=r"^[0-9]+(\.[0-9]+)?\s*([KMGTP]i?)?B?$", examples=["4GiB", "512MiB"], min_length=1)
]
EngineTerm = Annotated[
    str,
    Meta(
        description="`covering`, `all`, `latest`, a release, a specifier such as `>=0.20`, or a policy:"
        " `declared`, `last-minors=6`, `supported-days=180`. Real vLLM: `vllm-` before a name, `vllm` before"
        " a specifier; a path is a checkout.",
        min_length=1,
    ),
]


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """Base of every table of the file: keys in kebab case, none unknown."""


class Engines(_Table, frozen=True, kw_only=True):
    """Engines by policy: the releases that any of the keys names; `declared` narrows them."""

    declared: Annotated[bool, Meta(description="Only releases that the plugin's own requirement admits.")] = (
        False
    )
    last_minors: (
        Annotated[int, Meta(ge=1, description="The newest release of each of the last so many minors.")]
        | None
    ) = None
    supported_days: (
        Annotated[int, Meta(ge=1, description="Every release that came out in the last so many days.")] | None
    ) = None
    releases: Annotated[tuple[EngineTerm, ...], Meta(description="Releases and specifiers.")] = ()

    def terms(self) -> tuple[str, ...]:
        """Return the policy in the words of `--engines`."""
        return (
            *(["declared"] if self.declared else []),
            *([f"last-minors={self.last_minors}"] if self.last_minors else []),
            *([f"supported-days={self.supported_days}"] if self.supported_days else []),
            *self.releases,
        )


class Limits(_Table, frozen=True, kw_only=True):
    """What one cell may use."""

    memory: Annotated[Size, Meta(description="Of all processes of a cell together.")] = "4GiB"
    wall_seconds: Annotated[float, Meta(ge=1, description="Of a whole cell.")] = 180.0
    scenario_seconds: Annotated[
        float, Meta(ge=1, le=3600, description="A plugin that has not returned by then hangs.")
    ] = 30.0
    processes: Annotated[int, Meta(ge=8, description="Processes and threads of a cell together.")] = 256
    scratch: Annotated[Size, Meta(description="What a cell may write.")] = "256MiB"
    output: Annotated[Size, Meta(description="What a cell may print.")] = "8MiB"


class KnownProblem(_Table, frozen=True, kw_only=True):
    """Trouble that is accepted for now: it stays in the results, marked, and never fails the gate."""

    rule: RuleId
    symbol: Annotated[
        str,
        Meta(
            min_length=1,
            description="The finding's subject; `*` and `?` stand for any characters, and need a reason.",
        ),
    ]
    reason: Annotated[str, Meta(description="Why it is accepted.")] = ""
    until: (
        Annotated[
            str,
            Meta(
                description="The day it ends, or the vLLM release from which on it is not accepted any more."
            ),
        ]
        | None
    ) = None

    @property
    def is_pattern(self) -> bool:
        """Tell whether `symbol` can match more than itself."""
        return any(sign in self.symbol for sign in "*?[")


class Configuration(_Table, frozen=True, kw_only=True):
    """The table `[tool.plugin-matrix]` of a plugin's pyproject.toml."""

    engines: Annotated[
        Engines | tuple[EngineTerm, ...] | EngineTerm,
        Meta(
            description="Engines to judge on; when left out the covering set for `run`, every release for"
            " `check`."
        ),
    ] = ()
    platforms: Annotated[
        tuple[str, ...], Meta(description="For example `cpu-py311`; this Python when left out.")
    ] = ()
    sandbox: Annotated[Literal["auto", "container", "process"], Meta(description="Where plugins run.")] = (
        "auto"
    )
    stub: Annotated[
        tuple[ModuleName, ...],
        Meta(description="Top-level modules that stand-ins take the place of where they are absent."),
    ] = ()
    stub_missing: Annotated[
        bool, Meta(description="Stand in for every absent module that the plugin cannot do without.")
    ] = False
    select: Annotated[
        tuple[RulePrefix, ...], Meta(description="Rules that are told, by prefix of their id.")
    ] = ("PM",)
    ignore: Annotated[
        tuple[RulePrefix, ...],
        Meta(description="Rules that are not told; between `select` and `ignore` the longer prefix wins."),
    ] = ()
    levels: Annotated[dict[RuleId, LevelName], Meta(description="Levels in place of the catalogue's.")] = {}
    limits: Annotated[Limits, Meta(description="What one cell may use.")] = Limits()
    gate: Annotated[
        Literal["new", "all", "none"] | None,
        Meta(description="Which findings fail: `new` when left out and there is a baseline, else `all`."),
    ] = None
    fail_on: Annotated[LevelName, Meta(description="The lowest level that fails.")] = "error"
    baseline: Annotated[
        str | None, Meta(description="File that `baseline update` wrote; relative to this file's directory.")
    ] = None
    notice: Annotated[bool, Meta(description="Tell when the index of vLLM's releases is old.")] = True
    known_problems: Annotated[tuple[KnownProblem, ...], Meta(description="Trouble accepted for now.")] = ()

    @property
    def engine_terms(self) -> tuple[str, ...]:
        """The engines in the words of `--engines`."""
        match self.engines:
            case Engines():
                return self.engines.terms()
            case str():
                return (self.engines,)
            case _:
                return self.engines
