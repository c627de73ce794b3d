"""Equations of an infinitely wide discriminator's coefficients, and their solutions.

`slopes` sorts objectives by A' and B'; `linear`, `stairs` and `ode` solve what they lead to.
"""
