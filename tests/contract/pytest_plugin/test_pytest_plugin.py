import pytest

from .beside_engine import Place, RunTests


def test_the_header_says_which_engine_it_is(run_tests: RunTests, place: Place) -> None:
    result = run_tests("def test(): pass")
    result.stdout.fnmatch_lines([f"vllm: {place.engine}"])


def test_a_plugin_that_may_be_called_again_is_re_entrant(run_tests: RunTests) -> None:
    source = """
import acme, pytest

@pytest.mark.parametrize("subject", ["register", "acme:register", acme.register, lambda: None])
def test(vllm_plugin, subject):
    vllm_plugin.assert_reentrant(subject)
"""
    run_tests(source).assert_outcomes(passed=4)


AGAIN = """
import acme, pytest

@pytest.mark.parametrize("name", ["piles", "wraps", "fails_again", "exits"])
@pytest.mark.parametrize("by", ["name", "function"])
def test(assert_reentrant, by, name):
    assert_reentrant(name if by == "name" else getattr(acme, name), times=4)
"""


def test_what_another_call_does_is_told(run_tests: RunTests) -> None:
    result = run_tests(AGAIN, "-rN")
    result.assert_outcomes(failed=8)
    for by in ("name", "function"):
        for name, told in (
            ("piles", ["*acme:piles is not re-entrant on vLLM *: 4 calls leave*", "*handlers *vllm: * -> *"]),
            (
                "wraps",
                ["*acme:wraps is not re-entrant on vLLM *", "*patches *envs:is_set: *depth=1 -> *depth=4"],
            ),
            ("fails_again", ["*Call 3 of acme:fails_again fails on vLLM *", "*ValueError: third time*"]),
            ("exits", ["*acme:exits*on vLLM *, and its process ended itself with exit status 3."]),
        ):
            result.stdout.fnmatch_lines([f"*_ test?{by}-{name}? _*", *told])
    # The failure is the test's own line, not the plugin's insides.
    result.stdout.no_fnmatch_line("*plugin_asserts.py*")


def test_a_plugin_that_is_not_installed_is_told_with_those_that_are(run_tests: RunTests) -> None:
    result = run_tests("def test(assert_reentrant):\n    assert_reentrant('acmee')")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*entry point named 'acmee'*there are: exits, *register*"])


def test_a_plugin_that_is_not_named_is_neither_called_nor_imported(run_tests: RunTests) -> None:
    result = run_tests("def test(vllm_plugin):\n    vllm_plugin.assert_filtered('register')")
    result.assert_outcomes(passed=1)


def test_an_import_at_start_up_is_told_of_a_plugin_that_is_not_named(
    run_tests: RunTests, place: Place
) -> None:
    hook = next(place.python.parent.parent.glob("lib/python3.*/site-packages")) / "zz_acme.pth"
    hook.write_text("import acme\n")
    try:
        result = run_tests("def test(vllm_plugin):\n    vllm_plugin.assert_filtered('register')")
    finally:
        hook.unlink()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*told to leave 'register' out, and acme is imported all the same*"])


LOADS_ONE = """
import os, pytest

@pytest.fixture(scope="session")
def resource():
    yield os.getpid()
    print("resource closed by its own process" if os.getpid() == here else "resource closed elsewhere")
here = os.getpid()

def test_before(resource):
    assert "AcmeForCausalLM" not in archs()

def test_loads(vllm_load, resource):
    changes = vllm_load("register")
    assert any("AcmeForCausalLM" in change.subject for change in changes), changes
    assert "AcmeForCausalLM" in archs()
    assert os.environ["VLLM_PLUGINS"] == "register"
    assert os.getpid() != resource

def test_after():
    assert "AcmeForCausalLM" not in archs()
    assert "VLLM_PLUGINS" not in os.environ

def archs():
    from vllm import ModelRegistry
    return ModelRegistry.get_supported_archs()
"""


def test_what_one_test_loads_is_not_there_in_the_next(run_tests: RunTests) -> None:
    result = run_tests(LOADS_ONE, "-s")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*resource closed by its own process*"])
    result.stdout.no_fnmatch_line("*resource closed elsewhere*")


def test_loading_a_name_that_nothing_has_fails(run_tests: RunTests) -> None:
    result = run_tests("def test(vllm_load):\n    vllm_load('acmee')")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*UnknownPluginError: No plugin * named 'acmee'*"])


ISOLATED = """
import os, pytest, time
pytestmark = pytest.mark.vllm_isolated(seconds=5)

def test_passes(tmp_path, capsys):
    print("something")
    assert capsys.readouterr().out == "something\\n"

def test_fails():
    left = 1
    assert left == 2

def test_skips():
    pytest.skip("not today")

@pytest.mark.xfail(raises=ZeroDivisionError, strict=True)
def test_is_expected_to_fail():
    1 / 0

@pytest.fixture
def broken():
    raise LookupError("no such thing")

def test_error(broken):
    pass

def test_dies():
    os._exit(5)

def test_is_killed():
    os.kill(os.getpid(), 9)

def test_hangs():
    time.sleep(60)
"""


def test_an_isolated_test_is_reported_as_any_other(run_tests: RunTests) -> None:
    result = run_tests(ISOLATED, "-rs")
    result.assert_outcomes(passed=1, failed=4, skipped=1, xfailed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*LookupError: no such thing",
            "*assert left == 2*",
            "*its process ended itself with exit status 5",
            "*its process was ended by signal 9",
            "*its process had not returned after 5 s and was ended",
            "SKIPPED*not today",
        ]
    )


