"""What outcomes add up to: verdicts, checks, tiers."""

import pytest

from plugin_matrix.model import (
    Cause,
    CheckStatus,
    Compatible,
    EngineKind,
    Incompatible,
    NotApplicable,
    Reason,
    Tier,
    Undetermined,
)
from plugin_matrix.model.observation import ModelSeen, Register
from plugin_matrix.rules import CHECKS, DecodeProblem, Judgement, catalogue
from plugin_matrix.sandbox.protocol import End

from .seen import (
    ENDPOINT,
    GENERAL,
    HISTORY,
    PLATFORM,
    STATS,
    call,
    change,
    child,
    component,
    error,
    execution,
    findings_of,
    in_plugin,
    judged,
    load,
    model,
    no_module,
    no_name,
    observation,
    platform,
    plugin,
    register,
)


def _status(judgement: Judgement, name: str) -> CheckStatus:
    return next(check.status for check in judgement.checks if check.id == name)


def test_a_plugin_without_fault_is_compatible_and_passes_what_was_asked() -> None:
    judgement = judged(observation(model()))
    assert judgement.verdict == Compatible()
    assert judgement.tiers == (Tier.CONTRACT,)
    skipped = {check.id for check in judgement.checks if check.status is CheckStatus.SKIPPED}
    passed = {check.id for check in judgement.checks if check.status is CheckStatus.PASSED}
    assert skipped == {"platform", "components"}
    assert passed | skipped == {kind.id for kind in CHECKS}


@pytest.mark.parametrize("kind", [EngineKind.RELEASE, EngineKind.CPU_BUILD, EngineKind.CHECKOUT])
def test_on_vllm_itself_a_verdict_rests_on_the_engine(kind: EngineKind) -> None:
    assert judged(observation(model()), kind=kind).tiers == (Tier.ENGINE,)


def test_a_model_that_was_not_run_passes_and_says_that_no_tokens_were_asked_for() -> None:
    seen = observation(model(generates=False, tokens=(), spawn_tokens=()))
    judgement = judged(seen, kind=EngineKind.RELEASE)
    assert judgement.verdict == Compatible()
    (check,) = (check for check in judgement.checks if check.id == "models")
    assert check.status is CheckStatus.PASSED
    assert "tokens were not asked for" in check.detail


def test_a_checkout_is_judged_by_what_the_release_before_it_reads() -> None:
    judgement = judged(observation(release="0.33.1.dev7"), "0.33.1.dev7", kind=EngineKind.CHECKOUT)
    assert judgement.verdict == Compatible()


def test_a_release_may_call_itself_otherwise_than_the_index_where_that_is_known() -> None:
    seen = observation(release="0.6.1.dev238", without=(ModelSeen,))
    assert judged(seen, "0.6.2", kind=EngineKind.RELEASE).verdict == Compatible()
    assert isinstance(judged(seen, "0.6.3", kind=EngineKind.RELEASE).verdict, Undetermined)


def test_a_checkout_may_call_itself_by_its_public_version_alone() -> None:
    judgement = judged(observation(release="0.34.0.dev7"), "0.34.0.dev7+g12", kind=EngineKind.CHECKOUT)
    assert judgement.verdict == Compatible()


def test_every_skipped_check_says_why() -> None:
    for seen in (observation(), observation(load(raised=error())), None):
        for check in judged(seen).checks:
            if check.status in {CheckStatus.SKIPPED, CheckStatus.UNDETERMINED}:
                assert check.detail


def test_a_failed_check_names_its_rules() -> None:
    judgement = judged(observation(register(calls=(call(1), call(2, change("handlers"), change("patches"))))))
    check = next(check for check in judgement.checks if check.id == "repeat")
    assert (check.status, check.detail) == (CheckStatus.FAILED, "PM607, PM608")


def test_advice_fails_no_check() -> None:
    judgement = judged(
        observation(points=(GENERAL, STATS), release="0.11.0"), "0.11.0", points=(GENERAL, STATS)
    )
    assert _status(judgement, "discovery") is CheckStatus.PASSED
    assert [one.rule for one in findings_of(judgement)] == ["PM102"]


def test_what_did_not_load_skips_what_comes_after() -> None:
    judgement = judged(observation(load(raised=error()), without=(Register,)))
    assert _status(judgement, "load") is CheckStatus.FAILED
    for later in ("register", "repeat", "concurrent", "fork", "spawn"):
        assert _status(judgement, later) is CheckStatus.SKIPPED


def test_nothing_that_the_release_reads_is_not_applicable_even_when_it_was_run() -> None:
    judgement = judged(observation(points=(ENDPOINT,)), "0.25.1", points=(ENDPOINT,))
    assert isinstance(judgement.verdict, NotApplicable)
    assert judgement.verdict.reason is Reason.GROUPS_NOT_READ
    assert judgement.checks == ()
    assert judgement.tiers == ()


