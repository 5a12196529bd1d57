# /// script
# dependencies = ["nox>=2025.2.9", "vllm-plugin-matrix==0.1.0"]
# ///
"""Made by `plugin-matrix export --format nox`: the tests beside each engine this project is meant for.

`nox --list` names the sessions, `nox -t reference-0.33.0` runs those of one engine.
"""

import nox
from plugin_matrix.nox import engine_session


@engine_session(python=["3.11"])
def tests(session: nox.Session) -> None:
    """Run the tests beside the engine; arguments after `--` go to pytest."""
    session.install(*nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "test"))
    session.install(".")
    session.run("pytest", *session.posargs)


if __name__ == "__main__":
    nox.main()
