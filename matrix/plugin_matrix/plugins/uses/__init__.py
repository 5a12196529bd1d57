"""What a plugin's source asks of vLLM, read without executing it."""
