"""Sphinx configuration of the documentation site: `make docs` builds it into out/site."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from gantheory import __version__

project = "gantheory"
author = "The gantheory developers"
copyright = "2026, the gantheory developers. Apache-2.0"
release = version = __version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    "mathml",
    "plain_docstrings",
]
exclude_patterns = ["_ext", "tools", "images/*.py"]

# Pages are Markdown that also reads well where it lies.
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
myst_links_external_new_tab = False
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 600
nb_merge_streams = True
copybutton_prompt_text = r"\$ |>>> "
copybutton_prompt_is_regexp = True

# Signatures without the names of modules, a line an argument where they are long.
autodoc_member_order = "groupwise"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
add_module_names = False
toc_object_entries_show_parents = "hide"
napoleon_numpy_docstring = False
napoleon_use_param = False  # one entry may name several: "real, fake: ..."
napoleon_custom_sections = ["Source", ("Attributes", "params_style")]

# Nothing is loaded from other hosts: formulas are MathML, fonts are the reader's own.
html_math_renderer = "mathml"
html_theme = "pydata_sphinx_theme"
html_title = f"gantheory {__version__}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "gantheory"},
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "show_toc_level": 2,
    "show_nav_level": 2,
    "navigation_with_keys": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}
html_sidebars = {"index": []}


def _write_explorer(app, error):
    """The explorer beside the pages, so that index.md can link to it."""
    if error is None and app.builder.name == "html":
        from gantheory.explorer import page

        (Path(app.outdir) / "explore.html").write_text(page(), encoding="utf-8")


def setup(app):
    app.connect("build-finished", _write_explorer)
