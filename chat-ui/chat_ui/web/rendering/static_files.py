"""Style sheets, scripts and icons, at addresses that change with their content. With nginx, nginx serves them."""

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from chat_ui.web.rendering.templating import STATIC, STYLE_SHEET, SWAGGER, static_version, style_sheet


class VersionedFiles(StaticFiles):
    """`/static/{version}/{path}`: cached for good in the browser if the version is the current one."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC, packages=[SWAGGER])
        self._version = static_version()
        self._style_sheet = style_sheet()

    async def get_response(self, path: str, scope: Scope) -> Response:
        version, _, path = path.partition("/")
        if path == STYLE_SHEET and scope["method"] in ("GET", "HEAD"):
            response = Response(self._style_sheet, media_type="text/css")
        else:
            response = await super().get_response(path, scope)
        current = version == self._version
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if current else "no-cache"
        return response
