"""Replaces the functions of the json module that a report may be written with."""

import json


def register():
    """Make every JSON document an empty one."""
    json.dumps = lambda *args, **kwargs: "{}"
    json.dump = lambda *args, **kwargs: None
