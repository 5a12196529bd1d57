"""Warm containers: made once, serving one cell after another, thrown away when one of them did harm."""

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor

import docker
import docker.errors
import requests

from plugin_matrix.sandbox.connection import Connection
from plugin_matrix.sandbox.container.exchange import Counted

MOST_IDLE = 32
"""Each costs the engine's monitor and a sleeping Python, together some twenty megabytes."""
_REMOVERS = 4


class Container:
    """A running container; used by one cell at a time."""

    def __init__(self, identifier: str, interpreter: Connection | None = None) -> None:
        self.id = identifier
        self.interpreter = interpreter
        """Where its process 1 has imported ahead, the connection to it."""
        self.counted = Counted()
        """What its control groups had counted when the last cell ended."""
        self.served = 0
        self.spent = False
        """No cell may be put into it any more."""


class WarmContainers:
    """Idle containers by what they were made for; safe to use from several threads."""

    def __init__(self, client: docker.DockerClient, *, keep: bool = True) -> None:
        """Keep containers for further cells; without `keep`, each serves one."""
        self._client = client
        self._keep = keep
        self._lock = threading.Lock()
        self._idle: OrderedDict[str, tuple[Hashable, Container]] = OrderedDict()
        self._all: dict[str, Container] = {}
        self.made = 0

    @contextlib.contextmanager
    def lend(self, key: Hashable, make: Callable[[], Container]) -> Iterator[Container]:
        """Lend a container made for `key`; `make` makes one."""
        container = self._take(key)
        if container is None:
            container = make()
            with self._lock:
                self.made += 1
                self._all[container.id] = container
        try:
            yield container
        except BaseException:
            container.spent = True
            raise
        finally:
            container.served += 1
            self._give_back(key, container)

    def close(self) -> None:
        """Remove all containers."""
        with self._lock:
            every, self._all = list(self._all.values()), {}
            self._idle.clear()
        try:
            with ThreadPoolExecutor(_REMOVERS) as pool:
                list(pool.map(self._remove, every))
        except RuntimeError:  # no threads any more: the interpreter ends
            for container in every:
                self._remove(container)

    def _take(self, key: Hashable) -> Container | None:
        with self._lock:
            for identifier, (made_for, container) in self._idle.items():
                if made_for == key:
                    del self._idle[identifier]
                    return container
        return None

    def _give_back(self, key: Hashable, container: Container) -> None:
        unwanted: list[Container] = []
        with self._lock:
            if self._keep and not container.spent:
                self._idle[container.id] = (key, container)
                if len(self._idle) > MOST_IDLE:
                    unwanted.append(self._idle.popitem(last=False)[1][1])
            else:
                unwanted.append(container)
            for one in unwanted:
                self._all.pop(one.id, None)
        for one in unwanted:
            self._remove(one)

    def _remove(self, container: Container) -> None:
        """Remove one; it goes by itself as soon as it has ended, so trouble here is none."""
        if container.interpreter is not None:
            container.interpreter.close()
        self.remove(container.id)

    def remove(self, identifier: str) -> None:
        """Remove a container that was not lent yet."""
        with contextlib.suppress(docker.errors.DockerException, requests.RequestException):
            self._client.api.remove_container(identifier, force=True)
