"""Each of its two plugins runs the other, whatever VLLM_PLUGINS names."""

__version__ = "1.0.0"
