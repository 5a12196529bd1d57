"""Each call appends to an environment variable."""

import os


def register():
    """Append without looking."""
    os.environ["FIXTURE_ENV_GROWS"] = os.environ.get("FIXTURE_ENV_GROWS", "") + ":more"
