"""Inserts of documents that may be there already, because a batch is handled again."""

from collections.abc import Sequence

from chassis.mongo import BulkWriteError, Collection, Document, InsertOne, duplicates_in, translate_errors


async def insert_missing(collection: Collection, documents: Sequence[Document]) -> None:
    """One round trip; what is there stays as it is."""
    if not documents:
        return
    with translate_errors():
        try:
            await collection.bulk_write([InsertOne(document) for document in documents], ordered=False)
        except BulkWriteError as error:
            duplicates_in(error)
