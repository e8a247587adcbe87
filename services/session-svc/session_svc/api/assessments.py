"""Routes of assessments."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from chassis.access import allowed
from chassis.auth import Principal
from contracts import access, limits
from contracts.items import AssessmentForm
from contracts.model import Id
from contracts.resources.paging import Page
from contracts.resources.session import AssessmentSummary, AssessmentView, PublishAssessment, WriteAssessment
from session_svc.api.bodies import IdempotencyKey, refuse_without_version, request_key, strictly
from session_svc.service.assessments import AssessmentUseCases

Author = Annotated[Principal, Depends(allowed(access.ASSESSMENT_WRITE))]
KeyReader = Annotated[Principal, Depends(allowed(access.ASSESSMENT_READ))]
Lister = Annotated[Principal, Depends(allowed(access.ASSESSMENT_LIST))]
FormReader = Annotated[Principal, Depends(allowed(access.ASSESSMENT_FORM))]
WholeAssessment = Depends(strictly(WriteAssessment))


def router(use_cases: AssessmentUseCases) -> APIRouter:
    routes = APIRouter(prefix="/v1/assessments", tags=["assessments"])

    @routes.post("", status_code=201)
    async def create_assessment(
        principal: Author,
        _strict: Annotated[None, WholeAssessment],
        body: WriteAssessment,
        response: Response,
        idempotency_key: IdempotencyKey = None,
    ) -> AssessmentView:
        created = await use_cases.create(principal, body.content, request_key(principal, idempotency_key, body))
        response.headers["Location"] = f"/v1/assessments/{created.assessment_id}"
        return created

    @routes.get("")
    async def list_assessments(
        principal: Lister,
        cursor: Annotated[Id | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=limits.PAGE_MAX)] = limits.PAGE_DEFAULT,
    ) -> Page[AssessmentSummary]:
        return await use_cases.page(principal, cursor, limit)

    @routes.get("/{assessment_id}")
    async def read_assessment(principal: KeyReader, assessment_id: Id) -> AssessmentView:
        return await use_cases.read(principal, assessment_id)

    @routes.put("/{assessment_id}")
    async def replace_assessment(
        principal: Author, assessment_id: Id, _strict: Annotated[None, WholeAssessment], body: WriteAssessment
    ) -> AssessmentView:
        version = refuse_without_version(body.version)
        return await use_cases.rewrite(principal, assessment_id, body.content, version)

    @routes.post("/{assessment_id}/publish")
    async def publish_assessment(principal: Author, assessment_id: Id, body: PublishAssessment) -> AssessmentView:
        return await use_cases.publish(principal, assessment_id, body.version)

    @routes.get("/{assessment_id}/versions/{number}/form")
    async def read_form(
        principal: FormReader,
        assessment_id: Id,
        number: Annotated[int, Path(ge=1, le=2**31 - 1)],
        participant_id: Annotated[Id | None, Query()] = None,
    ) -> AssessmentForm:
        return await use_cases.form(assessment_id, number, principal.within, participant_id)

    return routes
