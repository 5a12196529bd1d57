"""Sessions: `matrix` judges plugins, `tests` judges the harness, `lint` its code."""

import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "tests"]

ROOT = Path(__file__).parent
REPORTS = ROOT / "reports"
PUBLISHED = ("ablated-vllm-plugin", "flash-head", "sovereign-pulse-vllm", "inferlens", "vllm-metal")
PUBLISHED_ENGINES = ("0.13.0", "0.26.0", "0.33.0")
INCOMPATIBLE, UNDETERMINED = 1, 4


@nox.session
def matrix(session: nox.Session) -> None:
    """Run the fixtures on the covering set and published plugins on three engines; write reports/.

    Arguments after `--` select cells: `nox -s matrix -- 'fixture-good-*' reference-0.33.0`.
    Two patterns that both have to hold are joined in one with `|`.
    """
    session.install(".[containers]")
    selectors = [f"--select={pattern}" for pattern in session.posargs]
    fixtures = sorted(str(path.parent) for path in ROOT.glob("plugins_fixtures/*/expect.toml"))
    # The fixtures state what they expect, so anything but exit code 0 is a defect of the harness.
    session.run(
        "plugin-matrix",
        "run",
        *fixtures,
        "--expect",
        "--engines=covering",
        "--memory=1024",
        f"--directory={REPORTS / 'fixtures'}",
        *selectors,
        success_codes=[0, 3] if selectors else [0],
    )
    # What published plugins do is the report's content, not this session's success.
    session.run(
        "plugin-matrix",
        "run",
        *PUBLISHED,
        "--beyond-declared",
        f"--engines={','.join(PUBLISHED_ENGINES)}",
        f"--directory={REPORTS / 'published'}",
        *selectors,
        success_codes=[0, INCOMPATIBLE, UNDETERMINED, *([3] if selectors else [])],
    )


@nox.session
def tests(session: nox.Session) -> None:
    """Run all trees but the slow ones; arguments after `--` go to pytest instead."""
    session.install("--group=test", ".")
    session.run(
        "pytest",
        *(session.posargs or ("tests/unit", "tests/contract", "tests/matrix")),
        env={"PLUGIN_MATRIX_STORE": str(session.cache_dir.resolve() / "store")},
    )


@nox.session
def images(session: nox.Session) -> None:
    """Build the platforms' images; arguments after `--` are those of `plugin-matrix images`.

    Without arguments, what cannot be built here is told and is no failure.
    """
    session.install(".[containers]")
    arguments = session.posargs or ["build"]
    session.run(
        "plugin-matrix", "images", *arguments, success_codes=[0] if session.posargs else [0, UNDETERMINED]
    )


@nox.session
def containers(session: nox.Session) -> None:
    """Run the tests that need a container engine and the images that can be made anywhere."""
    session.install("--group=test", ".")
    session.run(
        "pytest",
        *(session.posargs or ("tests/containers",)),
        # Whoever asks for these tests wants them run: without an engine they fail instead of being skipped.
        env={
            "PLUGIN_MATRIX_STORE": str(session.cache_dir.resolve() / "store"),
            "PLUGIN_MATRIX_ENGINE_REQUIRED": "1",
        },
    )


@nox.session
def containers_matrix(session: nox.Session) -> None:
    """Run all fixtures on the covering set and two platforms in containers; arguments select cells.

    The run tells at its end how long it took; a first one also makes environments.
    """
    session.install(".[containers]")
    fixtures = sorted(str(path.parent) for path in ROOT.glob("plugins_fixtures/*/expect.toml"))
    session.run(
        "plugin-matrix",
        "run",
        *fixtures,
        "--expect",
        "--engines=covering",
        "--platforms=cpu-py311",
        "--platforms=cpu-py313",
        "--sandbox=container",
        "--memory=1024",
        f"--directory={REPORTS / 'containers'}",
        *(f"--select={pattern}" for pattern in session.posargs),
        success_codes=[0, 3] if session.posargs else [0],
    )


