"""Inserts of documents that may be there already, because a batch is handled again."""

from collections.abc import Sequence
from typing import Final

from chassis.mongo import BulkWriteError, Collection, Document, InsertOne, translate_errors

_DUPLICATE_KEY: Final = 11000


async def insert_missing(collection: Collection, documents: Sequence[Document]) -> None:
    """One round trip; what is there stays as it is."""
    if not documents:
        return
    with translate_errors():
        try:
            await collection.bulk_write([InsertOne(document) for document in documents], ordered=False)
        except BulkWriteError as error:
            raise_unless_duplicates(error)


def raise_unless_duplicates(error: BulkWriteError) -> None:
    details = error.details or {}
    failures = [*details.get("writeErrors", ()), *details.get("writeConcernErrors", ())]
    if any(each.get("code") != _DUPLICATE_KEY for each in failures):
        raise error
