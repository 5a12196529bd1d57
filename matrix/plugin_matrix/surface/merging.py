"""One module over all releases: its files read, merged with what an index holds, and packed."""

import hashlib
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import Self

import msgspec

from plugin_matrix.model.version_set import Mask
from plugin_matrix.surface.blocks import ModuleContent, encode, pack_mask, unpack_mask
from plugin_matrix.surface.reading import read_source
from plugin_matrix.surface.records import (
    ClassRecord,
    EngineCall,
    FileSurface,
    FunctionRecord,
    ImportedName,
    Record,
)
from plugin_matrix.surface.store import ModuleRow, is_definition

_ENCODER = msgspec.msgpack.Encoder()
_CONTENT = msgspec.msgpack.Decoder(ModuleContent)
_NO_HOMES = frozenset({"*", "logger"})
_RECORD: msgspec.msgpack.Decoder[Record] = msgspec.msgpack.Decoder(Record)

Draft = dict[str, dict[tuple[bytes, ...], Mask]]
"""Symbols, the encoded records each file gives them together, and the releases of those files."""


class Bits(msgspec.Struct, frozen=True):
    """Where the releases of an index stand on the axis of a new one; None for one that is read anew."""

    positions: tuple[int | None, ...] = ()
    same: bool = True
    """All stand where they stood."""

    @classmethod
    def of(cls, positions: Iterable[int | None]) -> Self:
        """Return the bits of releases that now stand at `positions`."""
        there = tuple(positions)
        return cls(there, all(new == old for old, new in enumerate(there)))

    def remap(self, mask: Mask) -> Mask:
        """Return an old mask on the new axis."""
        if self.same:
            return mask
        new = 0
        for old, position in enumerate(self.positions):
            if mask >> old & 1 and position is not None:
                new |= 1 << position
        return new


class PlacedFile(msgspec.Struct, frozen=True):
    """The file of a module in one release."""

    position: int
    path: str
    """Empty for a namespace package."""
    is_package: bool


class ModuleTask(msgspec.Struct, frozen=True):
    """What is to be done for one module."""

    name: str
    files: list[PlacedFile]
    held: ModuleRow | None
    """What an index has of it already."""
    bits: Bits


class ModuleResult(msgspec.Struct):
    """What came of one module."""

    row: ModuleRow
    digests: list[tuple[int, str]]
    """Of the files read: position of the release and digest."""
    calls: list[tuple[EngineCall, Mask]]
    bases: dict[str, Mask]
    """Last names of classes that something derives from, and those that ask to be derived from."""
    methods: list[tuple[str, str, Mask]]
    """Last name of the class, the method, the releases; of the files read."""
    imports: dict[str, str]
    """Names imported from a package of vLLM, with what they would be as modules."""

    def imported_modules(self, modules: Container[str]) -> frozenset[str]:
        """Return the names by which this module knows other modules."""
        return frozenset(name for name, path in self.imports.items() if path in modules)


def process_module(task: ModuleTask) -> ModuleResult:
    """Read the files of a module, each content once, and merge them with what is held."""
    contents: dict[bytes, tuple[bytes, bool, Mask]] = {}
    digests = []
    mask = package = 0
    for file in task.files:
        bit = 1 << file.position
        mask |= bit
        package |= bit * file.is_package
        if not file.path:
            continue
        source = Path(file.path).read_bytes()
        digest = hashlib.blake2b(source, digest_size=16).digest() + bytes([file.is_package])
        digests.append((file.position, digest.hex()))
        _, _, there = contents.get(digest, (b"", False, 0))
        contents[digest] = (source, file.is_package, there | bit)
    row, draft = _held(task)
    result = ModuleResult(row, digests, [], {}, [], {})
    unreadable = 0
    for source, is_package, where in contents.values():
        surface = read_source(source, task.name, is_package=is_package)
        if surface.problem:
            unreadable |= where
        _merge(draft, surface, where)
        result.calls += [(call, where) for call in surface.calls]
        _classes(surface, where, result)
    result.row = ModuleRow(
        task.name,
        row.mask | mask,
        row.package | package,
        row.unreadable | unreadable,
        encode(_content(draft)),
    )
    return result


