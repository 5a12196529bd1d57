"""Communication between devices: one device here."""
