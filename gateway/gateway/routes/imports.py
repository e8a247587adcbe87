"""Imports of people from files: owned by enrollment-svc."""

from typing import Final

from fastapi import APIRouter

from contracts import access, problems
from contracts.resources.imports import ConfirmImport, ImportRowView, ImportSummary, ImportView, TableFormat
from contracts.resources.paging import Page
from contracts.statuses import RowStatus
from gateway.routes.forwarded import PAGING, Forwarding, query_parameter
from gateway.upstream import Upstream

UPLOAD_PATH: Final = "/api/v1/imports"
TABLES: Final = ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


def router(upstream: Upstream) -> APIRouter:
    router = APIRouter(prefix="/api/v1")
    to = Forwarding(router, upstream, "enrollment-svc", "imports")
    _uploading(to)
    _reviewing(to)
    return router


def _uploading(to: Forwarding) -> None:
    to.route(
        "GET",
        "/import-template",
        "Download the template for imports",
        action=access.IMPORT_READ,
        answer=None,
        gives=TABLES,
        query=(query_parameter("kind", TableFormat, TableFormat.XLSX, "Which kind of file"),),
    )
    to.route(
        "POST",
        "/imports",
        "Upload a file of people",
        action=access.IMPORT_MANAGE,
        body=bytes,
        takes="application/octet-stream",
        answer=ImportView,
        status=202,
        query=(
            query_parameter("file_name", str, "", "What the file is called, to be shown"),
            query_parameter("session_id", str | None, None, "Also give everybody a place in this session"),
        ),
        refused=(
            problems.FILE_EMPTY,
            problems.SESSION_WRONG_STATE,
            problems.ENROLLMENT_BY_CODE_ONLY,
            problems.NOT_FOUND,
        ),
        description=(
            "CSV (UTF-8, UTF-16 or Windows-1252; separated by comma, semicolon or tab), XLSX or a OneRoster 1.2 bundle,"
            " told apart by content. Once it was read its state is `review`, or `failed` with the reason in `problem`."
        ),
    )


def _reviewing(to: Forwarding) -> None:
    to.route("GET", "/imports", "List imports", action=access.IMPORT_MANAGE, answer=Page[ImportSummary], query=PAGING)
    to.route("GET", "/imports/{import_id}", "Read an import", action=access.IMPORT_READ, answer=ImportView)
    to.route(
        "GET",
        "/imports/{import_id}/rows",
        "List an import's rows",
        action=access.IMPORT_READ,
        answer=Page[ImportRowView],
        query=(
            query_parameter("status", RowStatus | None, None, "Only rows that are this"),
            query_parameter("rejected", bool, False, "Only rows that could not be added or seated"),
            *PAGING,
        ),
    )
    to.route(
        "GET",
        "/imports/{import_id}/rejected",
        "Download an import's rejected rows",
        action=access.IMPORT_READ,
        answer=None,
        gives=TABLES,
        query=(query_parameter("kind", TableFormat, TableFormat.CSV, "Which kind of file"),),
        refused=(problems.IMPORT_WRONG_STATE,),
    )
    to.route(
        "POST",
        "/imports/{import_id}/confirm",
        "Confirm an import",
        action=access.IMPORT_MANAGE,
        body=ConfirmImport,
        answer=ImportView,
        refused=(
            problems.IMPORT_WRONG_STATE,
            problems.IMPORT_HAS_ERRORS,
            problems.SESSION_FULL,
            problems.DIRECTORY_FULL,
            problems.SESSION_WRONG_STATE,
            problems.ENROLLMENT_BY_CODE_ONLY,
        ),
        description="Mode `all` carries out every row or none; `valid` leaves out duplicates and errors.",
    )
    to.route(
        "POST",
        "/imports/{import_id}/cancel",
        "Cancel an import",
        action=access.IMPORT_MANAGE,
        answer=ImportView,
        refused=(problems.IMPORT_WRONG_STATE,),
    )
