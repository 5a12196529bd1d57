"""Imported by Python itself before anything else."""

import fixture_filter_ignored_at_startup  # noqa: F401 - to be there early
