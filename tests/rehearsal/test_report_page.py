"""The report's page says what the report says, loads nothing, and believes no name."""

from datetime import UTC, datetime
from html.parser import HTMLParser

from window_story import concluded, full, whole

from examhall.rehearsal.report import Plot, Promise, Report
from examhall.rehearsal.report_page import page

AT = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
VOID = {"meta", "br", "line"}


class Reader(HTMLParser):
    """Checks that every element is closed where it should be, and keeps texts and attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_a_ready_deployment_is_called_so():
    report = concluded(full(), whole())
    read = Reader(page(report, AT))
    text = " ".join(read.texts)
    assert "Ready: every target was held" in text
    assert "2026-05-04 09:30 UTC" in text
    for promise in report.promises:
        assert promise.promised in text
    assert text.count("held") >= len(report.promises)


def test_a_missed_target_and_the_first_limit_are_named():
    measured = full()
    measured.count("429 too-many-requests (joins)", 3)
    measured.count("sockets dropped by the system", 5)
    text = " ".join(Reader(page(concluded(measured, whole()), AT)).texts)
    assert "Not ready" in text
    assert "After 3 s" in text
    assert "EXAMHALL_JOINS_PER_ADDRESS_PER_MINUTE" in text


def test_nothing_is_loaded_from_anywhere():
    read = Reader(page(concluded(full(), whole()), AT))
    assert not {name for name, _ in read.attributes} & {"src", "href", "srcset", "xlink:href", "action"}
    assert "url(" not in page(concluded(full(), whole()), AT)
    assert "@import" not in page(concluded(full(), whole()), AT)


def test_names_are_shown_and_never_run():
    report = Report(candidates=1, broker="<script>alert(1)</script>", title="<b>bold</b>")
    report.promises = [Promise("<i>a</i>", '"quoted"', kept=True)]
    report.complaints = ["<img src=x onerror=alert(1)>"]
    report.limit = {"at_seconds": 1, "what": "<u>", "why": "&", "moves": "</section>"}
    text = page(report, AT)
    Reader(text)
    for tag in ("<script", "<b>", "<i>", "<img", "<u>"):
        assert tag not in text


def test_a_plot_breaks_where_nothing_was_measured_and_says_its_highest_value():
    report = Report(candidates=1, broker="")
    report.plots = [Plot("Delay", "ms", [0, 10, 20, 30], {"p99": [1.0, None, 3.0, 4.0]}, target=250.0)]
    text = page(report, AT)
    path = text.split('class="c0" d="')[1].split('"')[0]
    assert path.count("M") == 2
    assert path.count("L") == 1
    assert "at most 4" in text


def test_a_plot_without_values_is_left_out():
    report = Report(candidates=1, broker="")
    report.plots = [Plot("Delay", "ms", [0], {"p99": [None]})]
    assert "<svg" not in page(report, AT)
