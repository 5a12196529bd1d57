"""The entry point names a module, as the documentation of 0.11.1 and later allows."""

__version__ = "1.0.0"
