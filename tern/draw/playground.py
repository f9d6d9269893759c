"""A place to type a pattern and a text, and see its automata, without a kernel.

The work is done by playground.js, in the page itself. Where scripts do not run, the pictures are
those of the pattern that the page was made with.
"""

from __future__ import annotations

from html import escape
from importlib import resources

from tern.draw import automata
from tern.draw.picture import Picture, picture
from tern.text.automata import compile_rules, determinize, parse_regex, thompson

STYLE = """
.tern-playground { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.8em;
  font: 400 0.9rem/1.5 var(--tern-ui); }
.tern-playground .fields { display: flex; flex-wrap: wrap; gap: 0.6em 1em; }
.tern-playground label { flex: 1 1 14em; font-weight: 500; }
.tern-playground input { display: block; box-sizing: border-box; width: 100%; min-height: 2.4rem;
  padding: 0.2em 0.6em; border: 1px solid var(--tern-line); border-radius: 7px;
  background: transparent; color: inherit; font: 400 0.95rem/1.5 var(--tern-code); }
.tern-playground .bar { display: none; gap: 0.6em; align-items: center; flex-wrap: wrap; }
.tern-playground.on .bar { display: flex; }
.tern-playground button { min-height: 2.3rem; padding: 0 0.9em; border: 1px solid var(--tern-rule);
  border-radius: 7px; background: var(--tern-faint); color: inherit; font: inherit;
  cursor: pointer; }
.tern-playground button[disabled] { opacity: 0.4; cursor: default; }
.tern-playground .said { flex: 1 1 16em; min-height: 3em; }
.tern-playground .picture { overflow-x: auto; min-height: 4em; }
.tern-playground .picture svg { max-width: none; }
.tern-playground .heading { margin: 0; font-weight: 600; }
.tern-playground .count { font-weight: 400; opacity: 0.72; margin-left: 0.5em; }
.tern-playground .as-text { margin: 0.3em 0 0; white-space: pre-wrap; background: none; border: 0;
  padding: 0; font: 400 0.8rem/1.5 var(--tern-code); color: inherit; }
"""


def playground(pattern: str, text: str) -> Picture:
    """Fields for a pattern and a text; its NFA, DFA, and smallest DFA; and a button to step.

    Diagnostic if the pattern that it starts with is none.
    """
    nfa = thompson(parse_regex(pattern))
    panels = [
        ("nfa", "NFA, by Thompson's construction", automata.nfa(nfa)),
        ("dfa", "DFA, by subset construction", automata.dfa(determinize(nfa))),
        ("minimal", "The smallest DFA", automata.dfa(compile_rules([pattern]))),
    ]
    body = "".join(_panel(name, title, figure) for name, title, figure in panels)
    script = resources.files("tern.draw").joinpath("playground.js").read_text(encoding="utf-8")
    html = (
        '<div class="tern-playground"><div class="fields">'
        f"{_field('Pattern', pattern)}{_field('Text', text)}</div>"
        '<div class="bar"><button type="button">Back</button><button type="button">Next letter'
        '</button><div class="said" role="status"></div></div>'
        f"{body}</div><script>//<![CDATA[\n{script}\n//]]></script>"
    )
    plain = "\n\n".join(f"{title}\n{figure.text}" for _, title, figure in panels)
    return picture(html, plain, "playground for patterns", automata.STYLE + STYLE)


def _field(name: str, value: str) -> str:
    return (
        f'<label>{name}<input type="text" value="{escape(value)}" spellcheck="false" '
        'autocomplete="off" autocapitalize="off"/></label>'
    )


def _panel(name: str, title: str, figure: Picture) -> str:
    svg = figure.html[figure.html.index("<svg") : figure.html.index("</svg>") + 6]
    return (
        f'<section class="{name}" data-title="{escape(title)}">'
        f'<p class="heading">{escape(title)}<span class="count"></span></p>'
        f'<div class="picture" tabindex="0" role="group" aria-label="{escape(title)}">{svg}</div>'
        f"<details><summary>The same as text</summary>"
        f'<pre class="as-text" tabindex="0">{escape(figure.text)}</pre></details></section>'
    )
