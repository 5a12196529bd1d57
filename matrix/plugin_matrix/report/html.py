"""The HTML page: one file, no network, complete without JavaScript.

Everything foreign goes through autoescape and `visible.block`; a content security policy that
names the hashes of our own style and script refuses whatever might slip through all the same.
"""

import base64
import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from functools import cache, partial
from typing import Any

import jinja2
from markupsafe import Markup, escape

from plugin_matrix.model import CheckStatus, Level, Reach, Results, Rule, Status
from plugin_matrix.report.causes import on_stand_ins
from plugin_matrix.report.decision import STATUS_MEANINGS
from plugin_matrix.report.marks import VERDICT_MARKS, Mark, plural
from plugin_matrix.report.page import DETAILS, Detail, detail_for, page, size
from plugin_matrix.report.page.source import SHOWN_UNSEEN
from plugin_matrix.report.page.squares import squares
from plugin_matrix.report.visible import block, shorten

MOST_BYTES = 9_500_000
"""Of the page."""
_CHECK_SYMBOLS = {
    CheckStatus.PASSED: Mark.COMPATIBLE.symbol,
    CheckStatus.FAILED: Mark.INCOMPATIBLE.symbol,
    CheckStatus.SKIPPED: Mark.NOT_APPLICABLE.symbol,
    CheckStatus.UNDETERMINED: Mark.UNDETERMINED.symbol,
}
_STATUS_SYMBOLS = {
    Status.NEW.value: "+",
    Status.FIXED.value: "\N{MINUS SIGN}",
    Status.SAME.value: "=",
    Status.SPURIOUS.value: "\N{ALMOST EQUAL TO}",
    Status.FLAKY.value: "\N{TILDE OPERATOR}",
    "known": "\N{WHITE FLAG}",
}
_TIER_MEANINGS = {
    "surface": "the plugin's source was held against the sources of that release.",
    "contract": (
        "the plugin ran, isolated, on the reference engine, which behaves as that release's plugin interface"
        " does. It is not vLLM itself."
    ),
    "engine": "the plugin ran, isolated, on that vLLM itself.",
}

_REACHES = {
    Reach.IMPORT: "when an entry point's module is imported",
    Reach.CALL: "when vLLM calls an entry point",
    Reach.PLATFORM: "when vLLM imports the platform class",
    Reach.ENGINE: "when vLLM uses what the plugin registered",
    Reach.LATER: "on a path that may be taken",
}


def html(results: Results, rules: Mapping[str, Rule]) -> bytes:
    """Return the page in UTF-8; `rules` is the catalogue, for names and explanations.

    A page that would be larger than `MOST_BYTES` tells less of everything.
    """
    for detail in DETAILS[detail_for(results) :]:
        content = html_in(results, rules, detail)
        if len(content) <= MOST_BYTES:
            break
    return content


def html_in(results: Results, rules: Mapping[str, Rule], detail: Detail) -> bytes:
    """Return the page that tells as much as `detail` says, however large it becomes."""
    template = _environment(detail).get_template("page.html.j2")
    text = template.render(page=page(results, rules, detail), detail=detail)
    return text.encode("utf-8", "backslashreplace")


@cache
def _environment(detail: Detail) -> jinja2.Environment:
    def seen(text: str) -> str:
        return shorten(block(text), detail.characters)

    def finalize(value: Any) -> Any:
        """Make every foreign text of the page visible, whatever expression it comes from."""
        return seen(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    def prose(text: str) -> Markup:
        """Show what stands between backticks as code."""
        escaped = str(escape(seen(text)))
        return Markup(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", escaped))  # noqa: S704 - escaped above

    loader = jinja2.PackageLoader("plugin_matrix.report", "templates")
    environment = jinja2.Environment(
        loader=loader,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["prose"] = prose
    style, script = (_own(loader, environment, name) for name in ("page.css", "page.js"))
    environment.globals |= {
        "CHECK_SYMBOLS": _CHECK_SYMBOLS,
        "LEVELS": tuple(Level),
        "MARKS": Mark,
        "REACHES": _REACHES,
        "STATUS_MEANINGS": STATUS_MEANINGS,
        "STATUS_SYMBOLS": _STATUS_SYMBOLS,
        "TIER_MEANINGS": _TIER_MEANINGS,
        "UNSEEN": SHOWN_UNSEEN,
        "VERDICT_MARKS": VERDICT_MARKS,
        "content_security_policy": _policy(style, script),
        "moment": _moment,
        "long": lambda text: Markup(escape(block(text))),  # noqa: S704 - escaped, and bounded by the view
        "on_stand_ins": on_stand_ins,
        "plural": plural,
        "script": script,
        "size": size,
        "squares": partial(squares, seen=seen),
        "style": style,
    }
    return environment


def _moment(started: str) -> str:
    """Return a time as people write it, and what is none as it is."""
    try:
        time = dt.datetime.fromisoformat(started).astimezone(dt.UTC)
    except ValueError:
        return started
    return f"{time:%Y-%m-%d %H:%M} UTC"


def _own(loader: jinja2.BaseLoader, environment: jinja2.Environment, name: str) -> Markup:
    return Markup(loader.get_source(environment, name)[0])  # noqa: S704 - a file of this package


def _policy(style: str, script: str) -> Markup:
    """Return the policy that lets nothing in but our own style and script; no bound on texts may cut it."""
    sources = f"style-src {_hash(style)}; script-src {_hash(script)}"
    return Markup(f"default-src 'none'; {sources}; base-uri 'none'; form-action 'none'")  # noqa: S704 - hashes


def _hash(content: str) -> str:
    digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    return f"'sha256-{digest}'"
