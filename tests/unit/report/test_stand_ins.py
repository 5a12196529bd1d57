"""Verdicts and findings that rest on stand-ins say so in every format."""

import io
import re

import pytest
from rich.console import Console

from plugin_matrix.model import Compatible, Incompatible, Plugin, Results
from plugin_matrix.report import print_results
from plugin_matrix.report.document import encode
from plugin_matrix.report.html import html
from plugin_matrix.report.junit import junit
from plugin_matrix.report.markdown import markdown
from plugin_matrix.rules.catalogue import catalogue

from .made import cell, finding, plugin, results

SAID = "with stand-ins for acl, torch_npu"
NAMES = ("acl", "torch_npu")


def resting(of: Plugin) -> Results:
    broken = Incompatible((finding(stand_ins=NAMES),))
    cells = [
        cell(of.id, "0.7.0", Compatible(), stand_ins=NAMES),
        cell(of.id, "0.10.1", broken, stand_ins=NAMES),
        cell(of.id, "0.33.0", Compatible()),
    ]
    return results([of], cells)


@pytest.fixture
def made() -> Results:
    return resting(plugin("npu"))


def test_the_terminal_says_it_of_cells_and_findings(made: Results) -> None:
    written = io.StringIO()
    print_results(made, Console(file=written, width=120))
    text = written.getvalue()
    assert f"npu==1.0 on vLLM 0.7.0-0.10.1, {SAID}" in text
    assert f"seen     {SAID}" in text


def test_the_page_says_it_in_the_square_the_row_and_the_finding(made: Results) -> None:
    text = html(made, catalogue()).decode()
    assert (
        len(re.findall(rf'<span aria-hidden="true">.\*</span>.*?<span class="sr">[^<]*, {SAID}', text)) == 2
    )
    assert text.count(f'<span class="where">{SAID}</span>') == 2
    assert text.count(f"<dt>Seen</dt><dd>{SAID}</dd>") == 1


def test_junit_says_it_in_the_case(made: Results) -> None:
    assert junit(made).decode().count(f"note: {SAID}") == 2


def test_markdown_says_it_of_cells_and_findings(made: Results) -> None:
    text = markdown(made, catalogue()).decode()
    assert f"- 0.7.0-0.10.1: {SAID}" in text.replace("\\", "")
    assert f"- **seen** {SAID}" in text.replace("\\", "")


def test_the_document_has_it_for_programs(made: Results) -> None:
    assert encode(made).decode().count('"torch_npu"') == 3


def test_without_stand_ins_nothing_is_said(small: Results) -> None:
    written = io.StringIO()
    print_results(small, Console(file=written, width=120))
    texts = written.getvalue() + html(small, catalogue()).decode() + junit(small).decode()
    assert "with stand-ins" not in texts
