"""Calls os._exit() when imported."""

import os

os._exit(3)
