"""The symbols of a module with their variants, decoded as they are asked for: most never are."""

from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar

import msgspec

from plugin_matrix.model.version_set import Mask
from plugin_matrix.surface.blocks import ModuleContent, encode, unpack_mask
from plugin_matrix.surface.records import ClassRecord, Record

Variants = tuple[tuple[Mask, Record], ...]
"""What a symbol is, with the releases on which it is that."""


class Symbols(Mapping[str, Variants]):
    """`name` and `Class.member` of a block to their variants."""

    _DECODER: ClassVar = msgspec.msgpack.Decoder(Record)
    _CLASS: ClassVar = encode(ClassRecord())[:3]
    """What the record of a class begins with: its length and its tag."""

    def __init__(self, content: ModuleContent, corrupt: Callable[[str], Exception]) -> None:
        """`corrupt` makes the error of a record that cannot be read."""
        self._pairs = content.symbols
        self._masks = [unpack_mask(mask) for mask in content.masks]
        self._raw = content.records
        self._records: dict[int, Record] = {}
        self._corrupt = corrupt

    def __getitem__(self, symbol: str) -> Variants:
        """Return the variants of a symbol, `KeyError` for one that is not there."""
        pairs = iter(self._pairs[symbol])
        masks = self._masks
        return tuple([(masks[mask], self._record(record)) for mask, record in zip(pairs, pairs, strict=True)])

    def __contains__(self, symbol: object) -> bool:
        """Whether some release has the symbol."""
        return symbol in self._pairs

    def __iter__(self) -> Iterator[str]:
        """Yield the symbols in the order of the file."""
        return iter(self._pairs)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._pairs)

    def classes(self) -> Iterator[tuple[str, ClassRecord]]:
        """Yield every class in each of its variants."""
        classes = {number for number, raw in enumerate(self._raw) if bytes(raw).startswith(self._CLASS)}
        if not classes:
            return
        for symbol, pairs in self._pairs.items():
            if not classes.isdisjoint(pairs[1::2]):
                for number in pairs[1::2]:
                    record = self._record(number)
                    if isinstance(record, ClassRecord):
                        yield symbol, record

    def _record(self, number: int) -> Record:
        record = self._records.get(number)
        if record is None:
            try:
                record = self._records[number] = self._DECODER.decode(self._raw[number])
            except msgspec.DecodeError as error:
                raise self._corrupt(str(error)) from error
        return record
