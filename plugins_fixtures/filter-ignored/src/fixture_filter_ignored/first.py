"""One of two plugins that belong together."""

RAN = []


def register():
    """Run, and have the other run."""
    if not RAN:
        RAN.append("first")
        from fixture_filter_ignored import second

        second.register()
