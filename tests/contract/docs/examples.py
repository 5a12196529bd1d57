"""Examples in the documentation: what a page says about each, and running them.

A comment before a fenced block says what becomes of it:

    <!-- run -->             its commands (or its Python) are run in the page's directory; what is shown after
                             a command is what it has to print, `...` standing for anything
    <!-- run: exit 1 -->     the last command ends with this exit code
    <!-- file: acme.py -->   its content is written to this file of the page's directory
    <!-- copy: FIXTURE -->   beside one of the others: the page's directory gets this fixture's files first
    <!-- not run: WHY -->    it is not
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[3]
SECONDS = 300.0
MARKED = frozenset({"console", "python"})
"""Languages of blocks that say what becomes of them."""
_BLOCK = re.compile(
    r"(?P<marks>(?:^[ \t]*<!--[^>]*-->\n+)*)^[ \t]*(?P<fence>```+)(?P<language>[\w-]*)[^\n]*\n"
    r"(?P<text>.*?)^[ \t]*(?P=fence)[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
_MARK = re.compile(r"<!--\s*(?P<kind>run|file|copy|not run)(?::\s*(?P<value>[^>]*?))?\s*-->")


class Command(msgspec.Struct, frozen=True):
    """A command with what it has to print; None where nothing is shown."""

    line: str
    shown: str | None


class Example(msgspec.Struct, frozen=True):
    """A block that says what becomes of it."""

    page: str
    line: int
    language: str
    text: str
    marks: dict[str, str]

    @property
    def place(self) -> str:
        """Page and line."""
        return f"{self.page}:{self.line}"

    @property
    def exit_code(self) -> int:
        """What the last command has to end with."""
        return int(self.marks["run"].removeprefix("exit ") or 0)


def pages() -> list[Path]:
    """Return every page that people read."""
    written = (ROOT / "docs").rglob("*.md")
    made = {"rules", "history"}
    return [ROOT / "README.md", *sorted(path for path in written if path.parent.name not in made)]


def examples(page: Path) -> Iterator[Example]:
    """Yield the blocks of a page in order."""
    text = page.read_text("utf-8")
    for found in _BLOCK.finditer(text):
        marks = {one["kind"]: one["value"] or "" for one in _MARK.finditer(found["marks"])}
        line = text.count("\n", 0, found.start("fence")) + 1
        yield Example(str(page.relative_to(ROOT)), line, found["language"], found["text"], marks)


def commands(text: str) -> list[Command]:
    """Return the commands of a console block; one that ends in a backslash goes on in the next line."""
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
    told = []
    for part in parts:
        line, _, shown = part.partition("\n")
        while line.endswith("\\"):
            more, _, shown = shown.partition("\n")
            line = f"{line[:-1]}{more}"
        told.append(Command(line, shown.rstrip("\n") + "\n" if shown.strip() else None))
    return told


def fits(shown: str, printed: str) -> bool:
    """Tell whether `printed` is what is shown; `...` stands for anything, and white space ends no line."""
    wanted = "\n".join(line.rstrip() for line in shown.strip("\n").splitlines())
    got = "\n".join(line.rstrip() for line in printed.strip("\n").splitlines())
    pattern = ".*?".join(re.escape(part) for part in re.split(r"\.\.\.", wanted))
    return re.fullmatch(pattern, got, re.DOTALL) is not None


class Terminal:
    """Where the examples of one page are run, one after the other."""

    def __init__(self, directory: Path, store: Path) -> None:
        self._directory = directory
        programs = Path(sys.executable).parent
        self._environment = {
            "COLUMNS": "80",
            "HOME": str(directory.parent),
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
            "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "PLUGIN_MATRIX_STORE": str(store),
            "PIP_CONFIG_FILE": os.environ.get("PIP_CONFIG_FILE", ""),
        } | {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_", "SSL_"))}

    def play(self, example: Example) -> list[str]:
        """Do what an example says and return what is not as it says."""
        marks = example.marks
        if "copy" in marks:
            shutil.copytree(ROOT / "plugins_fixtures" / marks["copy"], self._directory, dirs_exist_ok=True)
        if "file" in marks:
            file = self._directory / marks["file"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(example.text, "utf-8")
        if "run" not in marks:
            return []
        if example.language == "python":
            return self._judge(
                Command("python", None), [sys.executable, "-c", example.text], example.exit_code
            )
        wrong: list[str] = []
        told = commands(example.text)
        for number, command in enumerate(told, start=1):
            last = number == len(told)
            code = example.exit_code if last else None
            wrong += self._judge(command, ["/bin/sh", "-c", command.line], code)
        return wrong

    def _judge(self, command: Command, words: list[str], code: int | None) -> list[str]:
        ended = subprocess.run(
            words,
            cwd=self._directory,
            env=self._environment,
            timeout=SECONDS,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        printed = ended.stdout
        wrong = []
        if code is not None and ended.returncode != code:
            wrong.append(
                f"$ {command.line}\nended with {ended.returncode}, not {code}:\n{printed}{ended.stderr}"
            )
        if command.shown is not None and not fits(command.shown, printed):
            wrong.append(f"$ {command.line}\nshown:\n{command.shown}\nprinted:\n{printed}{ended.stderr}")
        return wrong
