"""The intermediate representation: a straight-line program of elementwise operations, free of any backend.

A program is a tuple of instructions; instruction i may refer to the results of earlier ones. Constants stay
exact sympy numbers, so that each backend rounds them once, to its own precision.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp


@dataclass(frozen=True)
class Instruction:
    """One operation on the results ``args``.

    "input"; "const", the backend's number nearest to the exact ``value``; "rounding", what that leaves of
    ``value``, again rounded; "where" with three arguments; or a function of one or two, by the names in the
    tables of `backends`. Of these, "damp" multiplies with 0 times infinity = 0, erfcx is exp(x^2) erfc(x) for
    x >= 0, and "tiny" asks whether expm1(x) = x to all digits (never so at arbitrary precision).
    """

    op: str
    args: tuple[int, ...] = ()
    value: sp.Expr | None = None


@dataclass(frozen=True)
class Program:
    instructions: tuple[Instruction, ...]
    result: int

    def run(self, operations: dict, x: Any) -> Any:
        """Interpret with a table of ``operations``; "const" and "rounding" in it take an exact number."""
        values: list = []
        for instruction in self.instructions:
            if instruction.op == "input":
                values.append(x)
            elif instruction.value is not None:
                values.append(operations[instruction.op](instruction.value))
            else:
                values.append(operations[instruction.op](*[values[i] for i in instruction.args]))
        return values[self.result]


class Builder:
    """Collects instructions, each distinct one once."""

    def __init__(self) -> None:
        self._index: dict[Instruction, int] = {}
        self.x = self._add(Instruction("input"))

    def _add(self, instruction: Instruction) -> int:
        return self._index.setdefault(instruction, len(self._index))

    def constant(self, value: Any) -> int:
        return self._add(Instruction("const", (), sp.sympify(value, strict=True)))

    def rounding(self, value: Any) -> int:
        return self._add(Instruction("rounding", (), sp.sympify(value, strict=True)))

    def op(self, name: str, *args: int) -> int:
        return self._add(Instruction(name, args))

    def scale(self, factor: Any, node: int) -> int:
        """``factor * node`` without multiplying by one."""
        factor = sp.sympify(factor, strict=True)
        if factor == 1:
            return node
        if factor == -1:
            return self.op("neg", node)
        return self.op("mul", self.constant(factor), node)

    def total(self, nodes: list[int]) -> int:
        if not nodes:
            return self.constant(0)
        result = nodes[0]
        for node in nodes[1:]:
            result = self.op("add", result, node)
        return result

    def program(self, result: int) -> Program:
        """The instructions that ``result`` needs, renumbered."""
        listing = list(self._index)
        needed, stack = set(), [result]
        while stack:
            i = stack.pop()
            if i not in needed:
                needed.add(i)
                stack.extend(listing[i].args)
        order = sorted(needed)
        renumbered = {old: new for new, old in enumerate(order)}
        return Program(
            tuple(
                Instruction(listing[i].op, tuple(renumbered[a] for a in listing[i].args), listing[i].value)
                for i in order
            ),
            renumbered[result],
        )
