"""Which of MongoDB's refusals are the database's own trouble, to be waited for, and which are a message's fault."""

import pytest
from pymongo.errors import BulkWriteError, OperationFailure, WriteError

from chassis.mongo import is_outage, translate_errors
from chassis.outcomes import Transient

DUPLICATE = 11000
TOO_LARGE = 10334
STEPPED_DOWN = 189
DISK_FULL = 14031
WRITES_BLOCKED = 371


def bulk_error(*codes: int, write_concern: int | None = None) -> BulkWriteError:
    concern = [] if write_concern is None else [{"code": write_concern, "errmsg": "not acknowledged"}]
    return BulkWriteError(
        {
            "writeErrors": [{"index": index, "code": code, "errmsg": "no"} for index, code in enumerate(codes)],
            "writeConcernErrors": concern,
        }
    )


@pytest.mark.parametrize("code", [DISK_FULL, WRITES_BLOCKED, STEPPED_DOWN])
def test_what_the_database_refuses_for_a_reason_of_its_own_is_waited_for(code: int):
    assert is_outage(OperationFailure("no", code))
    assert is_outage(WriteError("no", code))
    assert is_outage(bulk_error(code, code))


@pytest.mark.parametrize("code", [DUPLICATE, TOO_LARGE])
def test_what_is_wrong_with_a_document_is_not(code: int):
    assert not is_outage(OperationFailure("no", code))
    assert not is_outage(bulk_error(code))


def test_a_batch_of_which_a_part_was_refused_by_an_outage_is_repeated_whole():
    """The duplicates show again then; taken for the message's fault, the rest of the batch would be lost."""
    assert is_outage(bulk_error(DUPLICATE, WRITES_BLOCKED))
    assert is_outage(bulk_error(DUPLICATE, write_concern=STEPPED_DOWN))
    assert is_outage(bulk_error(DUPLICATE, write_concern=DISK_FULL))


def test_a_full_disk_becomes_transient():
    with pytest.raises(Transient), translate_errors():
        raise OperationFailure("no space left", DISK_FULL)
