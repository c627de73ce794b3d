"""Success and failure on the 2-D ring over alpha_D, beside published rates.

Saturating, alpha_G = 1 (Welfert et al., ISIT 2023, Figure 2b). Success covers all 8 modes, failure none;
bars are Wilson's 95 % intervals. Published: 200 runs, success from Figure 2b, failure from Table II.
Ours, from results/ring: 50 runs of a reduced protocol (small networks, 4,000 steps in place of 156,400,
another learning rate), clamped as in the published code and with stable numerics. The two protocols
estimate different rates. What both show is that success falls as alpha_D rises from 0.5 to 1; that runs
at alpha_D = 1 fail altogether (30 % published) is not seen at reduced size.
"""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from gantheory.objectives import from_spec
from gantheory.plotting import canvas, paper
from gantheory.plotting.training.rates import rates_over
from gantheory.sweeps import RunStore
from gantheory.sweeps.reports.proportions import Rate
from gantheory.sweeps.reports.ring_report import published, ring_report
from gantheory.sweeps.reports.ring_results import Protocol

ROOT = Path(__file__).resolve().parents[1]

PUBLISHED = {"success": "Figure 2b", "failure": "Table II"}


def draw() -> Figure:
    store = paper.needed(ROOT / "results" / "ring", "gantheory sweep experiments/ring_reduced.toml")
    protocols = ring_report(RunStore(store).records()).protocols
    reduced = max((p for p in protocols if p.kind == "reduced"), key=lambda p: len(p.settings))
    figure, panels = canvas(1, 2, width=7.0, height=2.7)
    for axes, name in zip(panels, PUBLISHED, strict=True):
        series = {
            "published": ("published protocol, 200 runs", published_rates(name)),
        }
        for numerics in ("clamped", "stable"):
            rates = measured_rates(reduced, name, numerics)
            runs = max(rate.runs for rate in rates.values())
            series[numerics] = (f"reduced protocol, {numerics}, {runs} runs", rates)
        for shift, (look, (label, rates)) in zip((-0.018, 0, 0.018), series.items(), strict=True):
            percent = [100 * rate.value for rate in rates.values()]
            ends = [rate.interval() for rate in rates.values()]
            low, high = [100 * a for a, _ in ends], [100 * b for _, b in ends]
            rates_over(axes, list(rates), percent, low, high, look, label, shift)
        axes.set(xlabel=r"$\alpha_D$", xticks=[0.2, 0.4, 0.6, 0.8, 1.0], xlim=(0.13, 1.07))
    panels[0].set(title="success: all 8 modes", ylabel="% of runs")
    panels[1].set(title="failure: no mode")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def published_rates(name: str) -> dict[float, Rate]:
    """alpha_D -> rate at alpha_G = 1, as printed."""
    data = published()
    table = next(t for t in data["table"] if t["name"] == PUBLISHED[name])
    row = table["percent"][table["alpha_g"].index(1.0)]
    runs = data["runs"]
    return {a: Rate(round(p * runs / 100), runs) for a, p in zip(table["alpha_d"], row, strict=True)}


def measured_rates(protocol: Protocol, name: str, numerics: str) -> dict[float, Rate]:
    """alpha_D -> rate of the stored saturating runs at alpha_G = 1."""
    found = {}
    for setting in protocol.settings:
        given = dict(from_spec(setting.objective).parameters)
        if setting.numerics == numerics and given.get("saturating") and given.get("alpha_g") == 1:
            found[float(given["alpha_d"])] = setting.rate(name)
    return dict(sorted(found.items()))


if __name__ == "__main__":
    raise SystemExit(paper.main(__file__, draw))
