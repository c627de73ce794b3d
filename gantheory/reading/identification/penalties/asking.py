"""A penalty on gradients as it answers: called with a discriminator that keeps where it was asked."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

_PICTURES = ((3, 4, 5), (3, 8, 5))
"""Shapes of a sample, and the same with twice as many values."""

_SCORES: tuple[tuple[int, ...], ...] = ((1,), (), (1, 1, 1))
"""What follows the rows in the shape of scores, in the order in which it is tried."""

PLACES = ("real", "fake", "between", "around real", "around fake", "elsewhere")

FIT = 1e-4
"""Of a value, as a share: an epsilon in the root of a norm moves it by less."""


@dataclass(frozen=True)
class Batch:
    """Real samples about 3 and fake ones about -3 in every value, so that no point is near both.

    Attributes:
        rows: of each of the two.
        shape: of a sample.
        scores: what follows the rows in the shape of scores.
        attached: whether fake samples come with the graph of a generator, which code that asks for no
            gradient of its points relies on.
    """

    rows: int = 6
    shape: tuple[int, ...] = _PICTURES[0]
    scores: tuple[int, ...] = _SCORES[0]
    attached: bool = False

    @cached_property
    def samples(self) -> tuple[Tensor, Tensor]:
        """Real and fake samples."""
        generator = torch.Generator().manual_seed(0)
        real, fake = (
            torch.randn(self.rows, *self.shape, generator=generator, dtype=torch.float64) + shift
            for shift in (3, -3)
        )
        return real, fake

    @cached_property
    def size(self) -> int:
        """Values in a sample."""
        return int(np.prod(self.shape))

    def directions(self) -> tuple[Tensor, Tensor, Tensor]:
        """Unit vectors: of unequal values, of one value, of equal values."""
        rising = torch.linspace(0.1, 1.0, self.size, dtype=torch.float64)
        one = torch.zeros(self.size, dtype=torch.float64)
        one[self.size // 2] = 1
        return rising / rising.norm(), one, torch.full_like(one, self.size**-0.5)

    def place(self, row: Tensor) -> str:
        """Where a point (size,) lies."""
        if len(row) != self.size:
            return "elsewhere"
        real, fake = (x.reshape(self.rows, 1, -1) for x in self.samples)
        for name, x in (("real", real), ("fake", fake)):
            if bool(torch.isclose(x, row, atol=1e-5).all(-1).any()):
                return name
        share = (row - fake) / (real.transpose(0, 1) - fake)  # of every pair of a fake and a real sample
        if bool(((share > -1e-4) & (share < 1 + 1e-4)).all(-1).any()):
            return "between"
        return "around real" if float(row.mean()) > 0 else "around fake"


class Spy(nn.Module):
    """v(x) = |w| <direction, x> + bias, with a norm |w| for each place; keeps the points that it is given."""

    def __init__(self, batch: Batch, direction: Tensor, norms: Mapping[str, float], bias: float) -> None:
        super().__init__()
        self.batch, self.direction, self.bias = batch, direction, bias
        self.norms = nn.Parameter(torch.tensor([norms[place] for place in PLACES], dtype=torch.float64))
        self.seen: list[tuple[str, Tensor]] = []

    def forward(self, x: Tensor, *_: Any, **__: Any) -> Tensor:
        """Scores (rows, ...) of points (rows, ...)."""
        points = x.double().reshape(len(x), -1)
        places = [self.batch.place(row) for row in points.detach()]
        self.seen += list(zip(places, points.detach(), strict=True))
        along = self.direction if points.shape[1] == len(self.direction) else torch.ones(points.shape[1])
        norms = self.norms[[PLACES.index(place) for place in places]]
        scores = norms * (points @ along.to(points)) + self.bias
        return scores.reshape(len(x), *self.batch.scores)


@dataclass
class Asked:
    """One answer of a penalty.

    Attributes:
        value: of it.
        slope: place -> its derivative in the norm there, by autograd; zeros where it has none.
        seen: place and point of every row at which the discriminator was asked.
    """

    value: float
    slope: dict[str, float]
    seen: list[tuple[str, Tensor]]


@dataclass
class Penalty:
    """A callable (discriminator, real, fake) that answers.

    Attributes:
        call: the callable.
        batch: of a shape that it takes; found by `settle`.
    """

    call: Callable[..., Any]
    batch: Batch = field(default_factory=Batch)

    def settle(self) -> Asked:
        """The first answer, with samples and scores of the first shapes that the penalty takes.

        Raises:
            ValueError: it takes none, or its answer is no finite scalar.
        """
        refusals: list[ValueError] = []
        shapes = _PICTURES[0], (int(np.prod(_PICTURES[0])),)
        for attached, shape, scores in product((False, True), shapes, _SCORES):
            self.batch = Batch(shape=shape, scores=scores, attached=attached)
            try:
                return self.ask({})
            except ValueError as refusal:
                refusals.append(refusal)
        raise refusals[0]

    def wider(self) -> Batch:
        """A batch whose samples have twice as many values."""
        shape = _PICTURES[1] if len(self.batch.shape) == 3 else (2 * self.batch.size,)
        return replace(self.batch, shape=shape)

    def ask(
        self,
        norms: Mapping[str, float],
        *,
        batch: Batch | None = None,
        direction: int = 0,
        bias: float = 0.0,
    ) -> Asked:
        """The answer where |grad v| is `norms` at a place, and 1.7 where it names none."""
        batch = self.batch if batch is None else batch
        wanted = dict.fromkeys(PLACES, 1.7) | dict(norms)
        spy = Spy(batch, batch.directions()[direction], wanted, bias)
        real, fake = batch.samples
        out = answer(self.call, spy, real.clone(), fake.clone().requires_grad_(batch.attached) * 1)
        gradient = torch.autograd.grad(out, spy.norms, allow_unused=True)[0] if out.requires_grad else None
        slope = torch.zeros(len(PLACES)) if gradient is None else gradient
        return Asked(float(out.detach()), dict(zip(PLACES, slope.tolist(), strict=True)), spy.seen)


def answer(call: Callable[..., Any], *args: Any) -> Tensor:
    """What a penalty returns, the same draws at every call, and the caller's own left as they were.

    Raises:
        ValueError: it raised an error, or returned no finite scalar tensor.
    """
    with _quiet():
        try:
            out = call(*args)
        except Exception as error:
            text = " ".join(str(error).split()) or "no message"
            raise ValueError(f"penalty raised {type(error).__name__}: {text}") from None
    if not isinstance(out, Tensor):
        raise ValueError(f"penalty must return a scalar tensor, got {type(out).__name__}: return it alone")
    if out.numel() != 1:
        raise ValueError(
            f"penalty must return a scalar tensor, got one of shape {tuple(out.shape)}; take its mean"
        )
    if not bool(torch.isfinite(out.detach())):
        raise ValueError(f"penalty is {float(out.detach())} where gradients are finite and not zero")
    return out.reshape(())


@contextmanager
def _quiet() -> Iterator[None]:
    """Seeded draws of torch and NumPy, which return to what they were; no warnings of user code."""
    numpys = np.random.get_state()
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]), torch.enable_grad():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        np.random.seed(0)
        try:
            yield
        finally:
            np.random.set_state(numpys)
