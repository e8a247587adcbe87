"""Templates of sessions (`session_templates`): settings under a name, which is unique within an organisation.

Settings are kept as JSON text: they are read and written whole.
"""

from typing import Any, Final

from chassis.mongo import ASCENDING, Database, Document, DuplicateKey, translate_errors
from chassis.outcomes import Rejected
from contracts import limits, problems
from contracts.resources.session import SessionTemplate, SessionTemplateSummary
from contracts.session import SessionSettings

ANY_CASE: Final[dict[str, Any]] = {"locale": "en", "strength": 2}  # "Spring" and "spring" are one name


class NameTaken(Rejected):
    def __init__(self) -> None:
        super().__init__(problems.TEMPLATE_EXISTS, "Choose another name, or replace that template.")


class TemplateStore:
    def __init__(self, database: Database) -> None:
        self._templates = database["session_templates"]

    async def ensure_indexes(self) -> None:
        with translate_errors():
            await self._templates.create_index(
                [("org_id", ASCENDING), ("name", ASCENDING)], name="unique_name", unique=True, collation=ANY_CASE
            )

    async def insert(self, org_id: str, template: SessionTemplate) -> None:
        """Raises NameTaken."""
        try:
            with translate_errors():
                await self._templates.insert_one({"_id": template.template_id, **_document(org_id, template)})
        except DuplicateKey as error:
            raise NameTaken from error

    async def replace(self, org_id: str, template: SessionTemplate) -> bool:
        """False when the stored one has another version than the one before. Raises NameTaken."""
        wanted = {"_id": template.template_id, "org_id": org_id, "version": template.version - 1}
        try:
            with translate_errors():
                result = await self._templates.replace_one(wanted, _document(org_id, template))
        except DuplicateKey as error:
            raise NameTaken from error
        return bool(result.matched_count)

    async def delete(self, org_id: str, template_id: str) -> None:
        with translate_errors():
            await self._templates.delete_one({"_id": template_id, "org_id": org_id})

    async def load(self, org_id: str, template_id: str) -> SessionTemplate | None:
        with translate_errors():
            found = await self._templates.find_one({"_id": template_id, "org_id": org_id})
        if found is None:
            return None
        settings = SessionSettings.model_validate_json(found["settings"])
        return SessionTemplate(**_summary(found).model_dump(), settings=settings)

    async def all_of(self, org_id: str) -> list[SessionTemplateSummary]:
        with translate_errors():
            cursor = self._templates.find({"org_id": org_id}, {"settings": 0}).collation(ANY_CASE)
            return [_summary(each) async for each in cursor.sort("name", ASCENDING).limit(limits.TEMPLATES_MAX)]

    async def count(self, org_id: str) -> int:
        with translate_errors():
            return int(await self._templates.count_documents({"org_id": org_id}, limit=limits.TEMPLATES_MAX))


def _document(org_id: str, template: SessionTemplate) -> Document:
    return {
        "org_id": org_id,
        "version": template.version,
        "name": template.name,
        "settings": template.settings.model_dump_json(),
        "changed_at": template.changed_at,
    }


def _summary(document: Document) -> SessionTemplateSummary:
    return SessionTemplateSummary(
        template_id=document["_id"],
        version=document["version"],
        name=document["name"],
        changed_at=document["changed_at"],
    )
