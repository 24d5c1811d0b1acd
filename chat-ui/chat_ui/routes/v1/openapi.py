"""`/openapi.json`, and Swagger's page for it, served without other hosts."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse

from chat_ui.web.dependencies import App, services_of
from chat_ui.web.v1.openapi_document import api_document

router = APIRouter(include_in_schema=False)


@router.get("/openapi.json")
async def read_document(request: Request) -> JSONResponse:
    return JSONResponse(api_document(request.app, services_of(request).settings.max_message_chars))


@router.get("/docs")
async def read_docs(app: App) -> HTMLResponse:
    return HTMLResponse(app.templates.render("pages/api.html"))