@pytest.mark.parametrize(
    ("end", "cause"),
    [(End.INTERRUPTED, Cause.INTERRUPTED), (End.WALL_TIME, Cause.TIMEOUT), (End.EXITED, Cause.PROBE)],
)
def test_no_result_rests_on_no_evidence(end: End, cause: Cause) -> None:
    judgement = judged(DecodeProblem("nothing"), ran=execution(end, 1))
    assert isinstance(judgement.verdict, Undetermined)
    assert judgement.verdict.cause is cause
    assert judgement.tiers == ()


def test_metadata_alone_makes_a_plugin_incompatible_where_nothing_ran() -> None:
    judgement = judged(None, of=plugin(GENERAL, requires_dist=("vllm>=2,<1",)))
    assert isinstance(judgement.verdict, Incompatible)
    assert [one.rule for one in findings_of(judgement)] == ["PM103"]
    assert judgement.tiers == ()


def test_the_output_of_a_probe_that_failed_is_in_the_detail() -> None:
    judgement = judged(None, ran=execution(code=1, output="Traceback\nKeyError: 'schema'"))
    assert isinstance(judgement.verdict, Undetermined)
    assert "KeyError: 'schema'" in judgement.verdict.detail


@pytest.mark.parametrize(("answer", "incompatible"), [(False, True), (None, False), (True, False)])
def test_only_what_the_real_release_surely_lacks_is_the_plugins_fault(
    answer: bool | None,  # noqa: FBT001 - the look-up's own answer
    *,
    incompatible: bool,
) -> None:
    class Knows:
        def __getattr__(self, name: str) -> object:
            return getattr(HISTORY, name)

        def module_exists(self, release: str, module: str) -> bool | None:
            assert release == "0.33.0"
            return False if module.endswith(".name") else answer

        def name_exists(self, release: str, module: str, name: str) -> bool | None:
            assert (release, module, name) == ("0.33.0", "vllm.some.module", "name")
            return answer

    for raised in (no_module("vllm.some.module", in_plugin()), no_name("vllm.some.module", "name")):
        judgement = judged(observation(load(raised=raised)), history=Knows())  # type: ignore[arg-type]
        assert isinstance(judgement.verdict, Incompatible) is incompatible
        if not incompatible:
            assert isinstance(judgement.verdict, Undetermined)
            assert judgement.verdict.cause is Cause.NOT_MODELLED
            assert "vllm.some.module" in judgement.verdict.detail


def test_findings_are_ordered_and_told_once() -> None:
    points = (GENERAL, PLATFORM, STATS)
    seen = observation(
        component(STATS, use_raised=error()),
        platform(attn_backend_raised=error()),
        register(calls=(call(1), call(2, change("patches", "vllm:LLM.generate")))),
        child("spawn", raised=error()),
        points=points,
    )
    found = findings_of(judged(seen, points=points))
    assert [one.rule for one in found] == ["PM608", "PM614", "PM707", "PM841"]


def test_evidence_names_the_plugins_file_and_line_and_no_path_of_the_machine() -> None:
    raised = no_name("vllm.worker.worker_base", "WorkerBase")
    (finding,) = findings_of(judged(observation(load(raised=raised))))
    (evidence,) = finding.evidence
    assert (evidence.file, evidence.line) == ("acme/__init__.py", 7)
    assert evidence.symbol == "vllm.worker.worker_base.WorkerBase"
    assert "/somewhere" not in finding.message
    assert "/somewhere" not in (evidence.text or "")


def test_foreign_texts_are_one_printable_line_of_bounded_length() -> None:
    raised = error("RuntimeError", "\x1b[31mred\x1b[0m\nsecond line\u202e" + "x" * 3_000)
    (finding,) = findings_of(judged(observation(load(raised=raised))))
    assert finding.message.isprintable()
    assert len(finding.message) < 500
    assert all((one.text or "").isprintable() for one in finding.evidence)


def test_two_patched_attributes_are_evidence_of_one_finding() -> None:
    changes = (change("patches", "vllm:LLM.a"), change("patches", "vllm:LLM.b"))
    (finding,) = findings_of(judged(observation(register(calls=(call(1), call(2, *changes))))))
    assert {one.symbol for one in finding.evidence} == {"vllm:LLM.a", "vllm:LLM.b"}
    assert "vllm:LLM.a, vllm:LLM.b" in finding.message


def test_a_finding_carries_the_catalogues_texts() -> None:
    (finding,) = findings_of(judged(observation(load(raised=error()))))
    rule = catalogue()["PM601"]
    assert (finding.level, finding.effect, finding.hint) == (rule.level, rule.effect, rule.hint)
    assert finding.message == "Importing acme:register fails: RuntimeError: no luck"
