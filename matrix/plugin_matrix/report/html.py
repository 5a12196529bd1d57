"""The HTML page: one file, no network, complete without JavaScript.

Everything foreign goes through autoescape and `visible.block`; a content security policy that
names the hashes of our own style and script refuses whatever might slip through all the same.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import jinja2
from markupsafe import Markup, escape

from plugin_matrix.model import CheckStatus, Level, Reach, Results, Rule
from plugin_matrix.report.causes import on_stand_ins
from plugin_matrix.report.marks import VERDICT_MARKS, Mark, plural
from plugin_matrix.report.surface.page import SHOWN_UNSEEN
from plugin_matrix.report.view import page, size
from plugin_matrix.report.visible import block, shorten

_TEXT_CHARACTERS = 1_200
_SHOWN_TEXTS = 12
"""Messages, effects, hints and pieces of evidence of one root cause, each."""
_CHECK_SYMBOLS = {
    CheckStatus.PASSED: Mark.COMPATIBLE.symbol,
    CheckStatus.FAILED: Mark.INCOMPATIBLE.symbol,
    CheckStatus.SKIPPED: Mark.NOT_APPLICABLE.symbol,
    CheckStatus.UNDETERMINED: Mark.UNDETERMINED.symbol,
}

_REACHES = {
    Reach.IMPORT: "when an entry point's module is imported",
    Reach.CALL: "when vLLM calls an entry point",
    Reach.PLATFORM: "when vLLM imports the platform class",
    Reach.ENGINE: "when vLLM uses what the plugin registered",
    Reach.LATER: "on a path that may be taken",
}


def html(results: Results, rules: Mapping[str, Rule]) -> bytes:
    """Return the page in UTF-8; `rules` is the catalogue, for names and explanations."""
    text = _environment().get_template("page.html.j2").render(page=page(results, rules))
    return text.encode("utf-8", "backslashreplace")


@cache
def _environment() -> jinja2.Environment:
    loader = jinja2.PackageLoader("plugin_matrix.report", "templates")
    environment = jinja2.Environment(
        loader=loader,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_seen,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["prose"] = _prose
    style, script = (_own(loader, environment, name) for name in ("page.css", "page.js"))
    environment.globals |= {
        "CHECK_SYMBOLS": _CHECK_SYMBOLS,
        "LEVELS": tuple(Level),
        "MARKS": Mark,
        "REACHES": _REACHES,
        "UNSEEN": SHOWN_UNSEEN,
        "VERDICT_MARKS": VERDICT_MARKS,
        "content_security_policy": (
            f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
            "base-uri 'none'; form-action 'none'"
        ),
        "limit": _SHOWN_TEXTS,
        "on_stand_ins": on_stand_ins,
        "long": lambda text: Markup(escape(block(text))),  # noqa: S704 - escaped, and bounded by the view
        "plural": plural,
        "script": script,
        "size": size,
        "style": style,
    }
    return environment


def _own(loader: jinja2.BaseLoader, environment: jinja2.Environment, name: str) -> Markup:
    return Markup(loader.get_source(environment, name)[0])  # noqa: S704 - a file of this package


def _hash(content: str) -> Markup:
    digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    return Markup(f"'sha256-{digest}'")  # noqa: S704 - base64 of our own content


def _seen(value: Any) -> Any:
    """Make every foreign text of the page visible, whatever expression it comes from."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return shorten(block(value), _TEXT_CHARACTERS)
    return value


def _prose(text: str) -> Markup:
    """Show what stands between backticks as code."""
    escaped = str(escape(_seen(text)))
    return Markup(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", escaped))  # noqa: S704 - escaped above
