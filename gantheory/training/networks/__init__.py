"""Networks to train: perceptrons of many seeds as one, the published pairs, and any the user builds.

StackedMLP, mlp, ACTIVATIONS       # perceptrons of several seeds as batched products
networks_of("stacked_mnist")       # Networks: a function that builds (generator, discriminator), and its text
networks_of("my_module:build")     # the user's own: build() -> (generator, discriminator)
networks_of((generator, discriminator))    # or two functions that each build one
"""

from gantheory.arguments.door import open_door
from gantheory.training.networks.named import NAMED, Networks, networks_of
from gantheory.training.networks.stacked_mlp import ACTIVATIONS, StackedMLP, mlp

__all__ = ["ACTIVATIONS", "NAMED", "Networks", "StackedMLP", "mlp", "networks_of"]

open_door(__name__)
