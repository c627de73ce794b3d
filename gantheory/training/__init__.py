"""Training of discriminators and ring GANs in PyTorch, all seeds of a setting as one computation.

A discriminator against two fixed distributions, with fresh samples at each step:

    fit = fit_discriminator(objective, real, fake, DiscriminatorConfig(seeds=range(4)))
    fit.scores(x)             # float64 (seeds, n): the trained scores v at points x of shape (n,) or (n, d)
    fit.outputs(x)            # float64 (seeds, n): link(v), the reported D
    fit.score_gradients(x)    # float64 (seeds, n, d): the gradient of v in x
    fit.history               # DataFrame: step, seed, loss (the discriminator's, on that step's batch)
    fit.seeds, fit.config, fit.seconds

`real` and `fake` are each a `gantheory.datasets.GaussianMixture`, a frozen scipy.stats distribution or
`gantheory.mixture` of those, or a callable (n, numpy.random.Generator) -> array of shape (n,) or (n, d).
With real = fake the same call measures the ideal loss.
Two mixtures have densities: with `DiscriminatorConfig(expectations="lattice")` expectations are sums over a
lattice that is shifted at random at every step, in place of means over samples.

Ensembles of GANs on the ring and other 2-D mixtures; a member is an objective with a seed:

    config = RingConfig(objective=objective, seeds=range(8), epochs=2)    # otherwise the published protocol
    config = RingConfig(objective=[alpha_gan(a, 1) for a in (0.2, 0.5, 1)], seeds=range(200))   # a table
    table = train(config)                       # DataFrame, a row a member
    table = train(config, checkpoint=path)      # resumes after a kill, bit-identical on the CPU
    run = train_run(config)   # TrainingRun: .table, .history (DataFrame), .samples (members, n, 2), .config
    quick_ring(objective)     # a RingConfig of reduced size, which the demo uses
    config.to_dict(); RingConfig.from_dict(settings)      # everything that determines the result, as JSON

Any two networks on any data, by one step of one member that `torch.func` lifts over all:

    config = GanConfig(objective=objective, data="stacked_mnist", networks="stacked_mnist", seeds=range(8))
    config = GanConfig(objective=objective, data=array, networks="my_module:build", remedies=[...])
    config = GanConfig(objective=objective, data="faces", networks="dcgan(width=32)")   # a folder of pictures
    table = train(config);  run = train_run(config)      # as for the ring
    generator, discriminator = run.networks(0)           # modules of the first member, in evaluation mode

`gantheory.training.step.step` is the step, `gantheory.training.remedies` what may change it, and
`gantheory.training.variants` GANs of other networks and losses, variant="acgan(1)".

Columns of the ring's table: seed, objective, alpha_d, alpha_g, saturating; modes, share (high-quality share)
and the other metrics of `gantheory.training.metrics.evaluation.evaluate`; steps, diverged, diverged_at,
seconds; settings.

    metrics.modes_covered(samples, mixture), metrics.high_quality_share(...), metrics.mode_histogram(...),
    metrics.mode_divergences(...), metrics.energy_distance(samples, reference)

Members are independent: seed k gives the same result (to rounding) whatever trains beside it, and PyTorch's
and NumPy's global generators are neither read nor advanced. `progress` is True (a bar, only on a terminal),
False, or a callable (steps done, steps in all).

How it is done: `FlatMLP` holds all members' parameters in one vector and passes forward and backward through
preallocated buffers; `Ensemble` is the training step; `Lanes` puts part of the members on each CPU thread,
and leaves a single one to PyTorch's threads (where others use the processor, OMP_NUM_THREADS=1 is faster for
it); on CUDA `kernels` compiles the elementwise work, and `GraphedStep` replays the step as a graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gantheory.support.lazy import on_demand

if TYPE_CHECKING:
    from gantheory.training import metrics, remedies, variants
    from gantheory.training.discriminator import FittedDiscriminator, fit_discriminator
    from gantheory.training.gan import TrainingRun, train, train_run
    from gantheory.training.laplacian import LaplacianPyramid, pyramid_levels, train_pyramid
    from gantheory.training.networks import StackedMLP
    from gantheory.training.settings.gan_config import GanConfig
    from gantheory.training.settings.ring_config import DiscriminatorConfig, RingConfig, quick_ring

__all__ = [
    "DiscriminatorConfig",
    "FittedDiscriminator",
    "GanConfig",
    "LaplacianPyramid",
    "RingConfig",
    "StackedMLP",
    "TrainingRun",
    "fit_discriminator",
    "metrics",
    "pyramid_levels",
    "quick_ring",
    "remedies",
    "train",
    "train_pyramid",
    "train_run",
    "variants",
]

# Imported when first asked for: settings and reports of stored runs need no torch.
__getattr__, __dir__ = on_demand(__name__)
