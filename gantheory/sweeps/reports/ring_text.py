"""The report of the ring experiments as Markdown that is readable on a terminal too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gantheory.sweeps.reports.ring_results import LEVEL, Clamping, Protocol, RingReport, Table

_NUMERICS = {"clamped": "clamped as in the published code", "stable": "stable numerics"}


def markdown(report: RingReport) -> str:
    """Tables beside the published ones, then clamped beside stable numerics, for every protocol."""
    lines = [
        "# Ring experiments beside the published ones",
        "",
        f"Published: {report.source}.",
        "Rates are percentages of runs; success covers all 8 modes, failure none. [a, b] is Wilson's "
        f"interval at {100 * LEVEL:.0f} %. p tests that both rates are equal (pooled z, or Fisher's exact "
        "test where counts are small); Holm's p allows for all cells of its table together.",
    ]
    for protocol in report.protocols:
        lines += ["", *_protocol(protocol)]
    return "\n".join(lines) + "\n"


def _protocol(protocol: Protocol) -> list[str]:
    changes = ", ".join(
        f"{name} {_value(here)} (published {_value(there)})"
        for name, (here, there) in protocol.differences.items()
    )
    if protocol.kind == "published":
        lines = ["## Published protocol"]
        if changes:
            lines += ["", f"But for the precision of the arithmetic: {changes}."]
    else:
        lines = [
            f"## {protocol.kind.capitalize()} protocol",
            "",
            f"Not the published one: {changes}. Published rates are shown for orientation and not tested.",
        ]
    if protocol.note:
        lines += ["", protocol.note]
    for table in protocol.tables:
        lines += ["", *_table(table)]
    if protocol.clamping:
        lines += ["", *_clamping(protocol.clamping)]
    if not protocol.tables and not protocol.clamping:
        lines += ["", f"{len(protocol.settings)} settings, none in a published table."]
    return lines


def _table(table: Table) -> list[str]:
    title = f"### {table.name}, {table.rate}, {_NUMERICS[table.numerics]}"
    lines = [f"{title}: {len(table.cells)} of {table.size} cells", ""]
    tested = any(cell.test for cell in table.cells)
    alphas = any(cell.alpha_d is not None for cell in table.cells)
    head = ["alpha_d", "alpha_g"] if alphas else ["objective"]
    head += ["runs", f"{table.rate} %", "[a, b]", "published %", "mean modes", "diverged"]
    rows = []
    for cell, adjusted in zip(table.cells, table.adjusted, strict=True):
        low, high = cell.rate.interval(LEVEL)
        row = [f"{cell.alpha_d:g}", f"{cell.alpha_g:g}"] if alphas else [cell.objective]
        row += [
            str(cell.rate.runs),
            f"{100 * cell.rate.value:.1f}",
            f"[{100 * low:.1f}, {100 * high:.1f}]",
            f"{100 * cell.published.value:.4g}",
            f"{cell.setting.mean_modes:.2f}",
            str(len(cell.setting.diverged)),
        ]
        if tested and cell.test and adjusted is not None:
            row += [_p(cell.test.p), _p(adjusted)]
        rows.append(row)
    lines += grid(head + (["p", "Holm's p"] if tested else []), rows)
    if tested:
        differing = sum(p is not None and p < 1 - LEVEL for p in table.adjusted)
        lines += [
            "",
            f"{differing} of {len(table.cells)} cells differ from the published rate (Holm's p < 0.05).",
        ]
    return lines


def _clamping(items: Sequence[Clamping]) -> list[str]:
    head = ["objective", "rate", "runs", "clamped %", "stable %", "clamped - stable", "p"]
    rows = []
    for item in items:
        numbers = item.to_dict()
        rows.append(
            [
                item.objective,
                item.rate,
                str(item.clamped.runs),
                f"{100 * item.clamped.value:.1f}",
                f"{100 * item.stable.value:.1f}",
                f"{numbers['difference']:+.1f} [{numbers['difference_low']:+.1f}, "
                f"{numbers['difference_high']:+.1f}]",
                _p(numbers["p"]),
            ]
        )
    return [
        "### What the clamp does: the same seeds with clamped and with stable numerics",
        "",
        *grid(head, rows),
    ]


def grid(head: list[str], rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]

    def line(cells: list[str]) -> str:
        return "| " + " | ".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)) + " |"

    return [
        line(head),
        "| " + " | ".join("-" * (width - 1) + ":" for width in widths) + " |",
        *map(line, rows),
    ]


def _p(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else f"{value:.0e}"


def _value(value: Any) -> str:
    if isinstance(value, list):
        same = len(set(value)) == 1 and len(value) > 1
        return f"{len(value)} x {value[0]}" if same else " x ".join(map(str, value))
    return "none" if value is None else str(value)