def _held(task: ModuleTask) -> tuple[ModuleRow, Draft]:
    if task.held is None:
        return ModuleRow(task.name, 0, 0, 0, b""), {}
    remap = task.bits.remap
    row = task.held
    return (
        ModuleRow(row.name, remap(row.mask), remap(row.package), remap(row.unreadable), b""),
        _draft(row.block, task.bits),
    )


def remapped(row: ModuleRow, bits: Bits) -> ModuleRow:
    """Return a module that no new release has on the axis of the new index."""
    if bits.same:
        return row
    remap = bits.remap
    content = encode(_content(_draft(row.block, bits)))
    return ModuleRow(row.name, remap(row.mask), remap(row.package), remap(row.unreadable), content)


def _merge(draft: Draft, surface: FileSurface, mask: Mask) -> None:
    for symbol, records in surface.symbols.items():
        key = tuple(map(_ENCODER.encode, records))
        variants = draft.setdefault(symbol, {})
        variants[key] = variants.get(key, 0) | mask


def _draft(content: bytes, bits: Bits) -> Draft:
    held = _CONTENT.decode(content)
    masks = [bits.remap(unpack_mask(mask)) for mask in held.masks]
    records = [bytes(record) for record in held.records]
    draft: Draft = {}
    for symbol, pairs in held.symbols.items():
        variants: dict[tuple[bytes, ...], Mask] = {}
        for mask, together in _together(pairs):
            if masks[mask]:
                key = tuple(records[position] for position in together)
                variants[key] = variants.get(key, 0) | masks[mask]
        if variants:
            draft[symbol] = variants
    return draft


def _together(pairs: list[int]) -> Iterator[tuple[int, list[int]]]:
    """Yield the masks of a symbol with the records that stand together under each."""
    grouped: dict[int, list[int]] = {}
    for i in range(0, len(pairs), 2):
        grouped.setdefault(pairs[i], []).append(pairs[i + 1])
    yield from grouped.items()


def _content(draft: Draft) -> ModuleContent:
    masks: dict[Mask, int] = {}
    records: dict[bytes, int] = {}
    symbols: dict[str, list[int]] = {}
    for symbol in sorted(draft):
        pairs = symbols[symbol] = []
        # By the first release that has it, so that the order of adding is no matter.
        for key, mask in sorted(draft[symbol].items(), key=lambda item: (item[1] & -item[1], item)):
            for record in key:
                pairs += [masks.setdefault(mask, len(masks)), records.setdefault(record, len(records))]
    return ModuleContent([pack_mask(mask) for mask in masks], [msgspec.Raw(r) for r in records], symbols)


def homes_of(row: ModuleRow) -> Iterator[str]:
    """Yield the public top-level names that a module defines.

    `(Base)` says that it derives a class from something of that last name, for whoever asks for subclasses.
    """
    held = _CONTENT.decode(row.block)
    records = [_RECORD.decode(record) for record in held.records]
    classes = [record for record in records if isinstance(record, ClassRecord)]
    yield from dict.fromkeys(f"({base.rpartition('.')[2]})" for record in classes for base in record.bases)
    defines = [is_definition(record) for record in records]
    for symbol, pairs in held.symbols.items():
        if "." in symbol or symbol.startswith("_") or symbol in _NO_HOMES:
            continue
        if any(defines[position] for position in pairs[1::2]):
            yield symbol


def _classes(surface: FileSurface, mask: Mask, result: ModuleResult) -> None:
    """Note which classes are derived from, and the methods classes have."""
    bases: dict[str, Mask] = defaultdict(int, result.bases)
    for symbol, records in surface.symbols.items():
        for record in records:
            if isinstance(record, ClassRecord):
                names = [base.rpartition(".")[2] for base in record.bases]
                for name in names:
                    bases[name] |= mask
                if "ABC" in names or "Protocol" in names or "metaclass=ABCMeta" in record.keywords:
                    bases[symbol.rpartition(".")[2]] |= mask
            elif isinstance(record, FunctionRecord) and "." in symbol:
                owner, _, method = symbol.rpartition(".")
                result.methods.append((owner.rpartition(".")[2], method, mask))
            elif isinstance(record, ImportedName) and record.name and "." not in symbol:
                result.imports[symbol] = f"{record.module}.{record.name}"
    result.bases = dict(bases)
