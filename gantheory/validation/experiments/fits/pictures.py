"""Pictures of a fit: trained discriminators beside D*, and the value over the training."""

from __future__ import annotations

from typing import Any

import numpy as np

from gantheory.validation.experiments.fits.comparison import Comparison
from gantheory.validation.experiments.optimum import optimum, slug
from gantheory.validation.predictions.outcome import Picture


def discriminator_picture(fit: Comparison, control: str) -> Picture:
    """Trained discriminators beside D* and that of `control`, along the line or in the plane."""
    wrong = optimum(control)
    kind = f"discriminator_{fit.pair.dimension}d"
    label = "D(x)" if fit.own.compares_outputs else "implied probability"
    if fit.pair.dimension == 1:
        x = np.linspace(-4.0, 5.0, 241)
        points = x[:, None]
    else:
        x = np.linspace(-3.5, 4.0, 76)
        points = np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2)
    t = fit.pair.log_ratio(points)
    trained = fit.own.comparable(fit.fit.scores(points))
    data: dict[str, Any] = {"x": x, "optimal": fit.own.comparable(fit.own.score(t)), "label": label}
    if fit.pair.dimension == 1:
        data |= {
            "trained": trained,
            "real": fit.pair.real.density(points),
            "generated": fit.pair.generated.density(points),
            "control": fit.own.comparable(wrong.score(t)),
            "control_label": f"D* of {control}",
        }
    else:
        data |= {"y": x, "trained": trained.mean(0).reshape(len(x), -1)}
        data["optimal"] = data["optimal"].reshape(len(x), -1)
    return Picture(
        id=f"discriminator/{slug(fit.settings.objective)}/{fit.settings.where}",
        kind=kind,
        title=fit.settings.objective,
        caption=f"Trained discriminators of {fit.settings.objective} beside D*.",
        data=data,
    )


def training_picture(fit: Comparison) -> Picture:
    """The value over the training, beside its supremum."""
    table = fit.fit.history.pivot(index="step", columns="seed", values="loss")
    return Picture(
        id=f"training/{slug(fit.settings.objective)}/{fit.settings.where}",
        kind="value_convergence",
        title=fit.settings.objective,
        caption=f"Value of the discriminator of {fit.settings.objective} on the lattice of each step, "
        "whose sums scatter about the expectations: a step may lie above their supremum.",
        data={
            "steps": table.index.to_numpy(),
            "values": -table.to_numpy().T,
            "limit": fit.own.supremum(fit.pair),
            "ylabel": "E_r A + E_g B (nats)",
        },
    )
