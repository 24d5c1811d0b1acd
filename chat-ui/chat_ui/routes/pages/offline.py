"""What makes the pages an installable app: a manifest, a service worker, and an offline page."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from chat_ui.web.dependencies import App
from chat_ui.web.rendering.templating import STYLE_SHEET

router = APIRouter()

FILES = (STYLE_SHEET, "icon.svg", "js/offline.js")
"""The files that the offline page needs."""


@router.get("/offline")
async def offline(app: App) -> HTMLResponse:
    return HTMLResponse(app.templates.render("pages/offline.html"))


@router.get("/service-worker.js")
async def service_worker(app: App) -> Response:
    """Served at the root, because a worker controls only pages below its own address.

    Its text changes with the files and the reader's preferences, so that browsers then install it again.
    """
    script = app.templates.render("service-worker.js", files=FILES)
    return Response(script, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@router.get("/manifest.json")
async def manifest(app: App) -> Response:
    """The app's name and description, in the reader's language."""
    headers = {"Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"}
    return Response(app.templates.render("manifest.json"), media_type="application/manifest+json", headers=headers)
