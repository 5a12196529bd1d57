"""Plan cells, execute them, make results of them."""
