"""What all pages share: settings, the API client, sessions, templates, translations, live feeds, pending deletions."""

import gettext
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from stacklab.console import formats, i18n
from stacklab.console.assets import Assets
from stacklab.console.client import Http
from stacklab.console.live import Feeds
from stacklab.console.pending import Pending
from stacklab.console.regions import Regions
from stacklab.console.sessions import Store
from stacklab.console.steps import Steps
from stacklab.core.settings import Settings

TEMPLATES = Path(__file__).parent / "templates"


class Desk:
    def __init__(self, settings: Settings, api_url: str, state: Path) -> None:
        self.settings = settings
        self.assets = Assets()
        self.http = Http(api_url)
        self.sessions = Store(state / "web", settings.console.session_hours)
        self.regions = Regions(self.http, settings.node.region)
        self.steps = Steps()
        self.feeds = Feeds(self.http)
        self.pending = Pending(self.http, self.feeds.poke)
        self.translations = {language: i18n.load(language) for language in i18n.LANGUAGES}
        self.environments = {language: _environment(t, language) for language, t in self.translations.items()}

    async def close(self) -> None:
        """Do what was only waiting for its undo window, end the streams and let go of connections and files."""
        await self.pending.flush()
        await self.feeds.close()
        await self.regions.close()
        await self.http.close()
        self.sessions.close()


def _environment(translations: gettext.NullTranslations, language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    formats.install(environment, language)
    return environment
