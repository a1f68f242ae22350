"""How Sphinx makes the site. `make site` lays out the sources and calls it; see docs/decisions/0009-site.md."""

from importlib.metadata import version as version_of

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

project = "anchor_analysis"
author = "the anchor_analysis authors"
copyright = "the anchor_analysis authors; MIT licence"
release = version = version_of("anchor-analysis")
language = "en"

extensions = ["myst_nb", "sphinx.ext.autodoc"]
templates_path: list[str] = []
exclude_patterns: list[str] = []

# Notebooks are shown with the outputs that they are committed with, which nbval holds them to; none is run here.
nb_execution_mode = "off"
nb_merge_streams = True
nb_ipywidgets_js: dict[str, dict[str, str]] = {}  # else every page with a notebook loads scripts from elsewhere

# Headings can be linked to as in any viewer of Markdown.
myst_heading_anchors = 4
myst_enable_extensions: list[str] = []

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
default_role = "code"  # docstrings write code as Markdown does, in single quotes

# Every reference has to lead somewhere, but for types of other libraries, whose pages are elsewhere.
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(?!anchor_analysis\.).*"), ("py:class", r"anchor_analysis\.doors\.MetricEdition")]

html_theme = "furo"
html_title = "anchor_analysis"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {"navigation_with_keys": False, "footer_icons": []}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.add_lexer("csv", TextLexer)
    app.connect("autodoc-process-signature", without_making)


def without_making(app: Sphinx, what: str, name: str, *_: object) -> tuple[str, None] | None:
    """A class is shown without how it is made, but for the two that people make themselves: errors and problems."""
    made_by_people = name in {"anchor_analysis.UserError", "anchor_analysis.Problem"}
    return ("", None) if what == "class" and not made_by_people else None
