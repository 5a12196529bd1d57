"""Attention backends, at their home until 0.13.0."""
