"""Hostile words: names that would be a path, a program, another name or another line; texts that would run or hide.

`NAMES` are what somebody could call a member, a network, a year, a notebook, a parameter or a file. Those that are code
would make the file `canary()` if anything ran them. `PAYLOADS` are what a name, a theme or a remark could hold so that
whoever opens a page, a workbook, a CSV file or a terminal runs or follows it.
"""

from __future__ import annotations

import tempfile
import unicodedata
from pathlib import Path

#: What hostile code would make.
CANARY = Path(tempfile.gettempdir()) / "anchor_analysis_was_made_to_run_this"
_TOUCH = f"touch {CANARY}"
_RUN = f"__import__('os').system('{_TOUCH}')"

_PATHS = [
    "..", ".", "../..", "../../outside", "..\\..\\outside", "/", "//", "/etc/passwd", "/tmp/outside", "a/../../outside",
    "./a", "a/", "a/b", "a\\b", "C:\\outside", "C:outside", "\\\\server\\share", "file:///etc/passwd", "~", "~root",
    "$HOME", "%TEMP%", "${HOME}", "..%2foutside", "%2e%2e%2f", "..;/", "....//", "a\0b", "\0", ".hidden", ".git",
    ".writing-1", ".scratch-1", ".lock", "*", "?", "[a-z]", "a*", "**", "a:b", "a|b", "a>b", "a<b", 'a"b',
]  # fmt: skip
_DEVICES = [
    "CON", "con", "NUL", "nul", "prn", "aux", "COM1", "com1", "com9", "lpt1", "LPT1", "con.txt", "nul.csv", "aux.",
    "a.", "a..", "a ", " a", " ", "", "\t", "a\t", "CLOCK$", "desktop.ini", "Thumbs.db", "a:$DATA", "a~1",
]  # fmt: skip
_LONG = ["a" * 65, "a" * 255, "a" * 300, "a" * 5000, "é" * 130, "/".join("a" * 50), "9" * 300, "../" * 100]
_OTHER_LETTERS = [
    "Å", "A", "B", "\u0430", "\u0251", "ａ", "\u2170", "ß", "ﬁ", "ı", "İ", "K", unicodedata.normalize("NFC", "é"),
    unicodedata.normalize("NFD", "é"), "a\u0301", "a\u200b", "a\u200d", "\ufeffa", "a\u00ad", "a\u2060", "\u202ea",
    "a\u202egnp.exe", "a\u2066b\u2069", "a\u200f", "\u200ea", "a\u061c", "a\u00a0", "a\u3000", "a\u2028b", "a\u2029b",
    "a\u0085b", "ａ／ｂ", "a\u2215b", "a\u2044b", "․․", "\U000e0061", "a\ufe0f", "😀", "२०२३", "a\ufffe",
]  # fmt: skip
_LINES = [
    "a\nb", "a\r\nb", "a\rb", "\n", "a\n", "a\x1b[2J", "a\x1b]0;title\x07",
    "a\x1b]8;;http://e.example\x1b\\b\x1b]8;;\x1b\\",
    "a\x1b]52;c;Y2FsYw==\x07", "a\x9b2J", "a\x07", "a\x08b", "a\x7f", "a\x0bb", "a\x0cb", "[bold]a[/bold]",
    "[link=http://e.example]a[/link]", "[/]", "[/bold]", "[red", ":warning:", "a\x1bc", "a\x1b(0", "a\x90q\x9c",
]  # fmt: skip
_FORMATS = [
    "%s", "%n%n%n", "%(name)s", "%d", "{0.__class__}", "{}", "{0}", "{name}", "{{7*7}}", "{% raw %}", "{title}",
    "${7*7}",
    "#{7*7}", "<%= 7*7 %>", "{0.__init__.__globals__}", "{network.__class__.__mro__}", "$(id)", "`id`", "{self}", "%%",
]  # fmt: skip
_QUOTES = [
    "'", '"', "''", '"""', "'''", "\\", "a'b", 'a"b"', "a\\", 'a" # ', "a' or '1'='1", "a'); DROP TABLE members;--",
    'a"\n[members]\nid = "b', "a]", "a = 1", "a: b", "- a", "# a", "&a", "*a", "!a", "? a", "| a", "> a", "@a", "a,b",
    "null", "true", "yes", "~", "1e3", "0x1f", "nan", "inf", "2023-04-01", "1_000", "=1+1", "+1", "-1",
]  # fmt: skip
_CODE = [
    _RUN, f"a = {_RUN}", f"a'); {_RUN}; ('", f'a"; {_RUN}; "', f"a\n{_RUN}",
    f"!!python/object/apply:os.system ['{_TOUCH}']",
    f"!!python/object/new:os.system ['{_TOUCH}']", "!!python/name:os.system", f"$({_TOUCH})", f"`{_TOUCH}`",
    f"; {_TOUCH}", f"| {_TOUCH}", f"&& {_TOUCH}", f"|| {_TOUCH}", f"> {CANARY}", f"a; {_TOUCH} #", f"!{_TOUCH}",
    f"%system {_TOUCH}", f"%%bash\n{_TOUCH}", f"get_ipython().system('{_TOUCH}')", f"{{{_RUN}}}", f"{{{{{_RUN}}}}}",
    "import os", "lambda: 0", "a=b", "a b", "a-b.c", "class", "import", "def", "None", "__builtins__", "__import__",
    "self",
]  # fmt: skip
_OPTIONS = [
    "-rf",
    "--help",
    "--version",
    "--",
    "-",
    "--year",
    "--to",
    "-q",
    "--quiet=yes",
    "-k1",
    "--install-completion",
    "@a",
    "-c",
]
_YEARS = [
    "2023",
    "2023/25",
    "2023/24/25",
    "2023-24-",
    "20x3/24",
    "9999/00",
    "0000/01",
    "1800/01",
    "FY",
    "FY1",
    "2023/24 ; a",
]

