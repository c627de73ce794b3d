"""A preset for objectives that a user names, with negative controls chosen by theory alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gantheory.arguments.checks import several
from gantheory.validation.experiments.fits.discriminator_fit import DiscriminatorFit
from gantheory.validation.experiments.fits.ideal_loss import IdealLoss
from gantheory.validation.experiments.fits.value_lines import Wrong
from gantheory.validation.experiments.optimum import Optimum, optimum, tempered
from gantheory.validation.experiments.pairs import Pair, pair
from gantheory.validation.presets.built_in import (
    DECLARED_TEXT,
    IDEAL_TEXT,
    IN_LINE,
    IN_PLANE,
    LINE_TRAINING,
    PLANE_TRAINING,
    VANILLA,
    VANILLA_NS,
    Preset,
    Section,
)

_CANDIDATES = (
    "vanilla",
    "alpha_gan(2, 2)",
    "vanilla(saturating=False)",
    "lsgan(-1, 1, 1)",
    'fgan("pearson")',
)
_FACTOR = 3.0
"""A control must differ from the theory by so many tolerances, in what the two predict; no measurement is
asked."""


def preset_of(specs: Sequence[str]) -> Preset:
    """A preset that trains discriminators of each objective in one and two dimensions.

    The control of a value is the first of a list of well-known objectives whose value differs clearly, or the
    objective's own theory at a power of the density ratio; nothing is on record. Left out is what training
    of finite length leaves undetermined: the gradient at small D where the score is bounded (least squares),
    and D itself where v* jumps (hinge), since the loss hardly tells scores apart near u = 1. Left out too is
    the generator's value where D_f is zero whatever the laws are (non-saturating Pearson).

    Raises:
        ValueError: an unknown objective, one without pointwise theory, or none given.
    """
    specs = several(specs, "specs", "objectives, such as vanilla or lsgan(0, 1, 1)")
    if len(set(specs)) < len(specs):
        raise ValueError(f"objectives must differ, got {', '.join(specs)}")
    return Preset(
        name="objectives",
        summary=", ".join(specs),
        sections=(
            Section(IN_LINE, DECLARED_TEXT, tuple(_fit(spec, "line") for spec in specs)),
            Section(IN_PLANE, DECLARED_TEXT, tuple(_fit(spec, "plane") for spec in specs)),
            Section("Ideal loss", IDEAL_TEXT, tuple(_ideal(spec) for spec in specs)),
        ),
    )


def _fit(spec: str, name: str) -> DiscriminatorFit:
    own, between = optimum(spec), pair(name)
    plane = between.dimension == 2
    base = DiscriminatorFit(
        objective=spec,
        pair=name,
        control=_CANDIDATES[0],
        compares_optimum=own.smooth,
        recorded_verdicts=False,
        # A network cannot jump: it passes the step of v* with a finite slope.
        tolerances=() if own.smooth else (("value", 0.05), ("generator", 0.05)),
        **(PLANE_TRAINING if plane else LINE_TRAINING),
    )
    right = own.divergence_on_grid(between, "discriminator")

    def separates(other: Optimum) -> bool:
        """The divergence of `other` is clearly wrong for the objective."""
        gap = abs(other.divergence_on_grid(between, "discriminator") - right)
        return gap > _FACTOR * base.tolerance("value") * abs(right)

    generators: tuple[tuple[str, Wrong], ...] = ()
    if own.objective.outer is None and own.divergence_on_grid(between, "equilibrium") != 0:
        generators = ((spec, _wrong_generator(spec, own, between, base.tolerance("generator"))),)
    gradients: tuple[tuple[str, str], ...] = ()
    if own.resolves_tails and not plane:
        gradients = ((spec, VANILLA_NS if spec == VANILLA else VANILLA),)
    return replace(base, control=_first(spec, separates), generators=generators, gradients=gradients)


def _ideal(spec: str) -> IdealLoss:
    own = optimum(spec)
    tolerance = IdealLoss(objective=spec, control=spec).tolerance
    control = _first(spec, lambda other: abs(other.ideal_loss - own.ideal_loss) > _FACTOR * tolerance)
    return IdealLoss(objective=spec, control=control, expected=None)


def _wrong_generator(spec: str, own: Optimum, between: Pair, tolerance: float) -> Wrong:
    right = own.divergence_on_grid(between, "equilibrium")
    reach = _FACTOR * tolerance * abs(right)
    if abs(own.divergence_on_grid(between, "flow") - right) > reach:
        return Wrong(spec=spec, kind="flow")
    return Wrong(
        spec=_first(spec, lambda other: abs(other.divergence_on_grid(between, "equilibrium") - right) > reach)
    )


def _first(spec: str, separates: object) -> str:
    # Wrong theories of the objective itself come last: every objective has them.
    own = [tempered(spec, power) for power in (2, 0.5, 4, 0.25)]
    for candidate in (*_CANDIDATES, *own):
        if candidate != spec and separates(optimum(candidate)):  # type: ignore[operator]
            return candidate
    return own[0]  # the line will say that it cannot tell: its control is not contradicted
