"""Attention, at its home since 0.14.0."""
