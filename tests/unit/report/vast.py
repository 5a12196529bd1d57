"""Results of a size that nothing may choke on: a thousand plugins on a hundred releases."""

from plugin_matrix.model import (
    Cause,
    Compatible,
    Incompatible,
    NotApplicable,
    Reason,
    Results,
    Undetermined,
    Verdict,
)

from .made import cell, finding, plugin, results

RELEASES = tuple(f"0.{minor}.{patch}" for minor in range(1, 51) for patch in (0, 1))


def vast_results(plugins: int = 1000, findings: int = 10) -> Results:
    """Return results whose verdicts change from square to square, with so many findings for each plugin."""
    tested = tuple(plugin(f"plugin-{number:04}") for number in range(plugins))
    told = tuple(finding(subject=f"vllm.general_plugins:acme-{number}") for number in range(findings))
    verdicts: tuple[Verdict, ...] = (
        *(Compatible() for _ in range(5)),
        *(Incompatible(told) for _ in range(3)),
        *(Undetermined(Cause.NOT_MODELLED, "vllm.x is not modelled") for _ in range(2)),
        NotApplicable(Reason.ENGINE_NOT_DECLARED, "needs vllm>=0.6"),
    )
    cells = (
        cell(one.id, release, verdicts[(number * 7 + place * 13) % len(verdicts)])
        for number, one in enumerate(tested)
        for place, release in enumerate(RELEASES)
    )
    return results(tested, cells, releases=RELEASES)
