"""The report of a run: one self-contained HTML page, Markdown with figure files, and JSON."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from gantheory.support.atomic import write_atomically
from gantheory.validation.predictions.outcome import Item, Picture, file_name, strict
from gantheory.validation.predictions.prediction import Control, Measurement, Prediction
from gantheory.validation.result import Result

_BAR = 132
"""Width of the small interval picture in a table row, in pixels; the region takes its middle third."""


def write_report(result: Result, folder: Path) -> Path:
    """Write index.html, report.md, figures/*.svg and report.json; returns the path of the HTML page."""
    from gantheory.plotting.report import figures as report_figures

    figures = folder / "figures"
    figures.mkdir(exist_ok=True)
    for stale in figures.glob("*.svg"):
        stale.unlink()
    shown = [picture for _, items in result.sections() for picture in _pictures(items)]
    drawn = {_key(p): report_figures.svg(report_figures.draw(p.kind, p.title, p.data)) for p in shown}
    if result.predictions:
        pictures = [(p.kind, p.title, p.data) for p in shown]
        overview = report_figures.demo_figure(list(result.predictions), pictures)
        drawn["summary"] = report_figures.svg(overview)
        overview.savefig(folder / "summary.png", dpi=200)
    for name, text in drawn.items():
        write_atomically(figures / f"{name}.svg", text.encode())
    context = _context(result, drawn)
    page = folder / "index.html"
    write_atomically(page, _render("report.html.jinja", context, html=True).encode())
    write_atomically(folder / "report.md", _render("report.md.jinja", context, html=False).encode())
    numbers = json.dumps(strict(result.to_dict()), indent=2, ensure_ascii=False, allow_nan=False)
    write_atomically(folder / "report.json", (numbers + "\n").encode())
    return page


def number(value: float, digits: int = 4) -> str:
    """A number for people: `digits` significant ones, a real minus sign, and words for what is not finite."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == round(value) and abs(value) < 1e5:
        return f"{value:.0f}".replace("-0", "0").replace("-", "−")
    if 1e-3 <= abs(value) < 1e5:
        decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
        text = f"{value:.{min(decimals, 6)}f}"
    else:
        text = f"{value:.{digits - 1}e}"
        mantissa, exponent = text.split("e")
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", "−")


def interval(ends: tuple[float, float]) -> str:
    """Both ends with as many decimals as tell them apart."""
    return f"[{beside(ends[0], ends)}, {beside(ends[1], ends)}]"


def beside(value: float, ends: tuple[float, float]) -> str:
    """A number with as many decimals as the interval that stands beside it."""
    low, high = ends
    if not (math.isfinite(value) and math.isfinite(low) and math.isfinite(high)):
        return number(value)
    width = abs(high - low)
    if max(abs(low), abs(high)) < 1e-3:
        return number(value, 2)
    decimals = 4 if width == 0 else min(9, max(0, 1 - math.floor(math.log10(width))))
    return f"{value:.{decimals}f}".replace("-", "−")


_SUBSCRIPT = re.compile(r"\b([A-Za-z])_(?:\{([A-Za-z])_([A-Za-z])\}|([A-Za-z]))(?![A-Za-z])")


def math_html(text: str) -> Markup:
    """Escaped text with D_f, P_r, D_{f_D} and the like set with subscripts; names such as alpha_gan are left
    alone."""

    def lowered(match: re.Match[str]) -> str:
        base, outer, inner, plain = match.groups()
        return f"{base}<sub>{plain}</sub>" if plain else f"{base}<sub>{outer}<sub>{inner}</sub></sub>"

    return Markup(_SUBSCRIPT.sub(lowered, str(escape(text))))


def says(prediction: Prediction | Control, relation: str = "=") -> str:
    """The predicted number with its relation."""
    sign = {"=": "", "<": "at most ", ">": "more than "}[relation]
    return sign + (
        number(prediction.predicted)
        if prediction.predicted == round(prediction.predicted, 4)
        else beside(prediction.predicted, prediction.region)
    )


def remarks(prediction: Prediction) -> str:
    """Why there is no verdict, the note, and what the line would have contradicted."""
    parts = [text for text in (prediction.undecided, prediction.note) if text]
    if math.isfinite(prediction.power):
        size = 100 * prediction.power if prediction.power_in == "%" else prediction.power
        parts.append(f"contradicts {prediction.power_of} wrong by {size:.2g} {prediction.power_in}")
    return "; ".join(dict.fromkeys(parts))


def bar(prediction: Prediction) -> str:
    """A small SVG: the region as a band, the measured interval in blue, the control's in orange.

    Both are drawn on one axis in which the prediction's region is the middle third; the control is placed
    relative to its own region, so that inside and outside mean the same for both. What lies farther is an
    arrow at the edge.
    """
    height, third = 22, _BAR / 3
    parts = [
        f'<svg class="bar" width="{_BAR}" height="{height}" viewBox="0 0 {_BAR} {height}" role="img" '
        f'aria-label="{prediction.verdict}; control {prediction.control.verdict}">',
        f'<rect x="{third:.1f}" y="1" width="{third:.1f}" height="{height - 2}" fill="#DCE9F5"/>',
        f'<line x1="0" x2="{_BAR}" y1="{height / 2}" y2="{height / 2}" stroke="#C9CED6" stroke-width="0.6"/>',
    ]
    for compared, y, color in ((prediction, 7, "#0072B2"), (prediction.control, 15, "#D55E00")):
        span = _position(compared)
        if span is None:
            continue
        left, right = span
        if right <= 3 or left >= _BAR - 3:
            x, direction = (2, 1) if right <= 3 else (_BAR - 2, -1)
            parts.append(f'<path d="M{x} {y} l{6 * direction} -3 v6 z" fill="{color}"/>')
            continue
        left, right = max(1.0, left), min(_BAR - 1.0, right)
        middle = 0.5 * (left + right)
        parts.append(
            f'<line x1="{left:.1f}" x2="{max(right, left + 1):.1f}" y1="{y}" y2="{y}" '
            f'stroke="{color}" stroke-width="2.2"/>'
        )
        parts.append(f'<circle cx="{middle:.1f}" cy="{y}" r="2.6" fill="{color}"/>')
    return "".join(parts) + "</svg>"


def _position(compared: Prediction | Control) -> tuple[float, float] | None:
    low, high = compared.region
    if math.isnan(compared.interval[0]):
        return None
    if math.isinf(low) or math.isinf(high):
        edge = high if math.isinf(low) else low
        scale = max(abs(edge), 1e-9)
        low, high = (edge - scale, edge) if math.isinf(low) else (edge, edge + scale)
    if high == low:
        return None
    first, second = ((1 + (x - low) / (high - low)) * _BAR / 3 for x in compared.interval)
    return max(-1e3, first), min(1e3, second)


def _context(result: Result, drawn: dict[str, str]) -> dict[str, Any]:
    predictions = list(result.predictions)
    return {
        "result": result,
        "sections": [
            {
                "title": section.title,
                "text": section.text,
                "groups": _groups([item for item in items if isinstance(item, Prediction)]),
                "measurements": [item for item in items if isinstance(item, Measurement)],
                "figures": _figures(items, drawn, training=False),
                "training": _figures(items, drawn, training=True),
            }
            for section, items in result.sections()
            if items
        ],
        "agree": sum(p.verdict == "agrees" for p in predictions),
        "known": [p for p in predictions if p.known_finding],
        "unexpected": [p for p in predictions if not p.as_expected],
        "recorded": any(p.expected is not None for p in predictions),
        "controls": sum(p.control.verdict == "contradicts" for p in predictions),
        "measured": sum(not math.isnan(p.interval[0]) for p in predictions),
        "total": len(predictions),
        "summary": drawn.get("summary", ""),
        "level": f"{100 * result.joint.level:.2f}",
    }


def _groups(predictions: list[Prediction]) -> list[tuple[str, list[Prediction]]]:
    """Predictions by quantity, quantities in order of appearance."""
    groups: dict[str, list[Prediction]] = {}
    for prediction in predictions:
        groups.setdefault(prediction.quantity, []).append(prediction)
    return list(groups.items())


def _figures(items: list[Item], drawn: dict[str, str], training: bool) -> list[dict[str, Any]]:
    from gantheory.plotting.report.figures import WIDE

    return [
        {
            "svg": drawn[_key(picture)],
            "file": f"figures/{_key(picture)}.svg",
            "caption": picture.caption,
            "wide": picture.kind in WIDE,
        }
        for picture in _pictures(items)
        if (picture.kind == "value_convergence") == training
    ]


def _pictures(items: list[Item]) -> list[Picture]:
    return [item for item in items if isinstance(item, Picture)]


def _key(picture: Picture) -> str:
    return f"{picture.kind}-{file_name(picture.id)}"


def _render(template: str, context: dict[str, Any], html: bool) -> str:
    import jinja2

    engine = jinja2.Environment(
        loader=jinja2.PackageLoader("gantheory.validation", "templates"),
        autoescape=html,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    engine.filters |= {each.__name__: each for each in (number, interval, beside, bar, says, remarks)}
    engine.filters["math"] = math_html
    return engine.get_template(template).render(context)
