"""The picture of the trend: how much of the scope is ready, day by day, readable on a phone and without colours.

Everything that the picture shows is named in it beside where it is, no legend to look up; `trend_text` says the same
in a sentence for those who hear it. The drawing library is large, so it is imported when the first picture is drawn.
"""

import io
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bot.release import words
from bot.release.trend import Counts, Trend

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

# Told apart by every kind of colour vision (Okabe and Ito), in greys, and by pattern: solid, hatched, dashed.
_READY, _READY_FILL = "#0072B2", "#A6CFE8"
_AT_RISK, _AT_RISK_FILL = "#B84A00", "#FCE6D6"
_INK, _FAINT, _GRID = "#222222", "#6B6B6B", "#E4E4E4"
_WIDTH, _HEIGHT, _DPI = 1200, 800, 200  # a phone shows a third of that, where 13 pt are still 12 pixels high
_LARGE, _MIDDLE, _SMALL = 17, 14, 12.5
_LEFT, _RIGHT, _BOTTOM, _TOP = 0.095, 0.985, 0.115, 0.74  # where the axes are, as shares of the picture
_NAMES = 0.3  # of the width stays free on the right of the last day, for the names of what is drawn
_LEAST_DATA = 0.35  # of the width is for the data: a release date further off is told, not drawn
_LINE = 50  # pixels between two names, so that they never run into each other

_drawing = threading.Lock()  # the library keeps settings and fonts in globals


def trend_chart(trend: Trend, title: str) -> bytes:
    """A PNG of 1200 x 800 pixels. Equal trends make equal bytes, with one version of the library."""
    return _draw(trend, title, "png")


def trend_svg(trend: Trend, title: str) -> bytes:
    """The same picture as SVG, with `trend_text` as its description."""
    drawn = _draw(trend, title, "svg").decode()
    head, opening, rest = drawn.partition("<svg ")
    attributes, end, body = rest.partition(">")
    said = f"<title>{escape(words.clean(title))}</title><desc>{escape(trend_text(trend))}</desc>"
    return f'{head}{opening}role="img" {attributes}{end}{said}{body}'.encode()


def trend_text(trend: Trend) -> str:
    """What the picture shows, in plain sentences, for its alternative text. At most a few hundred characters."""
    if not trend.points:
        return "There is no history yet, so there is no trend to show."
    first, last = trend.points[0], trend.points[-1]
    now, today = last.counts, last.day
    parts = [f"On {words.day(today)} {today.year}, {_share(now)}, {_risk(now)}."]
    if len(trend.points) > 1:
        span = f"since {words.day(first.day, today)} ({words.count((today - first.day).days, 'day')})"
        parts.append(f"Ready {span}: {_from_to(first.counts.ready, now.ready)}.")
        parts.append(f"Scope: {_from_to(first.counts.scope, now.scope)}.")
        worst = max(reversed(trend.points), key=lambda point: point.counts.at_risk)
        if worst.counts.at_risk > now.at_risk:
            parts.append(f"At risk or blocked: {worst.counts.at_risk:,} at most, on {words.day(worst.day, today)}.")
    if trend.release_date is not None and trend.days_left is not None:
        left = words.countdown(trend.days_left)
        parts.append(f"Release date: {words.day(trend.release_date)} {trend.release_date.year}, {left}.")
    return " ".join(parts)


def _share(now: Counts) -> str:
    return f"{now.ready:,} of {now.scope:,} ready or released"


def _risk(now: Counts) -> str:
    return f"{now.at_risk:,} at risk or blocked" if now.at_risk else "none at risk or blocked"


def _from_to(before: int, after: int) -> str:
    return f"{before:,} as before" if before == after else f"from {before:,} to {after:,}"


def _draw(trend: Trend, title: str, kind: Literal["png", "svg"]) -> bytes:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with _drawing, mpl.rc_context({"svg.hashsalt": "convoy", "svg.fonttype": "path", "hatch.linewidth": 2.2}):
        figure = Figure((_WIDTH / _DPI, _HEIGHT / _DPI), dpi=_DPI, facecolor="white")
        picture = _Picture(figure, trend, _Pens.load(Path(mpl.get_data_path(), "fonts", "ttf")))
        picture.head(title)
        if trend.points:
            picture.body()
        out = io.BytesIO()
        # Nothing of when or by what it was drawn: equal trends are equal files.
        figure.savefig(
            out, format=kind, metadata={"Software": None} if kind == "png" else {"Date": None, "Creator": None}
        )
    return out.getvalue()


@dataclass(frozen=True)
class _Pens:
    """The fonts that come with the library: the same on every machine, none looked up."""

    regular: "FontProperties"
    bold: "FontProperties"
    glyphs: frozenset[int]

    @classmethod
    def load(cls, folder: Path) -> "_Pens":
        from matplotlib.font_manager import FontProperties, get_font

        regular, bold = folder / "DejaVuSans.ttf", folder / "DejaVuSans-Bold.ttf"
        return cls(FontProperties(fname=regular), FontProperties(fname=bold), frozenset(get_font(bold).get_charmap()))

    def drawable(self, text: str) -> str:
        """The text with … for what the font cannot draw; empty when that is nearly all of it."""
        marked = "".join(c if ord(c) in self.glyphs and c.isprintable() else "\0" for c in words.clean(text, 200))
        kept = [part.strip() for part in marked.split("\0") if part.strip()]
        return " … ".join(kept) if sum(map(len, kept)) * 2 > len(marked) else ""


class _Picture:
    """One picture while it is drawn. Days are counted from the first; a day is as wide as 1."""

    def __init__(self, figure: "Figure", trend: Trend, pens: _Pens) -> None:
        self._figure, self._trend, self._pens = figure, trend, pens
        self._days = len(trend.points)

    def head(self, title: str) -> None:
        """The title and what it comes to, in words."""
        self._write(0.03, 0.905, self._pens.drawable(title), _LARGE, bold=True)
        self._write(0.03, 0.825, self._summary(), _SMALL, colour=_INK)

    def _summary(self) -> str:
        trend = self._trend
        if not trend.points:
            return "No history yet: the first point comes with the first pass."
        said = _share(trend.points[-1].counts)
        return said if trend.days_left is None else f"{said} · {words.countdown(trend.days_left)}"

    def _write(self, x: float, y: float, text: str, size: float, *, bold: bool = False, colour: str = _INK) -> None:
        """One line, as long as fits: what is too long is cut with …"""
        font = self._pens.bold if bold else self._pens.regular
        line = self._figure.text(x, y, text, fontproperties=font, size=size, color=colour, parse_math=False)
        room = (1 - 2 * x) * _WIDTH
        shown = text
        while (width := line.get_window_extent().width) > room and len(shown) > 1:
            shown = shown[: min(len(shown) - 1, max(1, int(len(shown) * room / width)))].rstrip()
            line.set_text(shown + "…")

    def body(self) -> None:
        """The axes and all that is in them."""
        axes = self._figure.add_axes((_LEFT, _BOTTOM, _RIGHT - _LEFT, _TOP - _BOTTOM))
        release = self._release()
        right = max(self._days / (1 - _NAMES), release + 0.04 * release if release is not None else 0)
        top = (
            max(1, *(p.counts.scope for p in self._trend.points), *(p.counts.ready for p in self._trend.points)) * 1.06
        )
        axes.set_xlim(0, right)
        axes.set_ylim(0, top)
        self._scales(axes, right, top)
        self._data(axes)
        if release is not None:
            self._mark(axes, release, right)
        self._names(axes, top)

    def _release(self) -> float | None:
        """Where the release date is, when it can be shown."""
        points, release = self._trend.points, self._trend.release_date
        if release is None:
            return None
        at = (release - points[0].day).days + 0.5
        return at if 0 <= at <= self._days / _LEAST_DATA else None

    def _scales(self, axes: "Axes", right: float, top: float) -> None:
        from matplotlib.ticker import MaxNLocator

        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color(_FAINT)
        axes.set_axisbelow(True)
        axes.grid(axis="y", color=_GRID, linewidth=1.2)
        ticks = [
            int(t) for t in MaxNLocator(nbins=5, integer=True, steps=[1, 2, 5, 10]).tick_values(0, top) if 0 <= t <= top
        ]
        axes.set_yticks(ticks, [f"{t:,}" for t in ticks], fontproperties=self._pens.regular, size=_SMALL, color=_FAINT)
        shown = _spread(self._days, int((_RIGHT - _LEFT) * _WIDTH * self._days / right / 190))
        axes.set_xticks(
            [day + 0.5 for day in shown],
            [self._date(self._trend.points[day].day) for day in shown],
            fontproperties=self._pens.regular,
            size=_SMALL,
            color=_FAINT,
        )
        axes.tick_params(length=0, pad=9)

    def _date(self, day: date) -> str:
        """`3 Mar`, with the year where the picture spans several."""
        short = words.day(day).split(" ", 1)[1]
        return short if self._trend.points[0].day.year == self._trend.points[-1].day.year else f"{short} {day:%y}"

    def _data(self, axes: "Axes") -> None:
        days = list(range(self._days + 1))
        counts = [point.counts for point in self._trend.points]
        counts.append(counts[-1])  # so that the last day is as wide as the others
        ready = [c.ready for c in counts]
        risk = [c.ready + c.at_risk for c in counts]
        axes.fill_between(days, ready, step="post", color=_READY_FILL, linewidth=0)
        axes.fill_between(
            days, ready, risk, step="post", facecolor=_AT_RISK_FILL, edgecolor=_AT_RISK, hatch="///", linewidth=0
        )
        axes.step(days, risk, where="post", color=_AT_RISK, linewidth=1.5)
        axes.step(days, ready, where="post", color=_READY, linewidth=3.5)
        axes.step(days, [c.scope for c in counts], where="post", color=_INK, linewidth=2.8, linestyle=(0, (3, 1.4)))

    def _mark(self, axes: "Axes", release: float, right: float) -> None:
        day = self._trend.release_date
        if day is None:
            return
        axes.axvline(release, color=_INK, linewidth=2, linestyle=(0, (1, 1.2)))
        share = release / right
        axes.annotate(
            f"release {self._date(day)}",
            (release, 1),
            (0, 7),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="right" if share > 0.85 else "left" if share < 0.15 else "center",
            fontproperties=self._pens.bold,
            size=_SMALL,
            color=_INK,
        )

    def _names(self, axes: "Axes", top: float) -> None:
        """What is what, beside the last day, at its height or as near as the others let it."""
        now = self._trend.points[-1].counts
        named = [(float(now.ready), f"{now.ready:,} ready", _READY)]
        if now.at_risk:
            named.append((now.ready + now.at_risk / 2, f"{now.at_risk:,} at risk", _AT_RISK))
        named.append((float(now.scope), f"{now.scope:,} in scope", _INK))
        pixel = top / ((_TOP - _BOTTOM) * _HEIGHT)
        for (_, text, colour), height in zip(named, _apart([y for y, _, _ in named], _LINE * pixel, top), strict=True):
            axes.annotate(
                text,
                (self._days, height),
                (8, 0),
                textcoords="offset points",
                va="center",
                fontproperties=self._pens.bold,
                size=_MIDDLE,
                color=colour,
                bbox={"boxstyle": "square,pad=0.12", "facecolor": "white", "edgecolor": "none"},
            )


def _spread(days: int, most: int) -> list[int]:
    """At most so many days (at least one), evenly from the first to the last."""
    wanted = max(1, min(days, most, 4))
    if wanted == 1:
        return [days - 1]
    return sorted({round(step * (days - 1) / (wanted - 1)) for step in range(wanted)})


def _apart(heights: Sequence[float], least: float, top: float) -> list[float]:
    """The ascending heights moved as little as needed for `least` between them, inside 0..top."""
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + least if placed else least / 2))
    ceiling = top
    for number in reversed(range(len(placed))):
        placed[number] = min(placed[number], ceiling)
        ceiling = placed[number] - least
    return placed