@nox.session
def gpu(session: nox.Session) -> None:
    """Run the reference engine and a platform plugin on an NVIDIA device, without containers."""
    if shutil.which("nvidia-smi") is None:
        session.error("no NVIDIA device: there is no nvidia-smi on this machine")
    session.install("--group=test", ".")
    # The build that the driver here can use; some gigabytes.
    session.install("--torch-backend=auto", "torch", "numpy")
    session.run("pytest", *(session.posargs or ("tests/gpu",)), env={"PLUGIN_MATRIX_GPU_REQUIRED": "1"})


@nox.session
def conformance(session: nox.Session) -> None:
    """Hold the reference engine to real vLLM, and the fixtures to both; fetches twelve releases.

    Arguments after `--` go to pytest. `PLUGIN_MATRIX_CONFORMANCE=all` takes every fixture.
    """
    session.install("--group=test", ".")
    session.run(
        "pytest",
        *(session.posargs or ("tests/engines",)),
        env={
            "PLUGIN_MATRIX_STORE": str(session.cache_dir.resolve() / "store"),
            "PLUGIN_MATRIX_REAL_ENGINES": "1",
        },
    )


@nox.session
def breakages(session: nox.Session) -> None:
    """Hold `check` to breaks that really happened; downloads the published artefacts of those plugins."""
    session.install("--group=test", ".")
    session.run(
        "pytest",
        *(session.posargs or ("tests/breakages",)),
        env={"PLUGIN_MATRIX_STORE": str(session.cache_dir.resolve() / "store")},
    )


@nox.session
def browser(session: nox.Session) -> None:
    """Open the page in the machine's own Chromium, by mouse and by keyboard; pictures go to reports/browser/.

    Where there is none, or PLUGIN_MATRIX_CHROMIUM does not name it, the tests are skipped and say so.
    """
    session.install("--group=browser", ".")
    session.run(
        "pytest",
        *(session.posargs or ("tests/browser",)),
        env={"PLUGIN_MATRIX_PICTURES": str(REPORTS / "browser")},
    )


@nox.session
def package(session: nox.Session) -> None:
    """Build what a release uploads, and hold it to what an index, pip, uv, mypy and a newcomer expect."""
    session.install("--group=package", ".")
    session.run("pytest", *(session.posargs or ("tests/packaging",)))


@nox.session
def docs(session: nox.Session) -> None:
    """Build the site, with warnings as errors, and follow its links; arguments after `--` go to mkdocs."""
    session.install("--group=docs", "--group=test", ".")
    site = ROOT / "site"
    # Of the theme's makers: a notice about another product of theirs.
    environment = {"NO_MKDOCS_2_WARNING": "1", "PLUGIN_MATRIX_SITE": str(site)}
    session.run("mkdocs", "build", "--strict", f"--site-dir={site}", *session.posargs, env=environment)
    session.run("pytest", "tests/site", env=environment)


@nox.session(venv_backend="uv", python="3.11")
def lowest(session: nox.Session) -> None:
    """Run the unit tests with the lowest version of every requirement, on the lowest Python."""
    session.install("--resolution=lowest-direct", "--group=test", ".[containers]")
    session.run(
        "pytest",
        *(session.posargs or ("tests/unit",)),
        env={"PLUGIN_MATRIX_STORE": str(session.cache_dir.resolve() / "store")},
    )


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and types, of the tests and the tools too."""
    session.install("--group=lint", "-e", ".")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("hadolint", *(str(path) for path in sorted(ROOT.glob("dockerfiles/*/Dockerfile"))))
    session.run("mypy")
    places = (".github/workflows/*.yml", "examples/*/.github/workflows/*.yml")
    workflows = [str(path) for place in places for path in sorted(ROOT.glob(place))]
    session.run("zizmor", "--offline", "--no-progress", "action.yml", *workflows)
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml")
    session.run("shellcheck", "action/judge")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure what the README says about speed."""
    session.install("nox[uv]", ".[containers]")
    session.run("python", "benchmarks/cells.py", *session.posargs)


@nox.session
def agreement(session: nox.Session) -> None:
    """Hold what is told from source to the real releases: `nox -s agreement -- run agreement.jsonl`."""
    session.install(".")
    session.run("python", "benchmarks/agreement.py", *session.posargs)


@nox.session
def bench_surface(session: nox.Session) -> None:
    """Measure what the README says about the speed of `check`."""
    session.install("uv", ".")
    session.run("python", "benchmarks/surface.py", *session.posargs)
