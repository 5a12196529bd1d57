"""Files that put the matrix into other people's tools: written for a plugin's project, from its settings."""

from plugin_matrix.export.formats import FORMATS, exported, place_of
from plugin_matrix.export.project import Project, project_in

__all__ = ["FORMATS", "Project", "exported", "place_of", "project_in"]
