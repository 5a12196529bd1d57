import json
from pathlib import Path

import pytest

from .conftest import Run


def test_a_split_run_is_what_a_whole_one_is(run: Run, project: Path) -> None:
    planned = run("plugin_matrix", "plan", ".", "--shards", "2", "--format", "json")
    assert planned.returncode == 0, planned.stderr
    plan = json.loads(planned.stdout)
    jobs = plan["jobs"]
    assert [job["shard"] for job in jobs] == ["1/2", "2/2"]
    parts = []
    for number, job in enumerate(jobs):
        done = run(
            *(
                "plugin_matrix",
                "run",
                ".",
                "--no-torch",
                "--platforms",
                job["platform"],
                "--shard",
                job["shard"],
            ),
            *("--gate", "none", "--format", "json", "--directory", f"part-{number}"),
        )
        assert done.returncode == 0, done.stderr
        part = json.loads((project / f"part-{number}" / "results.json").read_text())
        assert len(part["cells"]) == job["cells"]
        parts.append(f"part-{number}/results.json")
    assert run("plugin_matrix", "merge", *parts).returncode == 0
    merged = json.loads((project / "results.json").read_text())
    assert sorted(cell["id"] for cell in merged["cells"]) == sorted(cell["id"] for cell in plan["cells"])
    states = {cell["id"]: cell["verdict"]["type"] for cell in merged["cells"]}
    # What the plan says is not applicable, and nothing else, is told so by the run.
    assert {name for name, state in states.items() if state == "not-applicable"} == {
        cell["id"] for cell in plan["cells"] if cell["not_applicable"]
    }


def test_githubs_matrix_is_one_line_of_jobs(run: Run) -> None:
    done = run(
        "plugin_matrix", "plan", ".", "--engines", "0.32.0,0.33.0", "--shards", "5", "--format", "github"
    )
    assert done.stdout.count("\n") == 1
    jobs = json.loads(done.stdout)["include"]
    assert [(job["shard"], job["cells"]) for job in jobs] == [("1/2", 1), ("2/2", 1)]
    assert all(job["platform"] == f"cpu-py{job['python'].replace('.', '')}" for job in jobs)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["plan", "./nowhere"], 2, "nowhere"),
        (["plan", ".", "--select", "nothing*"], 3, "The selectors leave no cell."),
        (["run", ".", "--shard", "2/1"], 2, "'2/1' is no part of a run."),
        (["run", ".", "--engines", "0.33.0", "--shard", "2/2"], 3, "Shard 2/2 has no cell: there are 1."),
    ],
)
def test_what_cannot_be_planned_is_told(run: Run, arguments: list[str], code: int, told: str) -> None:
    done = run("plugin_matrix", *arguments)
    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr
