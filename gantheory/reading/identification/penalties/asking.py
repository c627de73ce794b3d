"""A penalty on gradients as it answers: called with a discriminator that keeps where it was asked."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from gantheory.reading.identification.calls.probe import scalar

SHAPES: tuple[tuple[int, ...], ...] = ((3, 4, 5), (60,), (3, 20), (1, 3, 4, 5))
"""Of a sample, in the order in which they are tried: pictures, vectors, sequences, volumes."""

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
    shape: tuple[int, ...] = SHAPES[0]
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
        real, fake = (x.reshape(self.rows, 1, -1) for x in self.samples)
        for name, x in (("real", real), ("fake", fake)):
            if bool(torch.isclose(x, row, atol=1e-5).all(-1).any()):
                return name
        share = (row - fake) / (real.transpose(0, 1) - fake)  # of every pair of a fake and a real sample
        if bool(((share > -1e-4) & (share < 1 + 1e-4)).all(-1).any()):
            return "between"
        return "around real" if float(row.mean()) > 0 else "around fake"


class NotReadError(ValueError):
    """The penalty asks for what tells nothing of it."""


class RaisedError(ValueError):
    """The penalty raised an error, as of a shape that it does not take."""


class Spy(nn.Module):
    """v(x) = |w| <direction, x> + bias, with |w| by place and row; keeps the points that it is given.

    Args:
        batch: of the samples.
        direction: a unit vector.
        norms: place -> |w|.
        spread: |w| rises by this share of it over the rows of a call.
        bias: of all scores.
    """

    def __init__(
        self, batch: Batch, direction: Tensor, norms: Mapping[str, float], spread: float, bias: float
    ) -> None:
        super().__init__()
        self.batch, self.direction, self.spread, self.bias = batch, direction, spread, bias
        self.norms = nn.Parameter(torch.tensor([norms[place] for place in PLACES], dtype=torch.float64))
        self.seen: list[Seen] = []

    def forward(self, x: Tensor, *_: Any, **__: Any) -> Tensor:
        """Scores (rows, ...) of points (rows, ...)."""
        if x.shape[1:] != self.batch.shape:
            raise NotReadError(
                f"penalty asks the discriminator at points of shape {tuple(x.shape)}, where samples are "
                f"{self.batch.shape}; give `shape`, or the penalty on the samples alone"
            )
        if x.dtype in (torch.float16, torch.bfloat16):
            raise NotReadError(f"penalty rounds its points to {x.dtype}, too rough to read it: use float32")
        points = x.double().reshape(len(x), -1)
        places = [self.batch.place(row) for row in points.detach()]
        if len({*places} - {"real", "fake"}) > 1:  # of one rule, which goes by none of the names
            places = [place if place in ("real", "fake") else "elsewhere" for place in places]
        rising = 1 + self.spread * torch.arange(len(x), dtype=torch.float64) / len(x)
        norms = rising * self.norms[[PLACES.index(place) for place in places]]
        self.seen += [Seen(*row) for row in zip(places, points.detach(), norms.tolist(), strict=True)]
        scores = norms * (points @ self.direction) + self.bias
        return scores.reshape(len(x), *self.batch.scores)

    def __deepcopy__(self, memo: dict[int, Any]) -> Spy:
        return self  # a copy that the penalty asks is asked here


class Seen(NamedTuple):
    """A row at which the discriminator was asked: its place, the point, and the norm of its gradient."""

    place: str
    point: Tensor
    norm: float


@dataclass
class Asked:
    """One answer of a penalty.

    Attributes:
        value: of it.
        slope: place -> its derivative in the norm there, by autograd; zeros where it has none.
        seen: every row at which the discriminator was asked.
    """

    value: float
    slope: dict[str, float]
    seen: list[Seen]


@dataclass
class Penalty:
    """A callable (discriminator, real, fake) that answers.

    Attributes:
        call: the callable.
        batch: of a shape that it takes; found by `settle`.
    """

    call: Callable[..., Any]
    batch: Batch = field(default_factory=Batch)

    def settle(self, shape: tuple[int, ...]) -> Asked:
        """The first answer, with samples of this shape and scores of the first one that the penalty takes.

        Raises:
            ValueError: it takes none, its answer is no finite scalar, or changes from call to call.
        """
        refusals: list[ValueError] = []
        for attached, scores in product((False, True), _SCORES):
            self.batch = Batch(shape=shape, scores=scores, attached=attached)
            try:
                first, again = self.ask({}), self.ask({})
            except ValueError as refusal:
                refusals.append(refusal)
                continue
            if not math.isclose(first.value, again.value, rel_tol=1e-9):
                raise ValueError(
                    f"penalty changes its answer from call to call ({first.value:.6g}, then "
                    f"{again.value:.6g}): fix what it counts or remembers"
                )
            return first
        raise refusals[0]

    def wider(self, axis: int) -> Batch:
        """A batch whose samples are twice as long along an axis."""
        shape = list(self.batch.shape)
        shape[axis] *= 2
        return replace(self.batch, shape=tuple(shape))

    def ask(
        self,
        norms: Mapping[str, float],
        *,
        batch: Batch | None = None,
        direction: int = 0,
        spread: float = 0.0,
        bias: float = 0.0,
    ) -> Asked:
        """The answer where |grad v| is `norms` at a place, and 1.7 where it names none; else as `Spy`."""
        batch = self.batch if batch is None else batch
        wanted = dict.fromkeys(PLACES, 1.7) | dict(norms)
        spy = Spy(batch, batch.directions()[direction], wanted, spread, bias)
        real, fake = batch.samples
        out = answer(self.call, spy, real.clone(), fake.clone().requires_grad_(batch.attached) * 1)
        slope = dict(zip(PLACES, gradient(out, spy.norms).tolist(), strict=True))
        return Asked(float(out.detach()), slope, spy.seen)


def answer(call: Callable[..., Any], *args: Any) -> Tensor:
    """What a penalty returns, the same draws at every call, and the caller's own left as they were.

    Raises:
        ValueError: it raised an error, or returned no finite scalar tensor.
    """
    with warnings.catch_warnings(action="ignore"), _seeded():
        try:
            out = call(*args)
        except NotReadError:
            raise
        except Exception as error:
            text = " ".join(str(error).split()) or "no message"
            raise RaisedError(f"penalty raised {type(error).__name__}: {text}") from None
    value = scalar(out, "penalty")
    if not bool(torch.isfinite(value.detach())):
        raise ValueError(f"penalty is {float(value.detach())} where gradients are finite and not zero")
    return value


def gradient(out: Tensor, leaf: Tensor) -> Tensor:
    """Of a penalty, zeros where it has none.

    Raises:
        ValueError: the penalty has used its graph up.
    """
    try:
        found = torch.autograd.grad(out, leaf, allow_unused=True)[0] if out.requires_grad else None
    except RuntimeError:
        raise ValueError(
            "penalty has called backward() itself, which frees its graph: return it, and leave that to a loop"
        ) from None
    return torch.zeros_like(leaf) if found is None else found


@contextmanager
def _seeded() -> Iterator[None]:
    """Seeded draws of torch and NumPy, which return to what they were."""
    numpys = np.random.get_state()
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.default_generator.manual_seed(0)  # the CPU's alone, as it alone is put back
        np.random.seed(0)
        try:
            yield
        finally:
            np.random.set_state(numpys)
