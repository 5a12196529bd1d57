"""Speculative decoding: classes that plugins patch."""
