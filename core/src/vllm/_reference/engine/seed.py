"""One seed for everything random."""

from __future__ import annotations

import random
from typing import Optional


def set_random_seed(seed: Optional[int]) -> None:
    """Seed Python's and torch's generators."""
    if seed is None:
        return
    import torch

    random.seed(seed)
    torch.manual_seed(seed)
