"""Objectives as a figure calls them: short, in mathtext."""

from __future__ import annotations

from fractions import Fraction

_FGAN = {
    "kl": "KL",
    "reverse_kl": "reverse KL",
    "pearson": r"Pearson $\chi^2$",
    "neyman": r"Neyman $\chi^2$",
    "squared_hellinger": "Hellinger",
    "js": "JS",
    "gan": "GAN",
    "jeffrey": "Jeffreys",
    "tv": "TV",
}


def short_name(name: str) -> str:
    """An objective's name for a label: "alpha_gan(1/2, 6/5)" is "α-GAN (0.5, 1.2)", S or NS behind it.

    S is the saturating and NS the non-saturating generator. A name of no known family stays as it is.
    """
    family, _, rest = name.partition("(")
    arguments = [part.strip() for part in rest.rstrip(")").split(",") if part.strip()]
    non_saturating = "saturating=False" in arguments
    values = [part for part in arguments if "=" not in part]
    kind = "NS" if non_saturating else "S"
    if family == "vanilla":
        return f"vanilla {kind}"
    if family == "alpha_gan":
        return rf"$\alpha$-GAN ({', '.join(map(_decimal, values))}) {kind}"
    if family == "lsgan":
        real = " with real term" if "real_term=True" in arguments else ""
        return f"LSGAN ({', '.join(map(_decimal, values))}){real}"
    if family == "fgan" and values:
        key = values[0].strip("\"'")
        return rf"$f$-GAN {_FGAN.get(key, key)}{' NS' if non_saturating else ''}"
    if family in ("hinge", "ebgan", "renyi", "lkgan"):
        title = {"hinge": "hinge", "ebgan": "EBGAN", "renyi": "Rényi", "lkgan": "LkGAN"}[family]
        return f"{title} ({', '.join(map(_decimal, values))})" if values else title
    return name.replace("_", r"\_") if "$" in name else name.replace("_", " ")


def short_names(names: list[str]) -> list[str]:
    """`short_name` of each, made longer again where two would read the same."""
    found = [short_name(name) for name in names]
    return [short if found.count(short) == 1 else name for short, name in zip(found, names, strict=True)]


def _decimal(text: str) -> str:
    """1/2 as 0.5; a quotient without a short decimal stays one, infinity is a sign."""
    if text in ("oo", "inf"):
        return r"$\infty$"
    try:
        number = Fraction(text)
    except ValueError:
        return text
    decimal = f"{float(number):.4g}"
    return decimal if Fraction(decimal) == number else text
