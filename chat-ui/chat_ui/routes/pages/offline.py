"""What makes an app of the pages: a manifest, a service worker, and a page for when Parley cannot be reached."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from chat_ui.web.dependencies import App
from chat_ui.web.templating import STYLE_SHEET

router = APIRouter()

FILES = (STYLE_SHEET, "icon.svg", "js/offline.js")
"""What the page needs beside itself."""


@router.get("/offline")
async def offline(app: App) -> HTMLResponse:
    return HTMLResponse(app.templates.render("pages/offline.html"))


@router.get("/service-worker.js")
async def service_worker(app: App) -> Response:
    """At the root, for it serves the pages below its own address. Other files or another reader make another worker."""
    script = app.templates.render("service-worker.js", files=FILES)
    return Response(script, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@router.get("/manifest.json")
async def manifest(app: App) -> Response:
    """What the app is called, in its reader's language."""
    headers = {"Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"}
    return Response(app.templates.render("manifest.json"), media_type="application/manifest+json", headers=headers)
