"""Work of a forked process comes back; where the process comes to grief the work is done here."""

import os
import time
from collections.abc import Iterator
from contextlib import closing

import psutil
import pytest

from plugin_matrix.plugins.aside import Aside, Claims


@pytest.fixture(autouse=True)
def _no_process_is_left_behind() -> Iterator[None]:
    before = set(psutil.Process().children())
    yield
    assert not set(psutil.Process().children()) - before


def test_the_result_comes_from_another_process() -> None:
    with Aside(os.getpid, forks=True) as aside:
        assert aside.result() != os.getpid()


def test_without_a_process_the_work_is_done_here() -> None:
    with Aside(os.getpid, forks=False) as aside:
        assert aside.result() == os.getpid()


def test_a_result_larger_than_a_pipe_comes_back_whole() -> None:
    with Aside(lambda: "x" * 2**22, forks=True) as aside:
        assert aside.result() == "x" * 2**22


def test_what_a_process_cannot_give_back_is_worked_out_here() -> None:
    here = os.getpid()

    def work() -> int:
        if os.getpid() != here:
            os._exit(9)
        return here

    with Aside(work, forks=True) as aside:
        assert aside.result() == here


def test_a_result_that_was_cut_off_is_worked_out_here() -> None:
    here = os.getpid()

    class Cut:
        def __reduce__(self) -> tuple[type, tuple[()]]:
            os._exit(9)

    with Aside(lambda: here if os.getpid() == here else ["x" * 2**22, Cut()], forks=True) as aside:
        assert aside.result() == here


def test_an_error_of_the_work_is_raised_here(capfd: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        raise LookupError("no such thing")

    with Aside(work, forks=True) as aside, pytest.raises(LookupError, match="no such thing"):
        aside.result()
    assert capfd.readouterr() == ("", "")


def test_an_error_elsewhere_ends_the_process() -> None:
    begun = time.monotonic()
    with pytest.raises(LookupError), Aside(lambda: time.sleep(60), forks=True):
        raise LookupError
    assert time.monotonic() - begun < 30


def test_every_number_is_claimed_by_one_process_only() -> None:
    with closing(Claims(Claims.MOST)) as claims, Aside(lambda: list(claims), forks=True) as aside:
        here = list(claims)
        assert sorted(here + aside.result()) == list(range(Claims.MOST))


def test_a_process_that_lives_longer_claims_the_rest() -> None:
    with closing(Claims(3)) as claims, Aside(lambda: next(iter(claims)), forks=True) as aside:
        first = aside.result()
        assert sorted([first, *claims]) == [0, 1, 2]
