"""The engine core or the worker in a process of its own, started as the release starts it.

`VLLM_WORKER_MULTIPROC_METHOD` decides between fork and spawn (`vllm/envs.py`); a fork of a process that has
initialised CUDA is turned into a spawn (`vllm/utils.py`, `_maybe_force_spawn`).
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import sys
import traceback
from multiprocessing.util import Finalize
from typing import Any, Dict, List

from vllm._reference import at_least
from vllm.logger import init_logger

logger = init_logger("vllm.v1.engine.core_client")


def start_method() -> str:
    """Return "fork" or "spawn"."""
    method = os.environ.get("VLLM_WORKER_MULTIPROC_METHOD", "fork")
    torch = sys.modules.get("torch")
    if method == "fork" and torch is not None and torch.cuda.is_initialized():
        logger.warning(
            "We must use the `spawn` multiprocessing start method. Overriding it: CUDA is initialized."
        )
        os.environ["VLLM_WORKER_MULTIPROC_METHOD"] = method = "spawn"
    return method


class Remote:
    """An object in another process.

    Calls are sent through a pipe, exceptions come back as they were raised.
    """

    def __init__(self, name: str, factory: str, vllm_config: Any) -> None:
        self.name = name
        context = multiprocessing.get_context(start_method())
        self._connection, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, factory, vllm_config), name=name, daemon=False
        )
        self._process.start()
        theirs.close()
        # Of multiprocessing itself, because at exit that joins its children before weakref's finalizers run.
        self._finalizer = Finalize(self, _end, (self._connection, self._process), exitpriority=100)
        self._receive()

    def call(self, method: str, *args: Any) -> Any:
        """Call `method` there and return its result."""
        self._connection.send((method, args))
        return self._receive()

    def _receive(self) -> Any:
        try:
            ok, result = self._connection.recv()
        except EOFError:
            self._process.join(5)
            raise RuntimeError(
                f"{self.name} process ended with exit code {self._process.exitcode} before it answered. "
                "See its log above for the root cause."
            ) from None
        if ok:
            return result
        error, text = result
        logger.error("%s failed:\n%s", self.name, text)
        raise error

    def shutdown(self) -> None:
        """End the process; more than once is fine."""
        self._finalizer()


def _end(connection: Any, process: Any) -> None:
    with contextlib.suppress(OSError):
        connection.send(("shutdown", ()))
    connection.close()
    process.join(5)
    if process.is_alive():
        process.kill()
        process.join(5)


def _portable(error: BaseException) -> BaseException:
    """Return the exception if it survives pickling, else a RuntimeError with its type and message."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _serve(connection: Any, factory: str, vllm_config: Any) -> None:
    from vllm._reference.engine.qualname import resolve

    try:
        served = resolve(factory)(vllm_config)
    except Exception as error:
        connection.send((False, (_portable(error), traceback.format_exc())))
        return
    connection.send((True, None))
    while True:
        try:
            method, args = connection.recv()
        except EOFError:
            method, args = "shutdown", ()
        if method == "shutdown":
            served.shutdown()
            return
        try:
            connection.send((True, getattr(served, method)(*args)))
        except Exception as error:
            connection.send((False, (_portable(error), traceback.format_exc())))


def core_in_this_process(vllm_config: Any) -> Any:
    """Make the engine core, and keep the environment as it is then."""
    from vllm._reference.engine.core import ReferenceCore
    from vllm._reference.engine.versions import mark_v1

    mark_v1()
    core = ReferenceCore(vllm_config, site="engine-core")
    _keep_environment()
    return core


def _keep_environment() -> None:
    """Read every variable for the last time (`vllm/v1/engine/core.py:652`, 0.11.1)."""
    if at_least("0.11.1"):
        from vllm import envs

        envs.enable_envs_cache()


class _WorkerService:
    def __init__(self, vllm_config: Any) -> None:
        from vllm._reference.engine.versions import mark_v1
        from vllm._reference.engine.worker import make_worker

        mark_v1()
        self.worker = make_worker(vllm_config)
        _keep_environment()

    def step(self, sequences: List[Any]) -> List[int]:
        return self.worker.step(sequences)

    def shutdown(self) -> None:
        """Nothing to end."""


class RemoteCore:
    """The engine core, in a process of its own."""

    def __init__(self, vllm_config: Any) -> None:
        self._remote = Remote(
            "EngineCore", "vllm._reference.engine.process.core_in_this_process", vllm_config
        )

    def add_request(self, request_id: str, tokens: List[int], params: Any, multi_modal: Any = None) -> None:
        """Queue a request."""
        self._remote.call("add_request", request_id, tokens, params, multi_modal)

    def step(self) -> Dict[str, Any]:
        """Make one step."""
        return self._remote.call("step")

    def shutdown(self) -> None:
        """End the process."""
        self._remote.shutdown()


class RemoteExecutor:
    """The worker, in a process of its own."""

    def __init__(self, vllm_config: Any) -> None:
        self._remote = Remote("Worker", "vllm._reference.engine.process._WorkerService", vllm_config)

    def step(self, sequences: List[Any]) -> List[int]:
        """Run the model once."""
        return self._remote.call("step", sequences)

    def shutdown(self) -> None:
        """End the process."""
        self._remote.shutdown()
