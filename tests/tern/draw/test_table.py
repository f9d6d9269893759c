"""Tables of short texts."""

import pytest

from tern.draw.table import cell, table


def test_code_keeps_its_lines_and_is_escaped() -> None:
    shown = 'see<br/><code class="lines">if a &lt; b:\n    c</code>'
    assert cell("see\n`if a < b:\n    c`") == shown


def test_a_table_has_a_head_and_can_be_read_without_html() -> None:
    made = table(["who", "says"], [["tern", "`no`"], ["NumPy", "nothing"]])
    assert made.html.count("<tr>") == 3 and '<th scope="col">who</th>' in made.html
    assert made.text.splitlines() == ["who | says", "tern | `no`", "NumPy | nothing"]


def test_rows_are_as_long_as_the_head() -> None:
    with pytest.raises(ValueError, match="2 cells"):
        table(["a", "b"], [["c"]])
