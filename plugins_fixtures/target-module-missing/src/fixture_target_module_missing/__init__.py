"""The entry point names a module that the wheel does not ship."""

__version__ = "1.0.0"
