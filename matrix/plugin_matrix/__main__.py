"""`python -m plugin_matrix` is `plugin-matrix`."""

from plugin_matrix.cli import main

# Processes that are started afresh import this module again.
if __name__ == "__main__":
    main()
