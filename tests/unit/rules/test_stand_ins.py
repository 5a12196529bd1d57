"""What rests on stand-ins for absent modules says so."""

from plugin_matrix.model import Compatible, Incompatible
from plugin_matrix.model.observation import StandInUse

from .row import Row
from .seen import GENERAL, call, change, load, no_module, register

USED = (
    StandInUse(kind="import", path="torch_npu.npu"),
    StandInUse(kind="import", path="acl"),
    StandInUse(kind="call", path="torch_npu.npu.init"),
)


def test_a_verdict_names_the_modules_that_were_stood_in_for() -> None:
    judgement = Row("good", (load(stand_ins=USED),)).judgement()
    assert isinstance(judgement.verdict, Compatible)
    assert judgement.stand_ins == ("acl", "torch_npu")


def test_a_verdict_without_stand_ins_names_none() -> None:
    assert Row("good").judgement().stand_ins == ()


def test_findings_are_marked_where_the_stand_ins_were_used_and_nowhere_else() -> None:
    grows = register(calls=(call(1), call(2, change("registry"))))
    marked = Row("grows", (register(calls=grows.calls, stand_ins=USED),)).judgement().verdict
    assert isinstance(marked, Incompatible)
    assert {(one.rule, one.stand_ins) for one in marked.findings} == {("PM606", ("acl", "torch_npu"))}
    unmarked = Row("grows", (load(stand_ins=USED), grows)).judgement().verdict
    assert isinstance(unmarked, Incompatible)
    assert {(one.rule, one.stand_ins) for one in unmarked.findings} == {("PM606", ())}


def test_a_finding_about_vllm_stands_although_there_were_stand_ins() -> None:
    verdict = Row("gone", (load(raised=no_module("vllm.gone"), stand_ins=USED),)).judgement().verdict
    assert isinstance(verdict, Incompatible)
    assert [(one.rule, one.subject) for one in verdict.findings] == [("PM601", GENERAL.id)]
