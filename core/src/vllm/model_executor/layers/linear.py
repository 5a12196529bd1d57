"""Linear layers on one rank (`vllm/model_executor/layers/linear.py`).

`forward` returns (output, bias), as the releases do; with `skip_bias_add` the bias is handed back unadded.
"""

from __future__ import annotations

from typing import Any, List, Optional

import torch
from torch import nn
from torch.nn import functional

from vllm._reference import trim
from vllm._reference.engine.weights import default_weight_loader

UNQUANTIZED = None
LINEAR_METHODS: List[str] = []


class LinearMethodBase:
    """How a linear layer's weights are made and applied; quantization methods derive from it."""

    def create_weights(self, layer: nn.Module, *args: Any, **extra: Any) -> None:
        """Make the weights."""
        raise NotImplementedError

    def apply(self, layer: nn.Module, x: torch.Tensor, bias: Optional[torch.Tensor] = None) -> torch.Tensor:
        """Multiply."""
        raise NotImplementedError

    def process_weights_after_loading(self, layer: nn.Module) -> None:
        """Change the weights once they are there."""


class UnquantizedLinearMethod(LinearMethodBase):
    """Plain weights."""

    def apply(self, layer: nn.Module, x: torch.Tensor, bias: Optional[torch.Tensor] = None) -> torch.Tensor:
        """Multiply."""
        return functional.linear(x, layer.weight, bias)


class LinearBase(nn.Module):
    """Base of the linear layers."""

    def __init__(
        self,
        input_size: int,
        output_size: int,
        skip_bias_add: bool = False,
        params_dtype: Optional[torch.dtype] = None,
        quant_config: Any = None,
        prefix: str = "",
        *,
        bias: bool = False,
        return_bias: bool = True,
        **_: Any,
    ) -> None:
        super().__init__()
        self.input_size, self.output_size = input_size, output_size
        self.skip_bias_add, self.return_bias = skip_bias_add, return_bias
        self.quant_config, self.prefix = quant_config, prefix
        self.params_dtype = params_dtype or torch.get_default_dtype()
        self.quant_method = UnquantizedLinearMethod()
        self.weight = nn.Parameter(torch.empty(output_size, input_size, dtype=self.params_dtype))
        self.weight.weight_loader = self.weight_loader  # type: ignore[attr-defined]
        if bias:
            self.bias = nn.Parameter(torch.zeros(output_size, dtype=self.params_dtype))
            self.bias.weight_loader = self.weight_loader  # type: ignore[attr-defined]
        else:
            self.register_parameter("bias", None)

    def weight_loader(self, param: Any, loaded_weight: torch.Tensor, *shard: Any) -> None:
        """Copy a weight, or one shard of a packed one."""
        if not shard or shard[0] is None:
            default_weight_loader(param, loaded_weight)
            return
        start, size = self.shard_range(shard[0])
        param.data[start : start + size].copy_(loaded_weight)

    def shard_range(self, shard: Any) -> Any:
        """Rows of a packed weight that one shard fills."""
        raise NotImplementedError

    def forward(self, input_: torch.Tensor) -> Any:
        """Return (output, bias)."""
        added = None if self.skip_bias_add else self.bias
        output = self.quant_method.apply(self, input_, added)
        if not self.return_bias:
            return output
        return output, (self.bias if self.skip_bias_add else None)


class ReplicatedLinear(LinearBase):
    """The same weights on every rank."""

    def __init__(
        self, input_size: int, output_size: int, bias: bool = True, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(input_size, output_size, *args, bias=bias, **kwargs)


class ColumnParallelLinear(LinearBase):
    """Cut by output columns; one rank has all of them."""

    def __init__(
        self,
        input_size: int,
        output_size: int,
        bias: bool = True,
        gather_output: bool = False,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        kwargs.pop("output_sizes", None)
        super().__init__(input_size, output_size, *args, bias=bias, **kwargs)
        self.gather_output = gather_output
        self.output_size_per_partition = output_size


class MergedColumnParallelLinear(ColumnParallelLinear):
    """Several column-parallel layers packed into one."""

    def __init__(
        self, input_size: int, output_sizes: List[int], bias: bool = True, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(input_size, sum(output_sizes), bias, *args, **kwargs)
        self.output_sizes = list(output_sizes)

    def shard_range(self, shard: Any) -> Any:
        """Rows of the shard with that number."""
        return sum(self.output_sizes[: int(shard)]), self.output_sizes[int(shard)]


class QKVParallelLinear(ColumnParallelLinear):
    """Query, key and value projections packed into one."""

    def __init__(
        self,
        hidden_size: int,
        head_size: int,
        total_num_heads: int,
        total_num_kv_heads: Optional[int] = None,
        bias: bool = True,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        kv_heads = total_num_kv_heads or total_num_heads
        super().__init__(
            hidden_size, (total_num_heads + 2 * kv_heads) * head_size, bias, False, *args, **kwargs
        )
        self.hidden_size, self.head_size = hidden_size, head_size
        self.total_num_heads = self.num_heads = total_num_heads
        self.total_num_kv_heads = self.num_kv_heads = kv_heads

    def shard_range(self, shard: Any) -> Any:
        """Rows of "q", "k" or "v"."""
        q, kv = self.num_heads * self.head_size, self.num_kv_heads * self.head_size
        return {"q": (0, q), "k": (q, kv), "v": (q + kv, kv)}[shard]


class RowParallelLinear(LinearBase):
    """Cut by input rows; one rank has all of them."""

    def __init__(
        self,
        input_size: int,
        output_size: int,
        bias: bool = True,
        input_is_parallel: bool = True,
        *args: Any,
        reduce_results: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(input_size, output_size, *args, bias=bias, **kwargs)
        self.input_is_parallel, self.reduce_results = input_is_parallel, reduce_results
        self.input_size_per_partition = input_size


trim(globals())
