"""Sides of pictures that halve, or double, from layer to layer."""

from __future__ import annotations

from typing import NamedTuple

from gantheory.arguments.checks import positive_integer

BASES = (4, 5, 6, 7)


class Pyramid(NamedTuple):
    """side = base * 2^doublings.

    Attributes:
        channels: of a picture.
        base: the smallest side, 4 to 7.
        doublings: from it to the picture's side; at least 1.
    """

    channels: int
    base: int
    doublings: int

    @property
    def side(self) -> int:
        """Of a picture, in pixels."""
        return self.base << self.doublings

    def width(self, width: int, level: int) -> int:
        """Channels at side base * 2^level: twice as many at each halving, `width` at half the full side."""
        return width << (self.doublings - 1 - level)


def pyramid(shape: tuple[int, ...], networks: str) -> Pyramid:
    """How pictures of a shape halve down to 4 to 7 pixels.

    Raises:
        ValueError: no squares of pixels, or a side that does not halve so; the message names the shape.
    """
    side = shape[-1]
    if len(shape) == 3 and shape[1] == side:
        for base in BASES:
            doublings = (side // base).bit_length() - 1
            if doublings >= 1 and base << doublings == side:
                return Pyramid(shape[0], base, doublings)
    raise ValueError(
        f"networks {networks} take pictures (channels, side, side) of side 4 to 7 times a power of two, such "
        f"as 28, 32, 64, 128 or 256, got data of shape ({', '.join(map(str, shape))})"
    )


def check_width(width: object, name: str = "width") -> None:
    """Raise ValueError unless `width` is a positive integer."""
    positive_integer(width, f"networks: {name}")
