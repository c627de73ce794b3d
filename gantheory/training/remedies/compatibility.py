"""Which remedies go with which objectives, discriminators and each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from gantheory.objectives import lsgan, relativistic, renyi, vanilla, wgan
from gantheory.training.networks.named import TRIED
from gantheory.training.remedies import REMEDIES
from gantheory.training.remedies.remedy import Game, Remedy


def check_remedies(
    remedies: Sequence[Remedy],
    objectives: Sequence[Game],
    score: Callable[[Tensor], Tensor],
    shape: tuple[int, ...],
) -> None:
    """Refuse a game in which one of the remedies means nothing.

    Args:
        remedies, objectives: of a run.
        score: the discriminator in training, for `TRIED` points.
        shape: of a point.

    Raises:
        ValueError: one line with the reason.
    """
    for remedy in remedies:
        for objective in objectives:
            remedy.check(objective, remedies)
    needy = [remedy for remedy in remedies if remedy.rows_apart]
    if needy and not rows_apart(score, shape):
        raise ValueError(
            f"{type(needy[0]).__name__} penalises the slope of a row's score in that row, and in this "
            "discriminator it depends on the other rows too (batch norm): take networks without it there"
        )


def rows_apart(score: Callable[[Tensor], Tensor], shape: tuple[int, ...]) -> bool:
    """Whether the score of a row depends on that row alone."""
    x = torch.randn(TRIED, *shape, generator=torch.Generator().manual_seed(0))
    other = torch.cat([x[:1], 3 * x[1:] + 1])
    with torch.no_grad():
        one, two = (score(points).flatten()[0] for points in (x, other))
    return bool(torch.isclose(one, two, rtol=1e-3, atol=1e-6))


def kinds() -> dict[str, Game]:
    """An objective of each kind that remedies tell apart."""
    return {
        "logits, such as vanilla": vanilla(saturating=False),
        "other scores, such as lsgan": lsgan(0, 1, 1),
        "an outer function, such as renyi(2)": renyi(2),
        "pairs: relativistic": relativistic(),
        "a critic class, such as wgan": wgan(),
    }


def goes_with(remedy: Remedy, objective: Game) -> str:
    """Whether a remedy goes with an objective: "yes", or "no" and why not; with one over a critic class that
    it "enforces it", or goes "beside one that enforces it"."""
    try:
        remedy.check(objective, (remedy,))
    except ValueError as error:
        return f"no: {error}"
    if getattr(objective, "critic", None) is None:
        return "yes"
    return "enforces it" if remedy.constrains else "beside one that enforces it"


def table() -> str:
    """Remedies by kinds of objectives, as Markdown: "no" where one is refused."""
    columns = kinds()
    lines = [f"| | {' | '.join(columns)} | batch norm in D |", "| --- |" + " --- |" * (len(columns) + 1)]
    for name, kind in REMEDIES.items():
        cells = [goes_with(kind(), objective).partition(":")[0] for objective in columns.values()]
        cells.append("no" if kind.rows_apart else "yes")
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return "\n".join(lines)
