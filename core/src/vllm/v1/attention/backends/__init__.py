"""Attention backends of the V1 engine."""
