"""Needs a third-party package that is not installed."""

import fixture_absent_dependency

DEPENDENCY = fixture_absent_dependency


def register():
    """Do nothing; the import decides."""
