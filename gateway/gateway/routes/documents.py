"""What describes the system to those who connect to it: served from here, nothing is fetched from elsewhere."""

from functools import cache
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from swagger_ui_bundle import swagger_ui_path  # type: ignore[import-untyped]

from chassis.outcomes import Rejected
from contracts import problems
from contracts.asyncapi import document as asyncapi_document
from contracts.problems import problem_named
from gateway import openapi, pages, protocol

DOCS_PAGE: Final = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Examhall: HTTP interface</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
<link rel="icon" href="/docs/assets/favicon-32x32.png"></head>
<body><div id="swagger-ui"></div><script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script></body></html>"""
START_SCRIPT: Final = """SwaggerUIBundle({url: "/docs/openapi.json", dom_id: "#swagger-ui", deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis], layout: "BaseLayout", validatorUrl: null});"""


def assets() -> StaticFiles:
    return StaticFiles(directory=str(swagger_ui_path))


def router() -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/developers")
    async def landing() -> HTMLResponse:
        return HTMLResponse(pages.landing())

    @router.get("/docs")
    async def docs() -> HTMLResponse:
        return HTMLResponse(DOCS_PAGE)

    @router.get("/docs/start.js")
    async def start_script() -> Response:
        return Response(START_SCRIPT, media_type="text/javascript")

    @router.get("/docs/openapi.json")
    async def openapi_for_viewer(request: Request) -> JSONResponse:
        return JSONResponse(openapi.as_3_0(request.app.openapi()))

    @router.get("/docs/events")
    async def events() -> HTMLResponse:
        return HTMLResponse(_events_page())

    @router.get("/docs/sockets.json")
    async def sockets() -> JSONResponse:
        return JSONResponse(protocol.schemas())

    @router.get("/asyncapi.json")
    async def asyncapi() -> JSONResponse:
        return JSONResponse(asyncapi_document())

    @router.get("/problems")
    async def problem_index() -> HTMLResponse:
        return HTMLResponse(pages.problem_index())

    @router.get("/problems/{name}")
    async def problem(name: str, request: Request) -> Response:
        kind = problem_named(name)
        if kind is None:
            raise Rejected(problems.NOT_FOUND, "There is no problem type of this name.")
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(pages.problem(kind))
        return JSONResponse(pages.problem_document(kind))

    return router


@cache
def _events_page() -> str:
    return pages.events(asyncapi_document())
