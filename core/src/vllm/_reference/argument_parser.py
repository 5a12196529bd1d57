"""The parser that lets options be written with underscores (`FlexibleArgumentParser`)."""

from __future__ import annotations

import argparse
from typing import Any, List, Optional


class FlexibleArgumentParser(argparse.ArgumentParser):
    """Accepts `--max_model_len` for `--max-model-len`."""

    def parse_args(self, args: Optional[List[str]] = None, namespace: Any = None) -> Any:  # type: ignore[override]
        """Parse with underscores in option names read as hyphens."""
        import sys

        given = sys.argv[1:] if args is None else args
        written = []
        for argument in given:
            name, equals, text = argument.partition("=")
            hyphened = "--" + name[2:].replace("_", "-") + equals + text
            written.append(hyphened if argument.startswith("--") else argument)
        return super().parse_args(written, namespace)
