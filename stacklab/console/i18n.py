"""English and 简体中文 from gettext catalogues: `.po` files, read at start and never compiled into the tree."""

import gettext
import io
from pathlib import Path

from babel.core import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = Path(__file__).parent / "locale"
LANGUAGES = {"en": "en", "zh": "zh_CN"}  # cookie value -> catalogue
HTML_LANG = {"en": "en", "zh": "zh-CN"}
LOCALE = {"en": Locale("en"), "zh": Locale("zh", "CN", script="Hans")}


def load(language: str) -> gettext.NullTranslations:
    """The catalogue of `en` or `zh`; English is the language of the message ids."""
    file = LOCALES / LANGUAGES[language] / "LC_MESSAGES/console.po"
    if not file.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with file.open("rb") as opened:
        write_mo(compiled, read_po(opened, locale=LANGUAGES[language]))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def choose(cookie: str, accept: str) -> str:
    """The language: what was chosen, else the first one we have of `Accept-Language`, else English."""
    if cookie in LANGUAGES:
        return cookie
    ranked = []
    for part in accept.split(","):
        name, _, weight = part.strip().partition(";q=")
        try:
            ranked.append((-float(weight or 1), name.lower()))
        except ValueError:
            continue
    for _weight, name in sorted(ranked, key=lambda item: item[0]):
        if name.split("-")[0] in LANGUAGES:
            return name.split("-")[0]
    return "en"
