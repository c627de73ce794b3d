"""Presets: the experiments of a report, their tolerances, and the verdict on record for each prediction.

A preset is data. The verdict on record is "agrees" unless `expected` says otherwise; a contradiction on
record is a known finding, shown as such.
"""

from __future__ import annotations

from dataclasses import dataclass

from gantheory.errors import GantheoryError, nearest
from gantheory.validation.calibration import calibrated
from gantheory.validation.discriminator_fit import DiscriminatorFit, Wrong
from gantheory.validation.flow_experiment import FlowExperiment
from gantheory.validation.ideal_loss import IdealLoss
from gantheory.validation.outcome import Experiment
from gantheory.validation.prediction import Verdict
from gantheory.validation.ring_experiment import RingExperiment


@dataclass(frozen=True, kw_only=True)
class Section:
    """A question, and the experiments that answer it.

    Attributes:
        title, text: head the section in the report.
        experiments: in order.
    """

    title: str
    text: str
    experiments: tuple[Experiment, ...]


@dataclass(frozen=True, kw_only=True)
class Preset:
    """Everything a report is made of.

    Attributes:
        name, summary: for lists.
        sections: in order.
        confidence: joint, of all random intervals of the report.
    """

    name: str
    summary: str
    sections: tuple[Section, ...]
    confidence: float = 0.95

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """All experiments in order."""
        return tuple(experiment for section in self.sections for experiment in section.experiments)

    @property
    def comparisons(self) -> int:
        """Random intervals in the report."""
        return sum(experiment.comparisons for experiment in self.experiments)

    def predictions(self) -> list[str]:
        """Ids of all predictions in order."""
        return [identifier for experiment in self.experiments for identifier in experiment.predictions()]

    def expected(self, identifier: str) -> Verdict:
        """The verdict on record for a prediction."""
        recorded = {
            name: verdict for experiment in self.experiments for name, verdict in experiment.recorded()
        }
        return recorded.get(identifier, "agrees")


VANILLA, VANILLA_NS = "vanilla", "vanilla(saturating=False)"
HALF, HALF_NS = "alpha_gan(0.5, 1.2)", "alpha_gan(0.5, 1.2, saturating=False)"
TWO, TWO_NS = "alpha_gan(2, 2)", "alpha_gan(2, 2, saturating=False)"
LSGAN = "lsgan(0, 1, 1)"
KL, KL_NS = 'fgan("kl")', 'fgan("kl", saturating=False)'

FIT_TEXT = (
    "Discriminators are trained between two known distributions, on fresh samples at every step. Theory "
    "says that they approach D*, that on fresh samples their value approaches the supremum D_{f_D} + "
    "const from below and the generator's value approaches D_f + const, and that the gradient they pass "
    "on follows the saturation factor s(D)."
)
IDEAL_TEXT = (
    "Trained between a distribution and itself, a discriminator can do no better than its ideal loss."
)
FLOW_TEXT = (
    "A density on a grid moves with velocity −∇S(v*(p/q)), the continuous-time generator step under the "
    "exact optimal discriminator. D_h falls at the rate E_g|∇S(v*)|². Where h is convex the density "
    "reaches P_r; where h is concave D_h falls all the same while the density leaves P_r, which total "
    "variation shows."
)
RING_TEXT = (
    "Whole GANs, generator and discriminator, on eight Gaussians in the plane, at reduced size. No theory "
    "predicts these numbers, so there is no verdict. The discriminator's loss stands beside its value at "
    "P_g = P_r."
)


# Every generator whose value is compared in the plane is compared on the line too; (0.5, 1.2) saturating,
# whose D_h is the wrong theory of D_f, is on the line alone.
_LINE: tuple[DiscriminatorFit, ...] = (
    DiscriminatorFit(
        objective=VANILLA,
        control=TWO,
        pair="line",
        seeds=16,
        generators=((VANILLA_NS, Wrong(spec="alpha_gan(1, 2, saturating=False)")),),
        gradients=((VANILLA, VANILLA_NS), (VANILLA_NS, VANILLA)),
    ),
    DiscriminatorFit(
        objective=HALF_NS,
        control=TWO,
        pair="line",
        seeds=16,
        generators=(
            (HALF, Wrong(spec=HALF, kind="flow")),
            (HALF_NS, Wrong(spec="alpha_gan(0.5, 3, saturating=False)")),
        ),
        gradients=((HALF_NS, "alpha_gan(0.5, 3, saturating=False)"), (HALF, HALF_NS)),
    ),
    DiscriminatorFit(
        objective=TWO,
        control=VANILLA,
        pair="line",
        seeds=16,
        generators=((TWO, Wrong(spec=VANILLA)),),
        gradients=((TWO, VANILLA), (TWO_NS, VANILLA_NS)),
    ),
    DiscriminatorFit(
        objective=LSGAN,
        control="lsgan(-1, 1, 1)",
        pair="line",
        seeds=16,
        generators=((LSGAN, Wrong(spec="lsgan(0, 1, 0.5)")),),
    ),
    DiscriminatorFit(
        objective=KL,
        control='fgan("pearson")',
        pair="line",
        seeds=16,
        generators=((KL_NS, Wrong(spec=KL)),),
        gradients=((KL, 'fgan("pearson")'),),
    ),
)


