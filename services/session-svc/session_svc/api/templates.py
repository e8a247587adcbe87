"""Routes of templates."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response, status

from chassis.access import allowed
from chassis.auth import Principal
from contracts import access
from contracts.model import Id
from contracts.resources.session import SessionTemplate, SessionTemplates, WriteSessionTemplate
from session_svc.api.bodies import refuse_without_version, strictly
from session_svc.service.templates import TemplateUseCases

Scheduler = Annotated[Principal, Depends(allowed(access.SESSION_WRITE))]
WholeTemplate = Depends(strictly(WriteSessionTemplate))


def router(use_cases: TemplateUseCases) -> APIRouter:
    routes = APIRouter(prefix="/v1/session-templates", tags=["sessions"])

    @routes.get("")
    async def list_templates(principal: Scheduler) -> SessionTemplates:
        return await use_cases.list(principal)

    @routes.post("", status_code=status.HTTP_201_CREATED)
    async def create_template(
        principal: Scheduler, _strict: Annotated[None, WholeTemplate], body: WriteSessionTemplate, response: Response
    ) -> SessionTemplate:
        created = await use_cases.create(principal, body)
        response.headers["Location"] = f"/v1/session-templates/{created.template_id}"
        return created

    @routes.get("/{template_id}")
    async def read_template(principal: Scheduler, template_id: Id) -> SessionTemplate:
        return await use_cases.read(principal, template_id)

    @routes.put("/{template_id}")
    async def replace_template(
        principal: Scheduler, template_id: Id, _strict: Annotated[None, WholeTemplate], body: WriteSessionTemplate
    ) -> SessionTemplate:
        return await use_cases.replace(principal, template_id, body, refuse_without_version(body.version))

    @routes.delete("/{template_id}", status_code=status.HTTP_204_NO_CONTENT)
    async def delete_template(principal: Scheduler, template_id: Id) -> Response:
        await use_cases.delete(principal, template_id)
        return Response(status_code=status.HTTP_204_NO_CONTENT)

    return routes
