"""Find every text of the console and bring the catalogues up to date: `python -m stacklab.console.extract`.

Run by a developer after changing a text. A test fails when a text is missing from a catalogue or not translated.
"""

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from stacklab.console.i18n import LANGUAGES, LOCALES

PACKAGE = Path(__file__).parent
METHODS = [("templates/**.html", "jinja2"), ("**.py", "python")]
OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false"}}
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
# Dates and people are what git knows; in the file they would only make noise.
HEADERS_THAT_CHANGE = ('"POT-Creation-Date', '"PO-Revision-Date', '"Last-Translator', '"Report-Msgid-Bugs-To')


def template() -> Catalog:
    """All texts with the files that use them (no line numbers: they would change with every edit)."""
    catalog = Catalog(project="StackLab console", charset="utf-8")
    found = extract_from_dir(PACKAGE, METHODS, OPTIONS, keywords=KEYWORDS)
    for file, _line, message, _comments, context in sorted(found, key=lambda item: item[0]):
        catalog.add(message, None, [(file, 0)], context=context)
    return catalog


def main() -> None:
    """Merge new texts into each catalogue, keeping its translations and dropping what nothing uses."""
    for language, name in LANGUAGES.items():
        if language == "en":
            continue  # the texts themselves
        file = LOCALES / name / "LC_MESSAGES/console.po"
        catalog = Catalog(locale=name)
        if file.exists():
            with file.open("rb") as opened:
                catalog = read_po(opened, locale=name)
        catalog.update(template(), no_fuzzy_matching=True)
        catalog.obsolete.clear()
        written = io.BytesIO()
        write_po(written, catalog, width=120, sort_output=True, include_lineno=False)
        lines = written.getvalue().decode().splitlines(keepends=True)
        file.write_text("".join(line for line in lines if not line.startswith(HEADERS_THAT_CHANGE)))


if __name__ == "__main__":
    main()