THREADED = """
import threading, warnings
import acme
import pytest

@pytest.fixture(scope="session", autouse=True)
def thread():
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    yield
    done.set()
    thread.join()

def test_before():
    pass

@pytest.mark.vllm_isolated
def test_isolated():
    with pytest.raises(DeprecationWarning):
        warnings.warn("old", DeprecationWarning)

def test_function(assert_reentrant):
    assert_reentrant(acme.register)
"""


def test_a_process_with_threads_is_forked_without_a_warning(run_tests: RunTests) -> None:
    # Python 3.12 and later warn of it, and these tests take warnings for errors.
    run_tests(THREADED, "-W", "error").assert_outcomes(passed=3)


def test_scopes_that_end_with_an_isolated_test_are_left(run_tests: RunTests) -> None:
    source = """
import pytest

class TestOne:
    @pytest.fixture(scope="class")
    def opened(self):
        yield
        print("CLOSED")

    def test_plain(self, opened):
        pass

    @pytest.mark.vllm_isolated
    def test_isolated(self, opened):
        print("ISOLATED")

class TestTwo:
    def test_next(self):
        print("NEXT")
"""
    result = run_tests(source, "-s", "-q")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines_random(["*ISOLATED*", "*CLOSED*", "*NEXT*"])
    assert result.stdout.str().count("CLOSED") == 1
    assert result.stdout.str().index("CLOSED") < result.stdout.str().index("NEXT")


MARKED = """
import pytest

@pytest.mark.vllm(">=0.5")
def test_all(): pass

@pytest.mark.vllm(">=0.5", real=True)
def test_real(): pass

@pytest.mark.vllm("<0.9")
class TestOld:
    def test_old(self): pass
    @pytest.mark.vllm(">=0.5")
    def test_both(self): pass

@pytest.mark.vllm("<0.9")
@pytest.mark.vllm_isolated
def test_old_alone(): pass

def test_engine(vllm_engine):
    assert vllm_engine.kind == "reference"
    assert str(vllm_engine.version) == vllm_engine.release
"""


def test_tests_for_other_engines_are_skipped_with_the_reason(run_tests: RunTests, place: Place) -> None:
    result = run_tests(MARKED, "-rs")
    result.assert_outcomes(passed=2, skipped=4)
    result.stdout.fnmatch_lines_random(
        [
            f"SKIPPED*needs vLLM <0.9; this is {place.engine}",
            f"SKIPPED*needs real vLLM; this is {place.engine}",
        ]
    )


@pytest.mark.parametrize("arguments", ["'nonsense'", "'>=0.20', '<0.30'", "since='0.20'", "0.20"])
def test_a_marker_that_cannot_be_read_ends_the_run_with_the_test_named(
    run_tests: RunTests, arguments: str
) -> None:
    result = run_tests(f"import pytest\n@pytest.mark.vllm({arguments})\ndef test(): pass")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: test_acme.py::test: @pytest.mark.vllm(*) cannot be read.*"])
    assert "Traceback" not in result.stderr.str()


STATE = """
import logging, os, pytest

def test_leaves_something(vllm_state):
    with pytest.raises(AssertionError, match="env *ACME: nothing -> 1"):
        with vllm_state.unchanged():
            os.environ["ACME"] = "1"
    del os.environ["ACME"]

def test_of_some_kinds(vllm_state):
    before = vllm_state.snapshot()
    logging.getLogger("acme").addHandler(logging.NullHandler())
    os.environ["ACME"] = "1"
    assert [change.kind for change in vllm_state.changes(before, {"handlers"})] == ["handlers"]
    del os.environ["ACME"]

def test_puts_things_back(vllm_state, monkeypatch):
    with vllm_state.unchanged(), monkeypatch.context() as patched:
        patched.setenv("ACME", "1")

def test_names_plugins(vllm_plugins):
    vllm_plugins("acme", "other")
    assert os.environ["VLLM_PLUGINS"] == "acme,other"
    vllm_plugins()
    assert "VLLM_PLUGINS" not in os.environ
"""


def test_states_are_compared(run_tests: RunTests) -> None:
    run_tests(STATE).assert_outcomes(passed=4)


WORKERS = "def test(vllm_plugin):\n    vllm_plugin.assert_same_in_workers('register')"


def test_workers_that_come_to_other_registrations_are_told(run_tests: RunTests, place: Place) -> None:
    points = next(
        place.python.parent.parent.glob("lib/python3.*/site-packages/acme-1.0.dist-info/entry_points.txt")
    )
    whole = points.read_text()
    try:
        points.write_text("[vllm.general_plugins]\nregister = acme:register\n")
        run_tests(WORKERS).assert_outcomes(passed=1)
        points.write_text("[vllm.general_plugins]\nregister = acme:per_process\n")
        result = run_tests(WORKERS)
    finally:
        points.write_text(whole)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*A process made by spawn comes to other registrations than its parent on vLLM*"]
    )


def test_pytest_without_vllm_skips_what_needs_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "import pytest\n"
        "@pytest.mark.vllm('>=0.20')\ndef test_marked(): pass\n"
        "def test_engine(vllm_engine): pass\n"
        "def test_other(): pass\n"
    )
    result = pytester.runpytest_subprocess("-rs")
    result.assert_outcomes(passed=1, skipped=2)
    result.stdout.fnmatch_lines(["SKIPPED*needs vLLM >=0.20, which is not installed"])
