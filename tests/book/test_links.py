"""The link checker finds what is broken and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from book import links


def site(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('<a href="b.html#there">x</a><a href="https://elsewhere.org">y</a>', None),
        ('<a href="#top">x</a><img src="data:image/png;base64,AA==">', None),
        ('<a href="c.html">x</a>', "no such file"),
        ('<a href="b.html#nowhere">x</a>', "no such place"),
        ('<a href="../outside.html">x</a>', "no such file"),
        ('<script src="https://cdn.org/x.js"></script>', "another host"),
        ('<script src="//cdn.org/x.js"></script>', "another host"),
        ('<link rel="stylesheet" href="https://cdn.org/x.css">', "another host"),
        ('<img src="https://cdn.org/x.png">', "another host"),
        ('<img srcset="https://cdn.org/x.png 2x">', "another host"),
        ("<style>@font-face { src: url(https://cdn.org/x.woff2) }</style>", "another host"),
        ('<p style="background: url(https://cdn.org/x.png)"></p>', "another host"),
        ('<i id="a"></i><i id="a"></i>', "twice"),
    ],
)
def test_what_a_page_may_say(tmp_path, body, message) -> None:
    site(tmp_path, a_dot_html=body, b_dot_html='<p id="there"></p>')
    found = links.problems(tmp_path)
    assert len(found) == (message is not None)
    assert not message or message in found[0].message


def test_style_sheets_that_pages_load_are_read(tmp_path) -> None:
    css = "a { src: url(missing.woff2) } b { src: url(https://cdn.org/x) }"
    site(
        tmp_path,
        a_dot_html='<link rel="stylesheet" href="s/x.css">',
        s__x_dot_css=css,
        s__unused_dot_css=css,
    )
    assert [p.file for p in links.problems(tmp_path)] == ["s/x.css", "s/x.css"]


def test_the_command_says_how_it_ended(tmp_path, capsys) -> None:
    site(tmp_path, a_dot_html='<a href="gone.html">x</a>')
    assert links.main([str(tmp_path)]) == 1
    assert "a.html: no such file: gone.html" in capsys.readouterr().out
    assert links.main([]) == 2
