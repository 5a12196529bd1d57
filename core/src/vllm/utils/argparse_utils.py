"""The command line's parser (`vllm/utils/argparse_utils.py`, 0.11.1)."""

from __future__ import annotations

from vllm._reference import trim as _trim
from vllm._reference.argument_parser import FlexibleArgumentParser

_trim(globals())
