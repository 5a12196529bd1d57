"""`python -m plugin_matrix` is `plugin-matrix`."""

from plugin_matrix.cli import main

main()
