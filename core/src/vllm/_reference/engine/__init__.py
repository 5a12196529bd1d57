"""The small engine behind `LLM`: honest torch, one process or two, no kernels and no downloads."""
