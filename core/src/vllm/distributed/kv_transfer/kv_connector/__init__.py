"""Connectors of key-value caches."""
