"""The surface of every vLLM release: built from the real sources, kept in one file, queried as sets."""
