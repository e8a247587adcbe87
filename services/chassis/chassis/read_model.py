"""Read models of what other services tell: documents that only ever move on to a newer version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.mongo import BulkWriteError, Collection, UpdateOne, duplicates_in, translate_errors


@dataclass(frozen=True, slots=True)
class Told:
    """What a fact says of a document; `version` grows with every fact about it."""

    document_id: str
    version: int
    fields: Mapping[str, Any]


async def take_over(collection: Collection, told: Sequence[Told]) -> set[str]:
    """Keep each state unless a newer one is known, in one round trip; the ids whose state is the newest known now.

    One that is told a second time counts as the newest, too. Of several about one document the newest is taken.

    Raises:
        Transient: some or all may have been kept; tell them again.

    """
    newest: dict[str, Told] = {}
    for each in told:
        known = newest.get(each.document_id)
        if known is None or each.version > known.version:
            newest[each.document_id] = each
    if not newest:
        return set()
    operations = [
        UpdateOne(
            {"_id": each.document_id, "version": {"$lt": each.version}},
            {"$set": {**each.fields, "version": each.version}},
            upsert=True,
        )
        for each in newest.values()
    ]
    with translate_errors():
        try:
            await collection.bulk_write(operations, ordered=False)
        except BulkWriteError as error:
            not_older = duplicates_in(error)
        else:
            return set(newest)
        ids = list(newest)
        # What is there is not older: the very same, or a newer one.
        doubtful = [ids[index] for index in not_older]
        versions = {
            each["_id"]: each["version"] async for each in collection.find({"_id": {"$in": doubtful}}, {"version": 1})
        }
    return set(newest) - {each for each in doubtful if versions.get(each) != newest[each].version}
