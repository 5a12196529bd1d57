"""Calls sys.exit() when imported."""

import sys

sys.exit("fixture-hostile-exit-at-import")
