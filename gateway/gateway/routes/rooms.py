"""The pages people sit in, built from `gateway/web`: the candidate room and the staff dashboard.

A page is small, made for one response and never stored; what it loads has the content's hash in its name and is kept
for ever. The build leaves a compressed copy beside each file.
"""

import secrets
from pathlib import Path
from typing import Final

import anyio
from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers
from starlette.types import Scope

from chassis.outcomes import Rejected
from contracts import problems
from gateway import pages
from gateway.safe_exam_browser import FILE_PATH, MEDIA_TYPE, SafeExamBrowser

BUILT: Final = Path(__file__).parent.parent / "static"
NONCE_PLACE: Final = "__CSP_NONCE__"
NONCE_BYTES: Final = 18
CONTENT_POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
FOR_EVER: Final = "public, max-age=31536000, immutable"
COMPRESSED: Final = (("br", ".br"), ("gzip", ".gz"))  # the smaller one first


class Assets(StaticFiles):
    """Files named after their content, in the best encoding that the browser takes."""

    def __init__(self, directory: Path = BUILT) -> None:
        super().__init__(directory=directory, check_dir=False)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await self._compressed(path, scope) or await super().get_response(path, scope)
        response.headers["Cache-Control"] = FOR_EVER
        response.headers["Vary"] = "Accept-Encoding"
        return response

    async def _compressed(self, path: str, scope: Scope) -> Response | None:
        given = Headers(scope=scope).get("accept-encoding", "")
        accepted = {each.partition(";")[0].strip() for each in given.split(",")}
        for encoding, suffix in COMPRESSED:
            if encoding not in accepted:
                continue
            full_path, stat_result = await anyio.to_thread.run_sync(self.lookup_path, path + suffix)
            if stat_result is not None:
                media_type = FileResponse(path).media_type
                headers = {"Content-Encoding": encoding}
                return FileResponse(full_path, stat_result=stat_result, media_type=media_type, headers=headers)
        return None


def router(seb: SafeExamBrowser, directory: Path = BUILT) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    @router.get("/join")
    def candidate_room() -> HTMLResponse:
        return page(directory / "candidate.html")

    @router.get(FILE_PATH)
    def safe_exam_browser() -> Response:
        """What Safe Exam Browser configures itself with; it holds no secret."""
        if not seb.available:
            raise Rejected(problems.NOT_FOUND, "Set EXAMHALL_PUBLIC_URL, and candidates can use Safe Exam Browser.")
        return Response(seb.file, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-cache"})

    @router.get("/staff")
    @router.get("/staff/{path:path}")
    @router.get("/sign-in/{org_id}")
    def staff_dashboard() -> HTMLResponse:
        return page(directory / "staff.html")

    return router


def page(file: Path) -> HTMLResponse:
    """The built page with a nonce of its own, or one that says how to build it."""
    headers = {"Cache-Control": "no-store"}
    if not file.is_file():
        return HTMLResponse(pages.not_built(), status_code=503, headers=headers)
    nonce = secrets.token_urlsafe(NONCE_BYTES)
    headers["Content-Security-Policy"] = CONTENT_POLICY.format(nonce=nonce)
    return HTMLResponse(file.read_text(encoding="utf-8").replace(NONCE_PLACE, nonce), headers=headers)
