"""The report as one HTML file: nothing is loaded from anywhere, light and dark, readable without colours or a mouse."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Final

from examhall.rehearsal.report import Phase, Plot, Promise, Report

_WIDTH: Final = 720
_HEIGHT: Final = 180
_LEFT: Final = 64
_BOTTOM: Final = 28
_TOP: Final = 10
_COMPLAINTS_MAX: Final = 50
_TICKS: Final = 4

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1c2430; --soft: #566274; --page: #f6f7f9; --card: #fff; --line: #d9dee6;
  --good: #17663a; --good-back: #e2f4e9; --bad: #a3182a; --bad-back: #fde7e9;
  --one: #1f6feb; --two: #b3541e; --three: #17663a }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ebf1; --soft: #a5b0c0; --page: #12161c; --card: #1b212a;
  --line: #333c4a; --good: #7fd8a3; --good-back: #12331f; --bad: #ff9aa6; --bad-back: #431a20; --one: #79b0ff;
  --two: #f0a070;
  --three: #7fd8a3 } }
* { box-sizing: border-box } body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", "Noto Sans", sans-serif }
main { max-width: 62rem; margin: 0 auto; padding: 2rem 1rem 4rem } h1 { font-size: 1.6rem; margin: 0 }
h2 { font-size: 1.15rem; margin: 0 0 .6rem } .soft { color: var(--soft) }
section, header { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1.2rem;
  margin: 0 0 1rem }
.verdict { display: inline-block; margin: .6rem 0 0; padding: .25rem .8rem; border-radius: 1rem; font-weight: 600 }
.good { color: var(--good); background: var(--good-back) } .bad { color: var(--bad); background: var(--bad-back) }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .8rem; margin: 1rem 0 0 }
.figures div { border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .8rem }
.figures dt { color: var(--soft); font-size: .85rem }
.figures dd { margin: 0; font-size: 1.35rem; font-weight: 600;
  font-variant-numeric: tabular-nums }
.scroll { overflow-x: auto } table { border-collapse: collapse; width: 100% }
th, td { text-align: start; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
th[scope="row"] { font-weight: 500; min-width: 9rem }
td.number, th.number { text-align: end; font-variant-numeric: tabular-nums; white-space: nowrap }
.mark { font-weight: 600; padding: .05rem .5rem; border-radius: .8rem; white-space: nowrap }
svg { width: 100%; height: auto; display: block } svg text { fill: var(--soft); font-size: 11px }
svg .axis { stroke: var(--line) } svg .target { stroke: var(--bad); stroke-dasharray: 6 4 }
svg path { fill: none; stroke-width: 2 } .c0 { stroke: var(--one) } .c1 { stroke: var(--two); stroke-dasharray: 1 0 }
.c2 { stroke: var(--three) } figure { margin: 0 0 1.4rem } figcaption { font-weight: 600 }
.key { display: inline-block; width: 1.4rem; height: 0; border-top: 3px solid; vertical-align: middle;
  margin: 0 .3rem 0 .8rem }
.k0 { color: var(--one) } .k1 { color: var(--two) } .k2 { color: var(--three) } ul { margin: 0; padding-left: 1.2rem }
@media print { section, header { break-inside: avoid } }
"""


def page(report: Report, at: datetime | None = None) -> str:
    """`at` is the moment printed at the top, now when left out."""
    made_at = (at or datetime.now(UTC)).strftime("%Y-%m-%d %H:%M UTC")
    verdict = "Ready: every target was held" if report.passed else "Not ready: a target was missed"
    body = "".join(
        (
            "<header>",
            f"<h1>{escape(report.title)}</h1>",
            f'<div class="soft">{escape(report.broker)} · {made_at} · took {_duration(report.wall_s)}</div>',
            f'<div class="verdict {"good" if report.passed else "bad"}">{verdict}</div>',
            _figures(report),
            "</header>",
            _limit(report),
            _promises(report.promises),
            _percentiles(report.percentiles),
            _plots(report.plots),
            _phases(report.phases),
            _counts(report.counts),
            _list("What went wrong", [*report.failures, *_first(report.complaints)]),
            _list("Notes", report.notes),
            _list("What stays behind", report.stays),
        )
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(report.title)}</title><style>{_STYLE}</style></head><body><main>{body}</main></body></html>\n"
    )


def _first(texts: Sequence[str]) -> list[str]:
    more = len(texts) - _COMPLAINTS_MAX
    return [*texts[:_COMPLAINTS_MAX], *([f"... and {more} more"] if more > 0 else [])]


def _figures(report: Report) -> str:
    ack, lag = report.percentiles.get("ack", {}), report.percentiles.get("lag", {})
    figures = (
        ("candidates", f"{report.candidates:,}"),
        ("answers saved", f"{report.answers_acknowledged:,}"),
        ("answers lost", f"{report.answers_lost:,}"),
        ("saved within, p99", _milliseconds(ack.get("p99"))),
        ("on the dashboard within, p99", _milliseconds(lag.get("p99"))),
    )
    return (
        f'<dl class="figures">{"".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in figures)}</dl>'
    )


def _limit(report: Report) -> str:
    if report.limit is None:
        return ""
    limit = {name: escape(str(value)) for name, value in report.limit.items()}
    return (
        f"<section><h2>The first limit met</h2><p><strong>After {limit['at_seconds']} s: {limit['what']}.</strong> "
        f"{limit['why']}.</p><p>What moves it: {limit['moves']}</p></section>"
    )


def _promises(promises: Sequence[Promise]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(each.promised)}</th><td>{escape(each.seen)}</td>'
        f'<td><span class="mark {"good" if each.kept else "bad"}">{"held" if each.kept else "missed"}</span></td></tr>'
        for each in promises
    )
    head = '<tr><th scope="col">target</th><th scope="col">seen</th><th scope="col">outcome</th></tr>'
    return _section("What held, and what did not", _table(head, rows))