#: Names, each once; none is the id of anything that is there.
NAMES: list[str] = list(
    dict.fromkeys([
        *_PATHS, *_DEVICES, *_LONG, *_OTHER_LETTERS, *_LINES, *_FORMATS, *_QUOTES, *_CODE, *_OPTIONS, *_YEARS,
    ])
)  # fmt: skip

#: What markup that ran would do: it marks the page.
HOOK = "document.documentElement.setAttribute('data-ran','1')"

#: Texts that a browser would run or follow, or that would break out of what they stand in.
MARKUP: list[str] = [
    f"<script>{HOOK}</script>", f"</script><script>{HOOK}</script>", f"<ScRiPt>{HOOK}</sCrIpT>",
    f"<img src=x onerror={HOOK}>", f'"><img src=x onerror="{HOOK}">', f"'><img src=x onerror='{HOOK}'>",
    f"<svg onload={HOOK}>", f"<svg><script>{HOOK}</script></svg>", f"<svg/onload={HOOK}>",
    f"<svg><foreignObject><body onload={HOOK}></foreignObject></svg>",
    f"<svg><animate onbegin={HOOK} attributeName=x>",
    f"<math><mtext></mtext><mglyph><style><img src=x onerror={HOOK}></style></mglyph></math>",
    f'<noscript><p title="</noscript><img src=x onerror={HOOK}>">', f"<template><script>{HOOK}</script></template>",
    f'<iframe srcdoc="<script>parent.{HOOK}</script>"></iframe>', f"<iframe src=javascript:parent.{HOOK}></iframe>",
    f"<object data=javascript:{HOOK}></object>", "<embed src=data:text/html,x>", "<base href=//e.example/>",
    "<form action=javascript:1><input type=submit>", '<link rel=stylesheet href="//e.example/a.css">',
    "<style>@import '//e.example/a.css';</style>", "<p style=\"width:expression(alert(1))\">",
    '<p style=\'background:URL("//e.example/x")\'>', '<meta http-equiv=refresh content="0;url=//e.example">',
    f"</title><script>{HOOK}</script>", f"</style><script>{HOOK}</script>", f"</textarea><script>{HOOK}</script>",
    f"<!--><script>{HOOK}</script>-->", f"--><script>{HOOK}</script>", f"<![CDATA[><script>{HOOK}</script>]]>",
    f"]]><script>{HOOK}</script>", f"<?x ><script>{HOOK}</script>?>", f"<details open ontoggle={HOOK}>",
    f"<a href=\"javascript:{HOOK}\">a</a>", f"<a href=\"java\tscript:{HOOK}\">a</a>",
    "<a href=\"&#106;avascript:1\">a</a>",
    "javascript:alert(1)", "data:text/html,<script>1</script>", "vbscript:x", f'" autofocus onfocus="{HOOK}',
    f"&lt;script&gt;{HOOK}&lt;/script&gt;", "&#x3c;script&#x3e;", "&#0000060script&#62;", "\\u003cscript\\u003e1",
    "\\x3cscript\\x3e", "+ADw-script+AD4-", "<scr\0ipt>", "<div id=cards></div>", '<div id="cards"></div>', "</main>",
    "<h1>", "</h1>\n", "\n</main>",
]  # fmt: skip

