"""What a cell prints: counted, bounded, made harmless."""

import re

_HEAD = 16 * 1024
_TAIL = 48 * 1024

_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor movement
    r"|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC and other strings: titles, hyperlinks, clipboard
    r"|[ -/]*[0-~])?"  # other escapes; a lone one is removed as well
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters but tab and newline, and the marks that change the direction of text."""


def harmless(data: bytes) -> str:
    """Return `data` as text that cannot command a terminal or deceive a reader."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", _SEQUENCE.sub("", text))


class Output:
    """Standard output and error of a cell; keeps the beginning and the end, 64 KiB together."""

    def __init__(self) -> None:
        self.total = 0
        self._head = bytearray()
        self._tail = bytearray()

    def add(self, data: bytes) -> None:
        """Count `data` and keep of it what is first or last."""
        self.total += len(data)
        room = _HEAD - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        if len(self._tail) > 2 * _TAIL:
            del self._tail[:-_TAIL]

    def text(self) -> str:
        """Return the kept part, harmless, with a line where some was left out."""
        tail = bytes(self._tail[-_TAIL:])
        left_out = self.total - len(self._head) - len(tail)
        if not left_out:
            return harmless(bytes(self._head) + tail)
        return f"{harmless(bytes(self._head))}\n[... {left_out} bytes left out ...]\n{harmless(tail)}"
