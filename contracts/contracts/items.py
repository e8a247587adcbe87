"""Items as authors write them (with their keys), as candidates see them (without), and the responses to them.

An author's item is its candidate form plus `key`. The split is structural: the form classes have no field that could
carry a key, so a projection cannot leak one.
"""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, TypeAdapter, model_validator

from contracts import limits
from contracts.model import Id, LongText, Name, Part, Points

ShortText = Annotated[str, StringConstraints(max_length=1_000)]
AcceptedTexts = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=1_000)]], Field(min_length=1, max_length=50)
]
PositivePoints = Annotated[Points, Field(gt=0)]


class Choice(Part):
    choice_id: Id
    text: LongText


Choices = Annotated[list[Choice], Field(min_length=2, max_length=limits.CHOICES_MAX)]


class Blank(Part):
    blank_id: Id
    label: Name


class Criterion(Part):
    """One line of a rubric: up to `points` for what `description` asks."""

    criterion_id: Id
    title: Name
    description: LongText = ""
    points: PositivePoints


class _ItemForm(Part):
    item_id: Id
    title: Name = Field(description="For staff: how the item is called in lists and statistics")
    prompt: LongText = Field(min_length=1, description="CommonMark")
    points: PositivePoints


# What candidates see


class SingleChoiceForm(_ItemForm):
    type: Literal["single_choice"] = "single_choice"
    choices: Choices
    shuffle: bool = False


class MultipleChoiceForm(_ItemForm):
    type: Literal["multiple_choice"] = "multiple_choice"
    choices: Choices
    shuffle: bool = False


class TrueFalseForm(_ItemForm):
    type: Literal["true_false"] = "true_false"


class ShortTextForm(_ItemForm):
    type: Literal["short_text"] = "short_text"


class NumericForm(_ItemForm):
    type: Literal["numeric"] = "numeric"
    unit: Annotated[str, StringConstraints(max_length=40)] = ""


class OrderingForm(_ItemForm):
    type: Literal["ordering"] = "ordering"
    choices: Choices


class MatchingForm(_ItemForm):
    type: Literal["matching"] = "matching"
    sources: Choices
    targets: Choices


class FillInForm(_ItemForm):
    """The prompt marks each gap as `{{blank_id}}`."""

    type: Literal["fill_in"] = "fill_in"
    blanks: Annotated[list[Blank], Field(min_length=1, max_length=limits.CHOICES_MAX)]


class EssayForm(_ItemForm):
    type: Literal["essay"] = "essay"
    words_max: Annotated[int, Field(ge=1, le=20_000)] | None = None


ItemForm = Annotated[
    SingleChoiceForm
    | MultipleChoiceForm
    | TrueFalseForm
    | ShortTextForm
    | NumericForm
    | OrderingForm
    | MatchingForm
    | FillInForm
    | EssayForm,
    Field(discriminator="type"),
]


# Keys: session-svc and scoring-svc only


class SingleChoiceKey(Part):
    correct: Id


class MultipleChoiceKey(Part):
    """Partial credit: (right picks - wrong picks) / right choices, never below zero."""

    correct: Annotated[list[Id], Field(min_length=1)]
    partial_credit: bool = False


class TrueFalseKey(Part):
    correct: bool


class ShortTextKey(Part):
    """White space is folded before comparing; case is too unless `case_sensitive`."""

    accepted: AcceptedTexts
    case_sensitive: bool = False


class NumericKey(Part):
    """Right when |given - value| <= tolerance, or <= tolerance x |value| for a relative one."""

    value: Decimal
    tolerance: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    relative: bool = False


class OrderingKey(Part):
    """Partial credit: share of neighbouring pairs that stand in the right order next to each other."""

    order: Annotated[list[Id], Field(min_length=2)]
    partial_credit: bool = False


class MatchingKey(Part):
    """Source id -> target id. Partial credit: share of right pairs."""

    pairs: Annotated[dict[Id, Id], Field(min_length=1)]
    partial_credit: bool = False


