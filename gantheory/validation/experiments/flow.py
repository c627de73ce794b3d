"""A density moved by the exact optimal discriminator: D_h falls as predicted; q reaches P_r, or leaves it.

Nothing here is random. The interval is that of discretization: the values on a grid and on one of half the
cell width, and what Richardson's extrapolation makes of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from gantheory.arguments.arrays import Array
from gantheory.datasets import GaussianMixture
from gantheory.validation.experiments.density_flow import DensityFlow, solve
from gantheory.validation.experiments.optimum import optimum, slug
from gantheory.validation.predictions.intervals import span
from gantheory.validation.predictions.outcome import Context, Item, Picture
from gantheory.validation.predictions.prediction import Prediction, Verdict, beside_wrong_reading

# Both have tails of the same width, so that p/q is bounded at the start: where p/q is astronomically large,
# an exploding saturation factor moves mass infinitely fast.
TARGET = GaussianMixture(
    [[-1.0], [1.0], [0.0]], [0.49, 0.49, 3.24], [0.4, 0.4, 0.2], name="two bumps on a wide Gaussian"
)
START = GaussianMixture([[1.3], [0.0]], [0.25, 3.24], [0.8, 0.2], name="one bump on a wide Gaussian")
_SUPPORT = (-9.0, 9.0)
_STORED = 41


@dataclass(frozen=True, kw_only=True)
class FlowExperiment:
    """Move a density from one bump to two by the flow of `objective`.

    Attributes:
        objective: spec; needs pointwise theory.
        fate: what is claimed of the density at the end: it "reaches" P_r, or "leaves" it.
        time: end of the flow.
        cells: of the coarse grid; the fine one has twice as many.
        rate_tolerance: of D_h(t) against D_h(0) minus the accumulated dissipation, as a share of the whole
        fall.
        reach_tolerance: total variation that counts as having arrived.
        leave_share: relative increase of the total variation that counts as having left.
        control: spec whose flow is the negative control of "leaves".
        expected: recorded verdicts that are not "agrees", by id.
        finding: for a contradiction on record, what it shows.
    """

    objective: str
    fate: Literal["reaches", "leaves"] = "reaches"
    time: float = 10.0
    cells: int = 200
    rate_tolerance: float = 0.01
    reach_tolerance: float = 0.01
    leave_share: float = 0.05
    control: str = "lsgan(0, 1, 1)"
    claims_reach: bool = False
    expected: tuple[tuple[str, Verdict], ...] = ()
    finding: str = ""

    @property
    def name(self) -> str:
        """Objective and what is done with it."""
        return f"{self.objective}, flow of a density"

    @property
    def comparisons(self) -> int:
        """None: no interval is random."""
        return 0

    def predictions(self) -> list[str]:
        """Ids in order."""
        own = slug(self.objective)
        fates = [self.fate, "reaches"] if self.fate == "leaves" and self.claims_reach else [self.fate]
        return [f"flow-rate/{own}", *(f"flow-{fate}/{own}" for fate in fates)]

    def recorded(self) -> tuple[tuple[str, Verdict], ...]:
        """Verdicts on record that are not "agrees"."""
        return self.expected

    def check(self) -> None:
        """Derive the theory, and settings in range."""
        optimum(self.objective)
        optimum(self.control)
        if self.cells < 10 or not self.time > 0:
            raise ValueError(f"cells must be at least 10 and time positive, got {self.cells} and {self.time}")

    def run(self, context: Context) -> Iterator[Item]:
        """Solve on two grids, then compare."""
        coarse, fine = (_flow(self.objective, self.time, self.cells * k, self.fate) for k in (1, 2))
        context.progress(1, 2)
        theory = optimum(self.objective).theory
        h = theory.generating_function("flow").of_log
        f = theory.generating_function("equilibrium").of_log
        yield self._rate((coarse, fine), h, f)
        variation = [float(flow.total_variation[-1]) for flow in (coarse, fine)]
        start = float(fine.total_variation[0])
        if self.fate == "leaves":
            yield self._leaves(variation, start)
        if self.fate == "reaches" or self.claims_reach:
            yield self._reaches(variation, start)
        fallen = fine.divergence(h)
        yield Picture(
            id=f"flow/{slug(self.objective)}",
            kind="flow",
            title=self.objective,
            caption=f"Flow of {self.objective}: D_h, total variation and the density over time.",
            data={
                "times": fine.times,
                "divergence": fallen,
                "predicted": fallen[0] - fine.dissipated,
                "control": fine.divergence(f) - fine.divergence(f)[0] + fallen[0],
                "total_variation": fine.total_variation,
                "x": fine.centers,
                "target": fine.target,
                "densities": fine.densities[[0, _STORED // 8, _STORED // 2, -1]],
                "density_times": fine.times[[0, _STORED // 8, _STORED // 2, -1]],
            },
        )
        context.progress(2, 2)

    def _rate(
        self, flows: tuple[DensityFlow, DensityFlow], h: Callable[[Array], Array], f: Callable[[Array], Array]
    ) -> Prediction:
        right, wrong = ([_departure(flow, g) for flow in flows] for g in (h, f))
        return self._prediction(
            "flow-rate",
            quantity="largest gap between D_h(t) and D_h(0) − ∫ E_g|∇S(v*)|² dt, as a share of the fall",
            **beside_wrong_reading(
                (0.0, (0.0, self.rate_tolerance)),
                (right[1], span(right)),
                (wrong[1], span(wrong)),
                "D_f in place of D_h",
            ),
            power_unit=1.0,
            power_of="a rate of D_h",
        )

    def _reaches(self, variation: list[float], start: float) -> Prediction:
        return self._prediction(
            "flow-reaches",
            quantity="total variation to P_r at the end: the density reaches P_r",
            **beside_wrong_reading(
                (0.0, (0.0, self.reach_tolerance)),
                (variation[1], span(variation)),
                (start, (start, start)),
                "the density before the flow",
            ),
            power_unit=1.0,
            power_of="an end",
            power_in="in total variation",
            note=self.finding if self.fate == "leaves" else "",
        )

    def _leaves(self, variation: list[float], start: float) -> Prediction:
        opposite = [
            float(_flow(self.control, self.time, self.cells * k, "reaches").total_variation[-1])
            for k in (1, 2)
        ]
        return self._prediction(
            "flow-leaves",
            quantity="total variation to P_r at the end, beside that at the start: the density leaves P_r",
            relation=">",
            **beside_wrong_reading(
                (start, (start * (1 + self.leave_share), 1.0)),
                (variation[1], span(variation)),
                (opposite[1], span(opposite)),
                f"flow of {self.control}",
            ),
            note="a backward diffusion: the finer the grid, the faster, so the interval spans two grids",
        )

    def _prediction(self, kind: str, **fields: Any) -> Prediction:
        identifier = f"{kind}/{slug(self.objective)}"
        return Prediction(
            id=identifier,
            objective=self.objective,
            expected=dict(self.expected).get(identifier, "agrees"),
            basis=f"to time {self.time:g}, grids of {self.cells} and {2 * self.cells} cells",
            **fields,
        )


def _flow(spec: str, time: float, cells: int, fate: str) -> DensityFlow:
    return solve(
        optimum(spec).potential,
        target=lambda x: TARGET.density(x[:, None]),
        initial=lambda x: START.density(x[:, None]),
        support=_SUPPORT,
        times=np.linspace(0.0, time, _STORED),
        cells=cells,
        tolerance=2e-4,
        upwind=fate == "leaves",
    )


def _departure(flow: DensityFlow, of_log: Callable[[Array], Array]) -> float:
    """Largest distance over time between a divergence and its first value minus the dissipation."""
    values = flow.divergence(of_log)
    return float(np.abs(values - (values[0] - flow.dissipated)).max() / flow.dissipated[-1])
