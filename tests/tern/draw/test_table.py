"""Tables of short texts."""

import pytest

from tern.draw.table import cell, table


def test_code_keeps_its_lines_and_is_escaped() -> None:
    assert cell("see\n`if a < b:\n    c`") == "see<br/><code>if a &lt; b:\n    c</code>"


def test_in_columns_that_are_whole_no_line_breaks() -> None:
    made = table(["program", "says"], [["`a\nb`", "`c`"]], whole=[0])
    assert '<code class="whole">a\nb</code>' in made.html and "<code>c</code>" in made.html


def test_a_table_has_a_head_and_can_be_read_without_html() -> None:
    made = table(["who", "says"], [["tern", "`no`"], ["NumPy", "nothing"]])
    assert made.html.count("<tr>") == 3 and '<th scope="col">who</th>' in made.html
    assert made.text.splitlines() == ["who | says", "tern | `no`", "NumPy | nothing"]


def test_rows_are_as_long_as_the_head() -> None:
    with pytest.raises(ValueError, match="2 cells"):
        table(["a", "b"], [["c"]])