class FillInKey(Part):
    """Blank id -> accepted texts. Partial credit: share of right blanks."""

    accepted: Annotated[dict[Id, AcceptedTexts], Field(min_length=1)]
    case_sensitive: bool = False
    partial_credit: bool = True


class EssayKey(Part):
    rubric: Annotated[list[Criterion], Field(min_length=1, max_length=limits.CRITERIA_MAX)]


def _same(what: str, given: list[str], wanted: list[str]) -> None:
    if len(set(given)) != len(given):
        raise ValueError(f"{what} names one twice")
    if set(given) != set(wanted):
        raise ValueError(f"{what} must name exactly: {', '.join(wanted)}")


def _among(what: str, given: list[str], wanted: list[str]) -> None:
    if len(set(given)) != len(given):
        raise ValueError(f"{what} names one twice")
    unknown = sorted(set(given) - set(wanted))
    if unknown:
        raise ValueError(f"{what} names unknown: {', '.join(unknown)}")


def _distinct(what: str, given: list[str]) -> None:
    if len(set(given)) != len(given):
        raise ValueError(f"{what} are not distinct")


# What authors write


class SingleChoice(SingleChoiceForm):
    key: SingleChoiceKey

    @model_validator(mode="after")
    def _key_fits(self) -> Self:
        _distinct("choices", [each.choice_id for each in self.choices])
        _among("key.correct", [self.key.correct], [each.choice_id for each in self.choices])
        return self


class MultipleChoice(MultipleChoiceForm):
    key: MultipleChoiceKey

    @model_validator(mode="after")
    def _key_fits(self) -> Self:
        _distinct("choices", [each.choice_id for each in self.choices])
        _among("key.correct", self.key.correct, [each.choice_id for each in self.choices])
        return self


class TrueFalse(TrueFalseForm):
    key: TrueFalseKey


class ShortTextItem(ShortTextForm):
    key: ShortTextKey


class Numeric(NumericForm):
    key: NumericKey


class Ordering(OrderingForm):
    key: OrderingKey

    @model_validator(mode="after")
    def _key_fits(self) -> Self:
        _distinct("choices", [each.choice_id for each in self.choices])
        _same("key.order", self.key.order, [each.choice_id for each in self.choices])
        return self


class Matching(MatchingForm):
    key: MatchingKey

    @model_validator(mode="after")
    def _key_fits(self) -> Self:
        _distinct("sources", [each.choice_id for each in self.sources])
        _distinct("targets", [each.choice_id for each in self.targets])
        _same("key.pairs", list(self.key.pairs), [each.choice_id for each in self.sources])
        _among("key.pairs' targets", sorted(set(self.key.pairs.values())), [each.choice_id for each in self.targets])
        return self


class FillIn(FillInForm):
    key: FillInKey

    @model_validator(mode="after")
    def _key_fits(self) -> Self:
        blanks = [each.blank_id for each in self.blanks]
        _distinct("blanks", blanks)
        _same("key.accepted", list(self.key.accepted), blanks)
        absent = [each for each in blanks if f"{{{{{each}}}}}" not in self.prompt]
        if absent:
            raise ValueError(f"the prompt has no gap for: {', '.join(absent)}")
        return self


class Essay(EssayForm):
    key: EssayKey

    @model_validator(mode="after")
    def _key_fits(self) -> Self:
        _distinct("rubric criteria", [each.criterion_id for each in self.key.rubric])
        total = sum((each.points for each in self.key.rubric), Decimal(0))
        if total != self.points:
            raise ValueError(f"the rubric adds up to {total} points, the item gives {self.points}")
        return self


Item = Annotated[
    SingleChoice | MultipleChoice | TrueFalse | ShortTextItem | Numeric | Ordering | Matching | FillIn | Essay,
    Field(discriminator="type"),
]

_form_adapter: TypeAdapter[ItemForm] = TypeAdapter(ItemForm)


def form_of(item: Item) -> ItemForm:
    """The item as a candidate may see it."""
    return _form_adapter.validate_python(item.model_dump(exclude={"key"}))


