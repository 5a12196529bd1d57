"""An interpreter that has done its imports ahead, and children of it that look as if they had just started.

Starting Python and importing what every cell needs costs most of a small cell, and torch a second more.
So one interpreter does both once and forks a child for each cell. What it has imported is kept out of
`sys.modules` (`vault`) until the cell imports it, together with what the import would have changed
elsewhere; and before anything of an engine or a plugin runs, the child is brought into the state of an
interpreter that has just started (`fresh`).
"""
