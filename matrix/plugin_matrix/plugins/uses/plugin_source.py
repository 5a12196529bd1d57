"""The whole source of a plugin: every file read once, large plugins by several processes."""

import gc
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager

import msgspec

from plugin_matrix.model.plugin import EntryPoint
from plugin_matrix.plugins.aside import Aside, Claims, may_fork, processors
from plugin_matrix.plugins.store import Store
from plugin_matrix.plugins.uses.file_record import FileRecord
from plugin_matrix.plugins.uses.kept import Job, KeptRecords, decoded, encoded
from plugin_matrix.plugins.uses.linking import link
from plugin_matrix.plugins.uses.noting import ENGINE
from plugin_matrix.plugins.uses.reading import MAX_SOURCE_BYTES, too_large
from plugin_matrix.plugins.uses.records import SourceUses
from plugin_matrix.plugins.uses.startup import executed_lines, is_path_file
from plugin_matrix.plugins.uses.walking import read_file

PARALLEL_BYTES = 1024**2
"""Source of less is read sooner than processes start."""
_MOST_PROCESSES = 8
_BATCHES_PER_PROCESS = 30
_RETURNED = {"vllm.platform_plugins": "platform", "vllm.io_processor_plugins": "resolve"}
"""Groups whose functions return the qualname of a class, and what it is for."""
_VALUE = re.compile(r"\s*([\w.]+)\s*:\s*([\w.]+)")


def read_uses(
    files: Mapping[str, bytes],
    roots: frozenset[str] = frozenset(),
    entry_points: Iterable[EntryPoint] = (),
    store: Store | None = None,
) -> SourceUses:
    """Return what the Python files of a plugin ask of vLLM.

    `files` maps paths relative to the plugin's layer to contents. `roots` are the plugin's top-level packages
    and modules; those of `files` are always among them. With a `store` only what the last reading has not
    left there is read. Nothing is executed, and nothing raises for bad source: what could not be read stands
    in `unseen`.
    """
    jobs: list[Job] = []
    unseen: list[FileRecord] = []
    for file in sorted(files):
        module = file if is_path_file(file) else module_name(file)
        if module is None:
            continue
        source = executed_lines(files[file]) if is_path_file(file) else files[file]
        if len(source) > MAX_SOURCE_BYTES:
            unseen.append(FileRecord(module, file, is_package=False, problem=too_large(len(source))))
        else:
            jobs.append(Job(module, file, source))
    own = (roots | {job.module.partition(".")[0] for job in jobs if job.file != job.module}) - {ENGINE}
    naming_entries = {
        f"{match[1]}:{match[2]}": _RETURNED[point.group]
        for point in entry_points
        if point.group in _RETURNED and (match := _VALUE.match(point.value))
    }
    with without_collection():
        kept = None if store is None else KeptRecords(store, own, naming_entries)
        return link([*_records(jobs, own, naming_entries, kept), *unseen])


def module_name(file: str) -> str | None:
    """Return the module that a file is imported as; None for files that are no module."""
    if not file.endswith(".py"):
        return None
    parts = file.removesuffix(".py").split("/")
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts) if parts and all(part.isidentifier() for part in parts) else None


@contextmanager
def without_collection() -> Iterator[None]:
    """Keep the collector of cycles from going through what is read over and over: there are hardly any.

    What was made meanwhile counts as old afterwards, so that it is not gone through then either.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.freeze()
            gc.unfreeze()
            gc.enable()


def _records(
    jobs: list[Job], roots: frozenset[str], naming_entries: Mapping[str, str], kept: KeptRecords | None
) -> list[FileRecord]:
    found = {} if kept is None else kept.find(jobs)
    missing = [job for job in jobs if job not in found]
    read = _read(missing, roots, naming_entries)
    if kept is not None and missing:
        kept.keep({job: one if isinstance(one, msgspec.Raw) else encoded(one) for job, one in read.items()})
    found |= {job: decoded(one) if isinstance(one, msgspec.Raw) else one for job, one in read.items()}
    return [found[job] for job in jobs]


def _read(
    jobs: list[Job], roots: frozenset[str], naming_entries: Mapping[str, str]
) -> dict[Job, FileRecord | msgspec.Raw]:
    """Read files, large plugins' by several processes; the records of others' are still encoded."""

    def read_here(batch: list[Job]) -> list[FileRecord]:
        return [read_file(job.module, job.file, job.source, roots, naming_entries) for job in batch]

    helpers = min(processors(), _MOST_PROCESSES) - 1
    if sum(len(job.source) for job in jobs) < PARALLEL_BYTES or not helpers or not may_fork():
        return dict(zip(jobs, read_here(jobs), strict=True))
    batches: list[list[Job]] = [[] for _ in range(_BATCHES_PER_PROCESS * (helpers + 1))]
    for position, job in enumerate(sorted(jobs, key=lambda job: -len(job.source))):
        batches[position % len(batches)].append(job)
    with closing(Claims(len(batches))) as claims, ExitStack() as stack:

        def read_for_others() -> bytes:
            return _ENCODER.encode({n: [encoded(one) for one in read_here(batches[n])] for n in claims})

        others = [stack.enter_context(Aside(read_for_others, forks=True)) for _ in range(helpers)]
        done: dict[int, Sequence[FileRecord | msgspec.Raw]] = {n: read_here(batches[n]) for n in claims}
        for other in others:
            done.update(_DECODER.decode(other.result()))
    # What a process claimed that came to grief is read here.
    return {
        job: record
        for number, batch in enumerate(batches)
        for job, record in zip(batch, done.get(number) or read_here(batch), strict=True)
    }


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(dict[int, list[msgspec.Raw]])
