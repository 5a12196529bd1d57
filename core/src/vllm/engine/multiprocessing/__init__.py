"""The V0 engine in a process of the server's own."""
