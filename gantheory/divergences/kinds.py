"""The three divergences of an objective."""

from __future__ import annotations

from typing import Literal, get_args

Kind = Literal["equilibrium", "flow", "discriminator"]

KINDS: tuple[Kind, ...] = get_args(Kind)