# Responses


class SingleChoiceResponse(Part):
    type: Literal["single_choice"] = "single_choice"
    choice_id: Id


class MultipleChoiceResponse(Part):
    type: Literal["multiple_choice"] = "multiple_choice"
    choice_ids: Annotated[list[Id], Field(max_length=limits.CHOICES_MAX)]


class TrueFalseResponse(Part):
    type: Literal["true_false"] = "true_false"
    value: bool


class ShortTextResponse(Part):
    type: Literal["short_text"] = "short_text"
    text: ShortText


class NumericResponse(Part):
    """What was typed, so that nothing is lost to rounding; scoring reads it as a decimal."""

    type: Literal["numeric"] = "numeric"
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]


class OrderingResponse(Part):
    type: Literal["ordering"] = "ordering"
    choice_ids: Annotated[list[Id], Field(max_length=limits.CHOICES_MAX)]


class MatchingResponse(Part):
    type: Literal["matching"] = "matching"
    pairs: Annotated[dict[Id, Id], Field(max_length=limits.CHOICES_MAX)]


class FillInResponse(Part):
    type: Literal["fill_in"] = "fill_in"
    texts: Annotated[dict[Id, ShortText], Field(max_length=limits.CHOICES_MAX)]


class EssayResponse(Part):
    type: Literal["essay"] = "essay"
    text: Annotated[str, StringConstraints(max_length=limits.RESPONSE_BYTES)]


Response = Annotated[
    SingleChoiceResponse
    | MultipleChoiceResponse
    | TrueFalseResponse
    | ShortTextResponse
    | NumericResponse
    | OrderingResponse
    | MatchingResponse
    | FillInResponse
    | EssayResponse,
    Field(discriminator="type"),
]
response_adapter: TypeAdapter[Response] = TypeAdapter(Response)


# Assessments


class Section(Part):
    section_id: Id
    title: Name
    instructions: LongText = ""
    shuffle: bool = Field(default=False, description="Each candidate gets the section's items in an order of their own")
    items: Annotated[list[Item], Field(min_length=1, max_length=limits.ITEMS_MAX)]


class SectionForm(Part):
    section_id: Id
    title: Name
    instructions: LongText = ""
    shuffle: bool = False
    items: list[ItemForm]


class AssessmentContent(Part):
    """What an author writes and publishes."""

    title: Name
    description: LongText = ""
    sections: Annotated[list[Section], Field(min_length=1, max_length=limits.SECTIONS_MAX)]
    pass_mark_percent: Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]
    time_limit_seconds: Annotated[int, Field(ge=limits.TIME_LIMIT_SECONDS_MIN, le=limits.TIME_LIMIT_SECONDS_MAX)]
    certificate: bool = False

    @model_validator(mode="after")
    def _ids_are_distinct(self) -> Self:
        _distinct("section ids", [section.section_id for section in self.sections])
        items = [item.item_id for section in self.sections for item in section.items]
        _distinct("item ids", items)
        if len(items) > limits.ITEMS_MAX:
            raise ValueError(f"an assessment has at most {limits.ITEMS_MAX} items")
        return self


class AssessmentForm(Part):
    """What a candidate gets."""

    assessment_id: Id
    assessment_version: int
    title: Name
    description: LongText = ""
    sections: list[SectionForm]
    time_limit_seconds: int


class ItemOutline(Part):
    """Enough to check a response and count progress; no prompt, no key."""

    item_id: Id
    type: str
    title: Name
    points: Points


class SectionOutline(Part):
    section_id: Id
    title: Name
    items: list[ItemOutline]


def outline_of(content: AssessmentContent) -> list[SectionOutline]:
    return [
        SectionOutline(
            section_id=section.section_id,
            title=section.title,
            items=[
                ItemOutline(item_id=item.item_id, type=item.type, title=item.title, points=item.points)
                for item in section.items
            ],
        )
        for section in content.sections
    ]
