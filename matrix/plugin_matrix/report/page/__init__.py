"""What the HTML page shows, worked out before any markup is written."""

from plugin_matrix.report.page.detail import DETAILS, Detail, detail_for
from plugin_matrix.report.page.view import Page, page, size

__all__ = ["DETAILS", "Detail", "Page", "detail_for", "page", "size"]