# E_g[-log D] and its like change at first order in the error of D, values of zero-sum games only at second
# order: hence twice the tolerance of values in the plane, where the error of D is larger.
def _plane(
    objective: str, control: str, generator: str, wrong: Wrong, tolerance: float = 0.1
) -> DiscriminatorFit:
    return DiscriminatorFit(
        objective=objective,
        control=control,
        pair="plane",
        generators=((generator, wrong),),
        steps=2000,
        error_tolerance=0.2,
        generator_tolerance=tolerance,
    )


_PLANE = (
    _plane(VANILLA, TWO, VANILLA_NS, Wrong(spec="alpha_gan(1, 2, saturating=False)"), tolerance=0.15),
    _plane(HALF_NS, "alpha_gan(4, 4)", HALF_NS, Wrong(spec="alpha_gan(0.5, 3, saturating=False)")),
    _plane(TWO, VANILLA, TWO, Wrong(spec=VANILLA)),
    _plane(LSGAN, "lsgan(-1, 1, 1)", LSGAN, Wrong(spec="lsgan(0, 1, 0.5)")),
    _plane(KL, 'fgan("pearson")', KL_NS, Wrong(spec=KL), tolerance=0.2),
)

_IDEAL = (
    IdealLoss(objective=VANILLA, control=TWO),
    IdealLoss(objective=HALF_NS, control=VANILLA),
    IdealLoss(objective=TWO, control=VANILLA),
    IdealLoss(objective=LSGAN, control="lsgan(-1, 1, 1)"),
    IdealLoss(objective=KL, control='fgan("gan")'),
)

README_LABELS = "lsgan(0, 1, 0)"

_FLOWS = (
    FlowExperiment(objective="alpha_gan(0.5, 0.3)", time=8.0),
    FlowExperiment(objective="alpha_gan(2, 0.9)", time=12.0),
    FlowExperiment(
        objective=README_LABELS,
        fate="leaves",
        claims_reach=True,
        time=1.2,
        cells=50,
        expected=(("flow-reaches/lsgan-0-1-0", "contradicts"),),
        finding="labels (0, 1, 0), printed in a public README, drive the generator away from P_r",
    ),
)

DEMO = Preset(
    name="demo",
    summary="five objectives in one and two dimensions, flows of a density, ring GANs; two minutes",
    sections=(
        Section(
            title="Trained discriminators in one dimension",
            text=FIT_TEXT,
            experiments=tuple(map(calibrated, _LINE)),
        ),
        Section(
            title="Trained discriminators in two dimensions",
            text=FIT_TEXT,
            experiments=tuple(map(calibrated, _PLANE)),
        ),
        Section(title="Ideal loss", text=IDEAL_TEXT, experiments=_IDEAL),
        Section(title="Flow of a density", text=FLOW_TEXT, experiments=_FLOWS),
        Section(
            title="Ring GANs",
            text=RING_TEXT,
            experiments=(RingExperiment(objective=HALF_NS), RingExperiment(objective=VANILLA_NS)),
        ),
    ),
)

QUICK = Preset(
    name="quick",
    summary="one fit, one ideal loss, two flows and a short ring GAN; fifteen seconds",
    sections=(
        Section(
            title="Trained discriminators in one dimension",
            text=FIT_TEXT,
            experiments=(
                calibrated(
                    DiscriminatorFit(
                        objective=HALF_NS,
                        pair="line",
                        control=TWO,
                        seeds=16,
                        generators=((HALF, Wrong(spec=HALF, kind="flow")),),
                        gradients=((HALF, HALF_NS),),
                    )
                ),
            ),
        ),
        Section(
            title="Ideal loss",
            text=IDEAL_TEXT,
            experiments=(IdealLoss(objective=VANILLA, control=TWO, steps=300),),
        ),
        Section(title="Flow of a density", text=FLOW_TEXT, experiments=(_FLOWS[1], _FLOWS[2])),
        Section(
            title="Ring GANs",
            text=RING_TEXT,
            experiments=(
                RingExperiment(
                    objective=VANILLA_NS,
                    seeds=3,
                    changes={
                        "max_steps": 200,
                        "discriminator_hidden": (32, 32),
                        "generator_hidden": (32, 32),
                    },
                ),
            ),
        ),
    ),
)

PRESETS = {preset.name: preset for preset in (DEMO, QUICK)}
"""Presets by name."""


def preset(name: str) -> Preset:
    """The preset of this name.

    Raises:
        ValueError: unknown name.
    """
    if name not in PRESETS:
        raise GantheoryError(f"unknown preset {name!r}{nearest(name, PRESETS)}")
    return PRESETS[name]
