"""RingConfig as a dictionary, and what it refuses."""

import json
import math
from fractions import Fraction

import pytest
import sympy as sp

from gantheory import objectives
from gantheory.datasets import GaussianMixture, grid, lattice, polar, ring
from gantheory.training import RingConfig

OWN = objectives.parse(
    real="-softplus(-v)/3", fake="-log(1 + exp(v))", generator="-max(v, 0.1*v)", domain=(-5, math.inf)
)


@pytest.mark.parametrize("spec", objectives.BUILT_IN)
def test_built_in_objectives_are_their_text(spec):
    objective = objectives.from_spec(spec)
    assert objectives.from_spec(objectives.to_spec(objective)) == objective


def test_a_parsed_objective_is_its_text():
    read = objectives.from_spec(objectives.to_spec(OWN))
    for role in ("A", "B", "R", "S", "domain", "link"):
        assert getattr(read, role) == getattr(OWN, role)


def test_an_objective_without_text_is_refused():
    odd = objectives.Objective(
        name="odd",
        A=objectives.v,
        B=-objectives.v,
        R=objectives.v,
        S=-objectives.v,
        outer=objectives.x * objectives.y,
    )
    with pytest.raises(ValueError, match="objective 'odd' cannot be written as text"):
        objectives.to_spec(odd)


def test_a_name_is_no_proof():
    """Something else called vanilla is written out, and not as vanilla."""
    impostor = objectives.Objective(
        name="vanilla", A=objectives.v, B=-objectives.v, R=sp.S.Zero, S=-objectives.v
    )
    assert objectives.to_spec(impostor).startswith("parse(")


@pytest.mark.parametrize(
    "mixture",
    [
        ring(),
        grid(3),
        polar(6, minor_share=0.5),
        lattice(shift=0.2),
        GaussianMixture([[0, 1]], 0.3, name="one"),
    ],
    ids=str,
)
@pytest.mark.parametrize(
    "objective",
    [
        objectives.alpha_gan(Fraction(1, 3), math.inf),
        [objectives.vanilla(), objectives.lsgan(), OWN],
    ],
    ids=["one", "several"],
)
def test_to_dict_is_json_and_from_dict_its_inverse(objective, mixture):
    config = RingConfig(objective=objective, seeds=(4, 1), mixture=mixture, betas=[0, 0.9], max_steps=5)
    settings = json.loads(json.dumps(config.to_dict()))
    read = RingConfig.from_dict(settings)
    assert read.to_dict() == config.to_dict()
    assert read.mixture == config.mixture and read.seeds == config.seeds and read.steps == config.steps


def test_from_dict_fills_in_defaults():
    assert RingConfig.from_dict({"objective": "vanilla"}) == RingConfig(objective=objectives.vanilla())
    named = RingConfig.from_dict({"objective": "vanilla", "mixture": {"name": "ring", "modes": 5}})
    assert named.mixture == ring(5)


def test_one_objective_in_a_sequence_is_one_objective():
    assert RingConfig(objective=[OWN]) == RingConfig(objective=OWN)


def test_members_are_objectives_by_seeds():
    pair = (objectives.vanilla(), objectives.lsgan())
    config = RingConfig(objective=pair, seeds=(2, 7))
    assert config.members == tuple((objective, seed) for objective in pair for seed in (2, 7))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"objective": "vanilla", "epoch": 3}, "unknown setting 'epoch'; did you mean 'epochs'"),
        ({"epochs": 3}, 'settings must hold "objective"'),
        ({"objective": "vanila"}, "unknown objective 'vanila'; did you mean 'vanilla'"),
        ({"objective": ["vanilla", "vanilla"]}, "objectives must differ, got vanilla more than once"),
        ({"objective": []}, "objective must be an Objective or a sequence of at least one, got none"),
        (
            {"objective": "vanilla", "mixture": {"name": "rong"}},
            "mixture '.*': did you mean 'ring'",
        ),
        (
            {"objective": "vanilla", "mixture": {"name": "ring", "mode": 3}},
            "mixture 'ring' has no parameter 'mode'; did you mean 'modes'",
        ),
        ({"objective": "vanilla", "precision": "bf16"}, "precision 'bf16': did you mean 'bfloat16'"),
        ({"objective": "vanilla", "precision": "tf32"}, 'precision "tf32" needs a CUDA device'),
        (
            {"objective": "vanilla", "precision": "bfloat16", "dtype": "float64"},
            "precision 'bfloat16' needs dtype \"float32\"",
        ),
        (
            {"objective": ["vanilla", "lsgan"], "numerics": "clamped"},
            r"clamps D = sigmoid\(v\), but the link of lsgan",
        ),
    ],
)
def test_bad_dictionaries(settings, message):
    with pytest.raises(ValueError, match=message) as caught:
        RingConfig.from_dict(settings)
    assert "\n" not in str(caught.value)


def test_bad_types():
    with pytest.raises(TypeError, match="settings must be a mapping"):
        RingConfig.from_dict([("objective", "vanilla")])
    with pytest.raises(TypeError, match=r"objective\[1\] must be an Objective, got 3"):
        RingConfig(objective=[objectives.vanilla(), 3])
