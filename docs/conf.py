"""The documentation site, which `make docs` builds.

It needs no network: nothing is fetched while it is built, nor while it is read.
"""

from __future__ import annotations

from target_groove import __version__

project = "target-groove"
version = release = __version__
language = "en"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
nitpicky = True
# Quotes and dots only: the two hyphens of an option stay what they are.
smartquotes_action = "qe"

# Headings that links of other pages may name, as on a page of a repository.
myst_heading_anchors = 4

html_theme = "furo"
html_title = project
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