def _percentiles(percentiles: dict[str, dict[str, float | None]]) -> str:
    measured = {name: found for name, found in percentiles.items() if any(each is not None for each in found.values())}
    if not measured:
        return ""
    columns = list(next(iter(measured.values())))
    head = "".join(f'<th scope="col" class="number">{each}</th>' for each in columns)
    rows = "".join(
        f'<tr><th scope="row">{escape(_DELAYS.get(name, name))}</th>'
        + "".join(f'<td class="number">{_milliseconds(found.get(each))}</td>' for each in columns)
        + "</tr>"
        for name, found in measured.items()
    )
    return _section("How long things took", _table(f'<tr><th scope="col">from, to</th>{head}</tr>', rows))


def _phases(phases: Sequence[Phase]) -> str:
    if not phases:
        return ""
    names = list(phases[0].figures)
    head = "".join(f'<th scope="col" class="number">{escape(each)}</th>' for each in names)
    rows = "".join(
        f'<tr><th scope="row">{escape(each.name)}<br><span class="soft">{each.from_s} to {each.to_s} s</span></th>'
        + "".join(f'<td class="number">{_number(each.figures.get(name))}</td>' for name in names)
        + "</tr>"
        for each in phases
    )
    return _section("Phase by phase", _table(f'<tr><th scope="col">phase</th>{head}</tr>', rows))


def _counts(counts: dict[str, int]) -> str:
    if not counts:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td class="number">{number:,}</td></tr>'
        for name, number in counts.items()
    )
    head = '<tr><th scope="col">what</th><th scope="col" class="number">how often</th></tr>'
    return _section("What was counted", _table(head, rows))


def _plots(plots: Sequence[Plot]) -> str:
    return _section("Over time", "".join(_plot(each) for each in plots)) if plots else ""


def _plot(plot: Plot) -> str:
    values = [each for line in plot.lines.values() for each in line if each is not None]
    if not values:
        return ""
    highest = max(*values, (plot.target or 0) * 1.1) or 1.0
    first, last = plot.seconds[0], max(plot.seconds[-1], plot.seconds[0] + 1)

    def x(second: float) -> float:
        return _LEFT + (second - first) / (last - first) * (_WIDTH - _LEFT - 8)

    def y(value: float) -> float:
        return _TOP + (1 - value / highest) * (_HEIGHT - _TOP - _BOTTOM)

    parts = []
    for tick in range(_TICKS + 1):
        value, second = highest * tick / _TICKS, first + (last - first) * tick / _TICKS
        parts.append(f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - 8}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>')
        parts.append(
            f'<text x="{_LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{_number(round(value, 1))}</text>'
        )
        anchor = "end" if tick == _TICKS else "middle"
        parts.append(f'<text x="{x(second):.1f}" y="{_HEIGHT - 8}" text-anchor="{anchor}">{second:.0f} s</text>')
    if plot.target is not None:
        parts.append(
            f'<line class="target" x1="{_LEFT}" x2="{_WIDTH - 8}" y1="{y(plot.target):.1f}" y2="{y(plot.target):.1f}"/>'
        )
    for number, line in enumerate(plot.lines.values()):
        steps = _steps(
            (x(second), None if value is None else y(value)) for second, value in zip(plot.seconds, line, strict=True)
        )
        parts.append(f'<path class="c{number}" d="{steps}"/>')
    keys = "".join(
        f'<span class="key k{number}"></span>{escape(name)}{_highest(line)}'
        for number, (name, line) in enumerate(plot.lines.items())
    )
    target = f" · dashed: target {_number(plot.target)}" if plot.target is not None else ""
    words = "; ".join(f"{name}{_highest(line)}" for name, line in plot.lines.items())
    return (
        f'<figure><figcaption>{escape(plot.title)} <span class="soft">({escape(plot.unit)})</span></figcaption>'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(plot.title)}, {escape(plot.unit)}: '
        f'{escape(words)}">{"".join(parts)}</svg><div class="soft">{keys}{target}</div></figure>'
    )


def _highest(line: Sequence[float | None]) -> str:
    found = [each for each in line if each is not None]
    return f", at most {_number(max(found))}" if found else ", nothing"


def _steps(points: Iterable[tuple[float, float | None]]) -> str:
    """The path, with a gap where nothing was measured. A lone point becomes a short dash."""
    path, pen = [], False
    for x, y in points:
        if y is None:
            pen = False
            continue
        path.append(f"{'L' if pen else 'M'}{x:.1f} {y:.1f}" + ("" if pen else "h1"))
        pen = True
    return "".join(path)


def _list(title: str, texts: Sequence[str]) -> str:
    return _section(title, f"<ul>{''.join(f'<li>{escape(each)}</li>' for each in texts)}</ul>") if texts else ""


def _section(title: str, content: str) -> str:
    return f"<section><h2>{title}</h2>{content}</section>"


def _table(head: str, rows: str) -> str:
    # Wide tables scroll by themselves; the frame takes the keyboard's focus so that arrow keys reach it.
    table = f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"
    return f'<div class="scroll" tabindex="0" role="group" aria-label="table">{table}</div>'


def _milliseconds(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f} ms"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}" if value >= 10 or value == round(value) else f"{value:,.1f}"  # noqa: PLR2004


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


_DELAYS: Final = {
    "join": "from the code to the waiting room",
    "start": "from the proctor's click to the questions",
    "ack": "from an answer to Saved",
    "lag": "from an answer to the dashboard",
    "submit": "from handing in to the receipt",
    "back": "from a lost connection to the next welcome",
    "tick": "how late the simulator itself was",
}
