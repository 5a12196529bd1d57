import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import ROOT, Run

PARTS = ("core", "dockerfiles", "matrix", "LICENSE", "README.md", "pyproject.toml", ".pre-commit-hooks.yaml")


def git(directory: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=acme", "-c", "user.email=acme@example.org", "-c", "init.defaultBranch=main"]
    return subprocess.run(
        [shutil.which("git") or "git", *identity, *arguments],
        cwd=directory,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """This project as a git repository that hooks can be taken from."""
    path = tmp_path / "vllm-plugin-matrix"
    path.mkdir()
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, path / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, path)
    git(path, "init", "--quiet")
    git(path, "add", "--all")
    git(path, "commit", "--quiet", "--message", "as it is")
    return path


def test_the_hook_passes_a_good_plugin_and_stops_a_commit_that_breaks_it(
    run: Run, repository: Path, tmp_path: Path
) -> None:
    project = shutil.copytree(ROOT / "examples" / "acme-plugin", tmp_path / "acme-plugin")
    (project / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {repository}\n  rev: {git(repository, 'rev-parse', 'HEAD')}\n"
        "  hooks:\n  - id: plugin-matrix-check\n"
    )
    git(project, "init", "--quiet")
    git(project, "add", "--all")

    def commit() -> subprocess.CompletedProcess[str]:
        return run("pre_commit", "run", directory=project, PRE_COMMIT_HOME=str(tmp_path / "home"))

    passed = commit()
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert "plugin-matrix check" in passed.stdout
    source = project / "src" / "acme_plugin" / "__init__.py"
    source.write_text(source.read_text().replace("vllm.lora.resolver", "vllm.lora.resolvers"))
    git(project, "add", "--all")
    stopped = commit()
    assert stopped.returncode == 1
    assert "PM201" in stopped.stdout
    assert "vllm.lora.resolvers" in stopped.stdout
    git(project, "commit", "--quiet", "--no-verify", "--message", "broken")
    (project / "README.md").write_text("only words\n")
    git(project, "add", "--all")
    assert "Skipped" in commit().stdout
