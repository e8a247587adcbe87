"""Figures over many people: times, the distribution of scores, and classical test theory per item.

Sums are exact (integers and decimals), so that no order of adding makes a difference in the last digit.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from contracts.items import SectionOutline
from contracts.resources.reporting import Bucket, ItemStatistics, Times
from contracts.scoring import ItemScore, Result

BUCKET_PERCENT: Final = 10
PERCENT_STEP: Final = Decimal("0.01")
SECONDS_STEP: Final = Decimal("0.001")
INDEX_STEP: Final = Decimal("0.001")  # three decimals, as item statistics are usually printed
POINT_UNITS: Final = 10_000  # points have at most four decimals


def _rounded(value: Decimal, step: Decimal) -> Decimal:
    return value.quantize(step, ROUND_HALF_UP)


def share_percent(part: int, whole: int) -> Decimal | None:
    return _rounded(Decimal(part * 100) / whole, PERCENT_STEP) if whole else None


def times_of(elapsed_ms: Sequence[int]) -> Times:
    if not elapsed_ms:
        return Times(mean_seconds=None, median_seconds=None, shortest_seconds=None, longest_seconds=None)
    ordered = sorted(elapsed_ms)
    middle = len(ordered) // 2
    median = Decimal(ordered[middle]) if len(ordered) % 2 else Decimal(ordered[middle - 1] + ordered[middle]) / 2

    def seconds(milliseconds: Decimal) -> Decimal:
        return _rounded(milliseconds / 1000, SECONDS_STEP)

    return Times(
        mean_seconds=seconds(Decimal(sum(ordered)) / len(ordered)),
        median_seconds=seconds(median),
        shortest_seconds=seconds(Decimal(ordered[0])),
        longest_seconds=seconds(Decimal(ordered[-1])),
    )


def mean_of(percents: Sequence[Decimal]) -> Decimal | None:
    return _rounded(sum(percents, Decimal(0)) / len(percents), PERCENT_STEP) if percents else None


def histogram(percents: Sequence[Decimal]) -> list[Bucket]:
    counts = [0] * (100 // BUCKET_PERCENT)
    for percent in percents:
        counts[min(int(percent) // BUCKET_PERCENT, len(counts) - 1)] += 1
    return [
        Bucket(
            from_percent=number * BUCKET_PERCENT, to_percent=(number + 1) * BUCKET_PERCENT, participants=participants
        )
        for number, participants in enumerate(counts)
    ]


def item_statistics(outline: Sequence[SectionOutline], results: Sequence[Result]) -> list[ItemStatistics]:
    """One line per item of the outline, in its order.

    Whoever's response still waits for a reviewer is left out of that item's difficulty, and out of every
    discrimination, whose rest score would be incomplete.
    """
    scores = [{score.item_id: score for score in result.items} for result in results]
    whole = [
        {item_id: _units(score.points) for item_id, score in each.items() if score.points is not None}
        for each in scores
        if all(score.points is not None for score in each.values())
    ]
    totals = [sum(each.values()) for each in whole]
    lines = []
    for section in outline:
        for item in section.items:
            found = [each[item.item_id] for each in scores if item.item_id in each]
            pairs = [
                (each[item.item_id], total - each[item.item_id])
                for each, total in zip(whole, totals, strict=True)
                if item.item_id in each
            ]
            lines.append(
                ItemStatistics(
                    item_id=item.item_id,
                    title=item.title,
                    answered=sum(score.answered for score in found),
                    difficulty=_difficulty(found),
                    discrimination=correlation(pairs),
                )
            )
    return lines


def _units(points: Decimal) -> int:
    return int(points * POINT_UNITS)


def _difficulty(scores: Sequence[ItemScore]) -> Decimal | None:
    scored = [score for score in scores if score.points is not None]
    available = sum((score.points_available for score in scored), Decimal(0))
    if not available:
        return None
    return _rounded(
        sum((score.points for score in scored if score.points is not None), Decimal(0)) / available, INDEX_STEP
    )


def correlation(pairs: Sequence[tuple[int, int]]) -> Decimal | None:
    """Pearson's product-moment correlation; None with fewer than two pairs or without variance on a side."""
    count = len(pairs)
    sum_x, sum_y = sum(x for x, _ in pairs), sum(y for _, y in pairs)
    variance_x = count * sum(x * x for x, _ in pairs) - sum_x * sum_x
    variance_y = count * sum(y * y for _, y in pairs) - sum_y * sum_y
    if not variance_x or not variance_y:
        return None
    covariance = count * sum(x * y for x, y in pairs) - sum_x * sum_y
    return _rounded(Decimal(covariance) / (Decimal(variance_x).sqrt() * Decimal(variance_y).sqrt()), INDEX_STEP)
