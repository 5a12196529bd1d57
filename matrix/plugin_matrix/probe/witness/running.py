"""Run programs in a forked process; where one of them ends it, go on behind that one in another."""

from __future__ import annotations

from typing import Any

from ..processes import Channel, run_forked
from ..text import bounded, decode, encode, said
from .programs import PROGRAMS, FailedError, NoCallError
from .reaching import NotReachedError

SCHEMA = 1


def main(request_path: str, result_path: str) -> int:
    """Run what a request asks for and write what came of it; returns the exit status."""
    with open(request_path, encoding="utf-8") as file:
        request = decode(file.read())
    if request["schema"] != SCHEMA:
        raise ValueError(f"this probe reads programs of schema {SCHEMA}, not {request['schema']}")
    results = run_all(request["programs"], request["seconds"])
    with open(result_path, "w", encoding="ascii") as file:
        file.write(encode({"schema": SCHEMA, "results": results}))
    return 0


def run_all(programs: list[dict[str, Any]], seconds: float) -> list[dict[str, Any]]:
    """Return what came of each; `seconds` is the limit of one process for all it runs."""
    results: list[dict[str, Any]] = []
    while len(results) < len(programs):
        rest = programs[len(results) :]

        def work(channel: Channel, rest: list[dict[str, Any]] = rest) -> int:
            done: list[dict[str, Any]] = []
            for program in rest:
                done.append(_run(program))
                report = {"results": done, "done": len(done) == len(rest)}
                channel.send(encode(report).encode("ascii"))
            return 0

        outcome = run_forked(work, seconds)
        results += (outcome.report or {}).get("results", [])
        if len(results) < len(programs):
            how, code = outcome.ended["how"], outcome.ended["code"]
            text = "did not come to an end" if how == "timeout" else f"the process ended ({how} {code})"
            results.append({"step": "reach", "type": "", "message": text})
    return results


def _run(program: dict[str, Any]) -> dict[str, Any]:
    try:
        PROGRAMS[program["type"]](program)
    except FailedError as error:
        cause = error.__cause__ or error
        return {"step": "failed", "type": type(cause).__name__, "message": bounded(said(cause), 1_000)}
    except NoCallError as error:
        return {"step": "no-call", "type": "", "message": bounded(said(error), 1_000)}
    except NotReachedError as error:
        return {"step": "reach", "type": "", "message": bounded(said(error), 1_000)}
    except BaseException as error:  # noqa: BLE001 - an engine's module may raise anything
        return {"step": "reach", "type": type(error).__name__, "message": bounded(said(error), 1_000)}
    return {"step": "worked", "type": "", "message": ""}
