"""How the surface index keeps its content: blocks, compressed with a dictionary they share."""

import zlib
from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from plugin_matrix.model.version_set import Mask
from plugin_matrix.surface.records import EngineCall

BUCKETS = 32
"""Homes and calls are kept in so many blocks, by a hash of the name asked for."""
_DICTIONARY_BYTES = 1 << 15
_SHORTEST = 5
_ENCODER = msgspec.msgpack.Encoder()


class ModuleContent(msgspec.Struct, array_like=True):
    """A module's block, its records not decoded.

    `symbols` holds positions in `masks` and `records` in turn.
    """

    masks: list[bytes]
    records: list[msgspec.Raw]
    symbols: dict[str, list[int]]


class CallsContent(msgspec.Struct, array_like=True):
    """A block of engine calls: per method the module's number, the mask's position, and the call."""

    masks: list[bytes]
    calls: dict[str, list[tuple[int, int, EngineCall]]]


class HomesContent(msgspec.Struct, array_like=True):
    """A block of public names with the numbers of the modules that define them."""

    names: dict[str, list[int]]


def pack_mask(mask: Mask) -> bytes:
    """Return a mask as bytes, lowest bits first."""
    return mask.to_bytes((mask.bit_length() + 7) // 8, "little")


def unpack_mask(packed: bytes) -> Mask:
    """Return the mask that `pack_mask` packed."""
    return int.from_bytes(packed, "little")


def encode(content: Any) -> bytes:
    """Return a block before compression."""
    return _ENCODER.encode(content)


def compress(block: bytes, dictionary: bytes) -> bytes:
    """Return a block as it is stored."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, dictionary)
    return compressor.compress(block) + compressor.flush()


def decompress(stored: bytes, dictionary: bytes) -> bytes:
    """Return the block that `compress` stored; raises `zlib.error`."""
    return zlib.decompressobj(-15, dictionary).decompress(stored)


def bucket(name: str) -> int:
    """Return the number of the block that holds `name`."""
    return zlib.crc32(name.encode()) % BUCKETS


def train(contents: Iterable[ModuleContent]) -> bytes:
    """Return a dictionary for blocks like `contents`: records and names they share, the best at the end."""
    seen: Counter[bytes] = Counter()
    for content in contents:
        seen.update(bytes(record) for record in content.records)
        seen.update(symbol.rpartition(".")[2].encode() for symbol in content.symbols)
    worth = sorted(
        ((count - 1) * len(text), text)
        for text, count in seen.items()
        if count > 1 and len(text) >= _SHORTEST
    )
    dictionary = b""
    for _, text in reversed(worth):
        if text not in dictionary:
            if len(dictionary) + len(text) > _DICTIONARY_BYTES:
                break
            dictionary = text + dictionary
    return dictionary
