"""A key's partition is the one every Kafka client computes."""

from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from chassis.publisher import _Partitioner


@given(st.binary(max_size=64), st.integers(min_value=1, max_value=64))
def test_a_remembered_hash_leads_to_the_usual_partition(key: bytes, partitions: int):
    known = list(range(partitions))
    usual = DefaultPartitioner()(key, known, known)
    ours = _Partitioner()
    assert ours(key, known, known) == usual
    assert ours(key, known, known) == usual
