"""Access to MongoDB. The only file that names the driver, so that changing it is changing one file."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC
from typing import Any, Final, TypeAlias

from bson.codec_options import CodecOptions
from motor.motor_asyncio import (
    AsyncIOMotorClient,
    AsyncIOMotorClientSession,
    AsyncIOMotorCollection,
    AsyncIOMotorDatabase,
)
from pymongo import (
    ASCENDING,
    DESCENDING,
    DeleteMany,
    DeleteOne,
    InsertOne,
    ReplaceOne,
    ReturnDocument,
    UpdateMany,
    UpdateOne,
)
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WaitQueueTimeoutError,
    WriteConcernError,
    WTimeoutError,
)
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from chassis.outcomes import Transient
from chassis.settings import Settings

__all__ = [
    "ASCENDING",
    "DESCENDING",
    "DUPLICATE_KEY",
    "BulkWriteError",
    "Collection",
    "Database",
    "DeleteMany",
    "DeleteOne",
    "Document",
    "DuplicateKey",
    "InsertOne",
    "MongoClient",
    "MongoSession",
    "ReplaceOne",
    "ReturnDocument",
    "UpdateMany",
    "UpdateOne",
    "connect",
    "database",
    "duplicates_in",
    "is_outage",
    "ping",
    "transaction",
    "translate_errors",
]

Document: TypeAlias = dict[str, Any]
MongoClient: TypeAlias = AsyncIOMotorClient[Document]
MongoSession: TypeAlias = AsyncIOMotorClientSession
Database: TypeAlias = AsyncIOMotorDatabase[Document]
Collection: TypeAlias = AsyncIOMotorCollection[Document]
DuplicateKey = DuplicateKeyError
DUPLICATE_KEY: Final = 11000  # the server's code for a unique key that is taken

SERVER_SELECTION_MS: Final = 5_000  # an election takes one or two seconds; longer is an outage the caller should see
SOCKET_MS: Final = 20_000  # the slowest legitimate operation is a report's export, read in batches well under this
WRITE_ACKNOWLEDGED_MS: Final = 10_000
POOL_MAX: Final = 50  # one replica of a service; the database serves hundreds of such pools

# Server errors that pass by themselves: elections, shutdowns, write conflicts, time limits.
# Source: MongoDB's "Retryable Reads" and "Retryable Writes" specifications, and error_codes.yml.
_PASSING_BY_THEMSELVES: Final = frozenset(
    {6, 7, 50, 64, 89, 91, 112, 133, 134, 189, 202, 234, 251, 262, 290, 9001, 10107, 11600, 11602, 13435, 13436}
)
# Those that an operator has to mend, and no message is the cause of: not (any more) authorised, no majority configured,
# locks and sessions used up, writes blocked, overloaded, disk full. Parking what arrives meanwhile would lose it.
_PASSING_ONCE_MENDED: Final = frozenset({13, 18, 24, 46, 100, 261, 365, 371, 14031})
_PASSING_CODES: Final = _PASSING_BY_THEMSELVES | _PASSING_ONCE_MENDED
_PASSING_LABELS: Final = ("RetryableWriteError", "TransientTransactionError", "UnknownTransactionCommitResult")


def connect(settings: Settings) -> MongoClient:
    """A client that has not connected yet: it does so, and again after every outage, when it is used."""
    return AsyncIOMotorClient(
        settings.mongo,
        tz_aware=True,
        tzinfo=UTC,
        w="majority",
        journal=True,
        wTimeoutMS=WRITE_ACKNOWLEDGED_MS,
        readConcernLevel="majority",
        retryWrites=True,
        retryReads=True,
        serverSelectionTimeoutMS=SERVER_SELECTION_MS,
        connectTimeoutMS=SERVER_SELECTION_MS,
        socketTimeoutMS=SOCKET_MS,
        waitQueueTimeoutMS=SERVER_SELECTION_MS,
        maxPoolSize=POOL_MAX,
        appname=f"examhall-{settings.instance}"[:128],
    )


def database(client: MongoClient, name: str) -> Database:
    """The database with the durability this project promises, whatever the address given by the operator says."""
    return client.get_database(
        name,
        codec_options=CodecOptions(document_class=dict[str, Any], tz_aware=True, tzinfo=UTC),
        write_concern=WriteConcern(w="majority", j=True, wtimeout=WRITE_ACKNOWLEDGED_MS),
        read_concern=ReadConcern("majority"),
    )


async def ping(client: MongoClient) -> None:
    """Raises Transient when no primary answers."""
    with translate_errors():
        await client.admin.command("ping")


def _passing(code: object, labels: object = ()) -> bool:
    return code in _PASSING_CODES or (
        isinstance(labels, (list, tuple)) and any(each in labels for each in _PASSING_LABELS)
    )


def is_outage(error: BaseException) -> bool:
    """Whether the same operation may succeed later: no server, an election, a broken connection, a write conflict."""
    if isinstance(
        error,
        (
            AutoReconnect,
            ConnectionFailure,
            NetworkTimeout,
            ServerSelectionTimeoutError,
            WaitQueueTimeoutError,
            ExecutionTimeout,
            WTimeoutError,
        ),
    ):
        return True
    if isinstance(error, BulkWriteError):
        details: Mapping[str, Any] = error.details or {}
        # One is enough: whatever else is wrong with the rest shows when the whole is repeated.
        failures = details.get("writeErrors", ())
        passing = any(_passing(each.get("code"), each.get("errorLabels", ())) for each in failures)
        return passing or bool(details.get("writeConcernErrors"))
    if isinstance(error, WriteConcernError):
        return True
    if isinstance(error, OperationFailure):
        return _passing(error.code) or any(error.has_error_label(label) for label in _PASSING_LABELS)
    return isinstance(error, PyMongoError) and any(error.has_error_label(label) for label in _PASSING_LABELS)


def duplicates_in(error: BulkWriteError) -> list[int]:
    """Which operations of a bulk write found their key taken. Raises `error` when anything else went wrong."""
    details: Mapping[str, Any] = error.details or {}
    failures = [*details.get("writeErrors", ()), *details.get("writeConcernErrors", ())]
    if any(each.get("code") != DUPLICATE_KEY for each in failures):
        raise error
    return [each["index"] for each in failures]


@contextmanager
def translate_errors() -> Iterator[None]:
    """Outages inside become Transient, everything else passes.

    Usable around awaits: it holds nothing.
    """
    try:
        yield
    except PyMongoError as error:
        if is_outage(error):
            raise Transient(f"MongoDB: {error}") from error
        raise


@asynccontextmanager
async def transaction(client: MongoClient) -> AsyncIterator[MongoSession]:
    """Several documents in one step. Pass the session to each operation; an error inside takes everything back.

    Raises:
        Transient: the outcome was refused or is unknown because of an outage; the whole step may be repeated.

    """
    with translate_errors():
        async with (
            await client.start_session() as session,
            session.start_transaction(
                read_concern=ReadConcern("snapshot"),
                write_concern=WriteConcern(w="majority", j=True, wtimeout=WRITE_ACKNOWLEDGED_MS),
            ),
        ):
            yield session