#: What a cell of Markdown, a template or a drawing would take for more than text.
LANGUAGES: list[str] = [
    "[a](javascript:alert(1))", "![a](//e.example/x.png)", "<javascript:alert(1)>", "[a]: javascript:alert(1)",
    "```mermaid\ngraph TD; A-->B\n```", "$\\href{javascript:alert(1)}{a}$", "$$\\frac{1}{0}$$", "$x", "$x_{$",
    "\\(a\\)",
    "{{7*7}}", "{{ cycler.__init__.__globals__ }}", "{% include '/etc/passwd' %}", "{# a #}", "{0.__class__}", "%s%n",
    "_a",
    "[[a]]", "# a", "***", "| a | b |", "~~~", "[^1]", "&copy;", "&", "<", '"', "'",
]  # fmt: skip

#: What a spreadsheet would reckon with, or a CSV file would end a field at.
FORMULAS: list[str] = [
    "=1+1", "=cmd|'/C calc'!A0", "+1+1", "-1+1", "@SUM(A1:A9)", "\t=1+1", "\r=1+1", "\n=1+1",
    '=HYPERLINK("http://e.example","a")',
    '=WEBSERVICE("http://e.example")', "=DDE(\"cmd\";\"/C calc\";\"a\")", "＝1+1", "＋1", "－1+1", "＠SUM(1)",
    "=IMPORTXML(1)",
    "{=1+1}", '",=1+1', '"', 'a","b', 'a\nb', 'a"\n"=1+1', "internal:'Cover'!A1", "external:c:\\a.xlsx",
    "http://e.example",
    "mailto:a", "'=1+1", "%0A=1+1", "0x1", "1e9999", "#REF!", "_x0041_",
]  # fmt: skip

#: What a terminal would do.
TERMINAL: list[str] = [
    "a\x1b[2J\x1b[1;1H", "a\x1b]0;owned\x07", "a\x1b]8;;http://e.example\x1b\\b\x1b]8;;\x1b\\",
    "a\x1b]52;c;Y2FsYw==\x07",
    "a\x9b2J", "a\x9d0;owned\x9c", "a\x07\x07", "a\rAll is well", "a\x08\x08b", "[bold red]a[/]",
    "[link=http://e.example]a[/link]",
    "[/bold]", ":pile_of_poo:", "a\x1bPq\x1b\\", "a\x1b[6n", "a\u202eevil\u202c", "a\u2066b", "a\x0e", "a\x7f",
]  # fmt: skip

#: Every payload, each once.
PAYLOADS: list[str] = list(dict.fromkeys([*MARKUP, *LANGUAGES, *FORMULAS, *TERMINAL]))
