"""Say, with evidence, which vLLM releases and platforms a vLLM plugin works with."""
