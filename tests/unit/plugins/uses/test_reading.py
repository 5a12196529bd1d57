"""Source that is no good: each kind is said, costs little, and hides nothing else."""

import os
import signal
import time
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from plugin_matrix.plugins.source_files import source_files
from plugin_matrix.plugins.uses import plugin_source, read_uses
from plugin_matrix.plugins.uses.file_record import FileRecord
from plugin_matrix.plugins.uses.reading import MAX_SOURCE_BYTES
from plugin_matrix.plugins.uses.records import Import
from plugin_matrix.plugins.uses.walking import read_file

GOOD = b"import vllm.a\n"


def unseen(source: bytes) -> str:
    """Why `source` is not read, beside a good file that is; empty when it is read."""
    uses = read_uses({"acme/bad.py": source, "acme/good.py": GOOD})
    assert any(isinstance(use, Import) and use.place.file == "acme/good.py" for use in uses.uses)
    assert {one.file for one in uses.unseen} <= {"acme/bad.py"}
    assert uses.files == 2 - len(uses.unseen)
    return "".join(one.reason for one in uses.unseen)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (b"print 'x'\n", "Python 2"),
        (b"print x\n", "Python 2"),
        (b"exec 'x' in d\n", "Python 2"),
        (b"try:\n    pass\nexcept ValueError, e:\n    pass\n", "Python 2"),
        (b"raise ValueError, 'x'\n", "Python 2"),
        (b"x = 0777\n", "Python 2"),
        (b"x = 10L\n", "Python 2"),
        (b"x = `y`\n", "Python 2"),
        (b"if x <> y:\n    pass\n", "Python 2"),
        (b"s = ur'x'\n", "Python 2"),
        (b"x = $y\n", "line 1"),
        (b"a = 1\nb = (\n", "line 2"),
        (b"<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> x\n", "merge conflict"),
        (b"import {{ package }}.x\n", "template"),
        (b"x = 1\0\n", "null bytes"),
        (b"x = '\xe9'\n", "not UTF-8"),
        (b"# coding: no-such\nx = 1\n", "encoding that there is not"),
        (b"# coding: utf-8\nx = '\xe9'\n", "not UTF-8"),
        (b"x = " + b"(" * 500 + b")" * 500 + b"\n", "nested too deeply"),
        (b"x = " + b"-" * 200_000 + b"1\n", "nested too deeply"),
        (b"x = a" + b".b" * 60_000 + b"\n", "nested too deeply"),
        (b"x = " + b"1 + " * 30_000 + b"1\n", "nested too deeply"),
        (
            b"".join(b" " * depth + b"if x:\n" for depth in range(120)) + b" " * 120 + b"pass\n",
            "nested too deeply",
        ),
        (b"x = 1\n" * (MAX_SOURCE_BYTES // 6 + 1), "larger than 5 MiB"),
    ],
)
def test_what_is_not_read_says_why(source: bytes, reason: str) -> None:
    assert reason in unseen(source)


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"\n\n",
        b"\xef\xbb\xbfimport vllm.a\n",
        b"# -*- coding: latin-1 -*-\nx = '\xe9'\nimport vllm.a\n",
        b"import vllm.a\r\nx = 1\r\n",
        b"import vllm.a\rx = 1\r",
        "x = 'é'\nvllm_ü = 1\n".encode(),
        b"x = '\\d'\n",
        b"x = 1 is 1\n",
        b"match x:\n    case [a, *b] if b:\n        pass\n    case {'k': v, **rest}:\n        pass\n",
        b"try:\n    pass\nexcept* ValueError:\n    pass\n",
        b"async def f():\n    async with a as b: pass\n    async for x in y: pass\n    [z async for z in w]",
        b"def f(a, /, b: int = 1, *c, d, e=2, **g) -> None: ...\n",
        b"x = lambda a, *b, c=1, **d: (yield)\n",
        b"class C(A, metaclass=M, **k): x: int; y: 'str' = 1\n",
        b"f'{x!r:>{w}}'\nprint(*a, **b)\nx[1:2, ::3]\ndel x, y[0], z.a\n",
        b"global x\nx: int\nassert x, y\nwith (a as b, c): pass\n",
    ],
)
def test_all_that_is_python_is_read(source: bytes) -> None:
    assert unseen(source) == ""


@pytest.mark.parametrize(
    ("source", "python"),
    [
        (b"type X = int\n", "3.12"),
        (b"def f[T](x: T) -> T: ...\n", "3.12"),
        (b"class C[T]: ...\n", "3.12"),
        (b"class C[T = int]: ...\n", "3.13"),
        (b"try:\n    pass\nexcept ValueError, TypeError:\n    pass\n", "3.14"),
        (b"x = t'{y}'\n", "3.14"),
    ],
)
def test_source_for_a_newer_python_is_read_or_names_it(source: bytes, python: str) -> None:
    reason = unseen(source)
    assert reason == "" or f"Python {python} or newer" in reason


