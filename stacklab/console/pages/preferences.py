"""Language and theme: two cookies that hold nothing else."""

from starlette.responses import RedirectResponse, Response

from stacklab.console.i18n import LANGUAGES
from stacklab.console.page import YEAR, Page, safe_next


async def choose(page: Page) -> Response:
    """GET /preferences?lang=zh&theme=dark&next=/servers; unknown values change nothing."""
    query = page.request.query_params
    response = RedirectResponse(safe_next(query.get("next", "/")), 303)
    if query.get("lang") in LANGUAGES:
        page.cookie(response, "lang", query["lang"], YEAR)
    if query.get("theme") == "system":
        response.delete_cookie("theme", path="/")
    if query.get("theme") in ("light", "dark"):
        # The theme switch of the script writes this one too.
        page.cookie(response, "theme", query["theme"], YEAR, script=True)
    return response