def test_a_file_that_is_too_large_costs_nothing() -> None:
    source = b"x = 1\n" * (50 * 1024**2 // 6)
    started = time.process_time()
    assert "larger than 5 MiB" in unseen(source)
    assert time.process_time() - started < 0.5


def test_a_file_of_many_names_is_read_in_time() -> None:
    lines = [f"from vllm.m{number} import f{number}\nf{number}({number})" for number in range(4000)]
    started = time.process_time()
    uses = read_uses({"acme/__init__.py": "\n".join(lines).encode()})
    assert len(uses.uses) == 8000
    assert time.process_time() - started < 5


def test_conditions_upon_conditions_are_read_in_time() -> None:
    functions = [
        f"def f{number}():\n    if f{number + 1}() and f{(number * 7) % 60}():\n"
        f"        return f{(number * 3) % 60}()\n    return not f{(number + 2) % 60}()"
        for number in range(60)
    ]
    source = "\n".join(
        [*functions, "def f60():\n    return hasattr(vllm, 'x')", "if f0():\n    import vllm.a"]
    )
    started = time.process_time()
    read_uses({"acme/__init__.py": f"import vllm\n{source}\n".encode()})
    assert time.process_time() - started < 5


def test_branches_upon_branches_are_read_in_time() -> None:
    branches = "".join(f"    if a{number}:\n        x = c.a{number}\n    x.y\n" for number in range(300))
    source = f"from vllm.c import C\ndef f(c: C, x):\n{branches}"
    started = time.process_time()
    read_uses({"acme/__init__.py": source.encode()})
    assert time.process_time() - started < 5


def test_files_that_are_no_modules_are_left_alone() -> None:
    uses = read_uses(
        {"acme/data.txt": b"import vllm", "acme-1/x.py": b"import vllm", "a/b-c.py": b"import vllm"}
    )
    assert uses.uses == ()
    assert uses.files == 0


def test_no_files_ask_nothing() -> None:
    uses = read_uses({})
    assert (uses.uses, uses.edges, uses.units, uses.unseen) == ((), (), {}, ())


MANY = {
    f"acme/m{number}.py": b"from .m%d import f\nfrom vllm.a import g as f\nf(1)\n" % (number + 1)
    for number in range(40)
}


def test_many_files_are_read_alike_by_several_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = read_uses(MANY)
    monkeypatch.setattr(plugin_source, "PARALLEL_BYTES", 1)
    monkeypatch.setattr(plugin_source, "processors", lambda: 2)
    assert read_uses(MANY) == alone


def test_files_of_a_reader_that_was_killed_are_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = read_uses(MANY)
    here = os.getpid()

    def read_or_die(*arguments: Any) -> FileRecord:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)  # so that it has taken files with it
        return read_file(*arguments)

    monkeypatch.setattr(plugin_source, "PARALLEL_BYTES", 1)
    monkeypatch.setattr(plugin_source, "processors", lambda: 2)
    monkeypatch.setattr(plugin_source, "read_file", read_or_die)
    assert read_uses(MANY) == alone


@pytest.mark.parametrize(
    "source",
    [
        b"import sys\nsys.meta_path.insert(0, Finder())\n",
        b"import sys\nsys.meta_path = [Finder(), *sys.meta_path]\n",
        b"import sys\nsys.path_hooks.append(hook)\n",
    ],
)
def test_finders_of_a_plugin_are_told_and_the_file_is_read_all_the_same(source: bytes) -> None:
    uses = read_uses({"acme/__init__.py": source + GOOD})
    assert [one.file for one in uses.unseen] == ["acme/__init__.py"]
    assert "sys.meta_path" in uses.unseen[0].reason
    assert uses.files == 1
    assert any(isinstance(use, Import) for use in uses.uses)


def test_finders_that_a_plugin_only_asks_about_are_no_matter() -> None:
    assert read_uses({"acme/__init__.py": b"import sys\nfor f in sys.meta_path: print(f)\n"}).unseen == ()


def test_a_path_file_is_read_and_is_no_source_file() -> None:
    uses = read_uses({"acme/__init__.py": GOOD, "acme.pth": b"./x\nimport vllm.b; import acme\n"})
    assert uses.files == 1
    (use,) = [use for use in uses.uses if use.place.file == "acme.pth"]
    assert (use.unit, use.place.line) == ("acme.pth", 2)


def wheel(directory: Path, **members: bytes) -> Path:
    path = directory / "acme-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_sources_of_a_wheel_are_where_it_installs_them(tmp_path: Path) -> None:
    path = wheel(
        tmp_path,
        **{
            "acme/__init__.py": GOOD,
            "acme-1.data/purelib/more.py": b"x = 1",
            "acme-1.data/scripts/run.py": b"x = 1",
            "acme-1.dist-info/METADATA": b"",
            "acme/data.json": b"{}",
            "acme.pth": b"import acme",
            "weights.pth": b"import" + b"\0" * (64 * 1024),
            "acme/weights.pth": b"import acme",
        },
    )
    files, _, unseen_files = source_files(path)
    assert files == {"acme/__init__.py": GOOD, "more.py": b"x = 1", "acme.pth": b"import acme"}
    assert unseen_files == ()


def test_modules_without_source_are_told(tmp_path: Path) -> None:
    path = wheel(
        tmp_path,
        **{
            "acme/_c.cpython-311-x86_64-linux-gnu.so": b"",
            "acme/_d.pyd": b"",
            "acme/only.pyc": b"",
            "acme/both.py": b"",
            "acme/both.pyc": b"",
            "acme/cython.py": b"",
            "acme/cython.cpython-311-x86_64-linux-gnu.so": b"",
            "acme/__pycache__/both.cpython-311.pyc": b"",
            "acme/libfoo.so": b"",
        },
    )
    files, _, unseen_files = source_files(path)
    assert set(files) == {"acme/both.py", "acme/cython.py"}
    assert {one.file for one in unseen_files} == {
        "acme/_c.cpython-311-x86_64-linux-gnu.so",
        "acme/_d.pyd",
        "acme/only.pyc",
    }


def test_a_source_that_is_too_large_stays_in_the_wheel(tmp_path: Path) -> None:
    path = wheel(tmp_path, **{"acme/__init__.py": GOOD, "acme/big.py": b"x = 1\n" * (6 * 1024**2 // 6)})
    files, _, unseen_files = source_files(path)
    assert set(files) == {"acme/__init__.py"}
    assert [(one.file, one.reason[:22]) for one in unseen_files] == [
        ("acme/big.py", "it is larger than 5 MiB"[:22])
    ]
