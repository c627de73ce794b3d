"""Check certificates (docs/certificates.md) by Python's standard library: verify_certificates.py FILE ..."""

import ast
import json
import math
import sys
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction as Q
from itertools import accumulate, pairwise
from pathlib import Path

GENERATORS = []  # x, sums led by 1 ("base") and logarithms of earlier ones: (kind, what it is made of)
DOWN, UP = Context(90, ROUND_FLOOR, -9999), Context(90, ROUND_CEILING, -9999)


def need(condition, why):
    if not condition:
        raise ValueError(why)


def generator(kind, what):
    GENERATORS.extend([(kind, what)] * ((kind, what) not in GENERATORS))
    return GENERATORS.index((kind, what))


def joined(m, n):
    powers = {g: sum(e for h, e in (*m, *n) if h == g) for g, _ in (*m, *n)}
    return tuple(sorted((g, e) for g, e in powers.items() if e))


def number(c, g=0, e=0):  # c g^e
    return Sum([(((g, Q(e)),) if e else (), Q(c))])


class Sum(dict):  # a function of x > 0: {((generator, exponent), ...): rational coefficient}
    def __init__(self, terms=()):
        for m, c in terms:
            self[m] = self.get(m, 0) + c
        for m in [m for m, c in self.items() if not c]:
            del self[m]

    def __add__(self, other):
        return Sum([*self.items(), *other.items()])

    def __sub__(self, other):
        return self + number(-1) * other

    def __mul__(self, other):
        return Sum((joined(m, n), c * d) for m, c in self.items() for n, d in other.items())

    def __pow__(self, exponent):
        r = exponent.get((), Q(0))
        need(set(exponent) <= {()} and abs(r) < 10**7 and (self or r > 0), "such a power")
        c, factors = self.parts(bool(self) and r.denominator > 1)
        return Sum([(tuple((g, e * r) for g, e in factors if r), c**r if c != 1 else c)])

    def parts(self, roots=False):  # c and powers whose product it is; roots: 1 and positive ones
        split = self.factored() if len(self) > 1 else []
        common, p = split[0] if len(split) == 1 else ((), self)
        m, c = min(p.items(), key=lambda t: (dict(t[0]).get(0, 0), t[0]), default=((), Q(0)))
        rest = () if len(p) < 2 else p * Sum([(tuple((g, -e) for g, e in m), 1 / c)])
        factors = joined(joined(common, m), ((generator("base", rest), Q(1)),) if rest else ())
        need(not roots or (c > 0 and all(Sum.positive(g) for g, _ in factors)), "a root of a negative")
        extra = ((generator("base", number(max(c, 1 / c))), Q((c > 1) - (c < 1))),) if roots else ()
        return Q(1) if roots else c, joined(factors, extra)

    def log(self):
        return sum((number(e, generator("log", g), 1) for g, e in self.parts(True)[1]), Sum())

    def slope(self):  # the derivative by x
        total = Sum()
        for m, c in self.items():
            for g, e in m:
                kind, what = GENERATORS[g]
                inner = what.slope() if kind == "base" else number(1)
                if kind == "log":
                    inner = number(1, what, 1).slope() * number(1, what, -1)
                total += inner * Sum([(joined(m, ((g, Q(-1)),)), c * e)])
        return total

    def factored(self):  # [(powers of bases, sum without bases)], one for each set of fractional powers
        index = max((g for m in self for g, _ in m if GENERATORS[g][0] == "base"), default=None)
        if index is None:
            return [((), self)] if self else []
        groups, found = {}, []
        for m, c in self.items():
            e = dict(m).get(index, Q(0))
            groups.setdefault(e % 1, []).append((e, Sum([(joined(m, ((index, -e),)), c)])))
        for terms in groups.values():
            least, base = min(e for e, _ in terms), GENERATORS[index][1]
            need(all(e - least < 400 for e, _ in terms), "a large power")
            whole = sum((math.prod([base] * int(e - least), start=s) for e, s in terms), Sum())
            found += [(joined(m, ((index, least),)), p) for m, p in whole.factored()]
        return found

    def at_zero(self):  # the limit as x -> 0, where powers of x and values at 0 tell it
        total = Sum()
        for m, c in self.items():
            order = dict(m).get(0, 0)
            need(order >= 0, "a limit that is not told")
            term = number(0 if order else c)
            for g, e in m:
                kind, what = GENERATORS[g]
                if g and not (order and what == 0):
                    value = what.at_zero() if kind == "base" else number(1, what, 1).at_zero().log()
                    term *= value ** number(e)
            total += term
        return total

    def ends(self):  # bounds of a constant
        total = [Q(0), Q(0)]
        for m, c in self.items():
            product = [c, c]
            for g, e in m:
                kind, what = GENERATORS[g]
                value = what.ends() if kind == "base" else Sum.bounds("ln", number(1, what, 1).ends())
                whole = e.denominator == 1 and abs(e) < 99 and (value[0] * value[1] > 0 or e == 1)
                logs = [] if whole else sorted(e * x for x in Sum.bounds("ln", value))
                value = [x ** int(e) for x in value] if whole else Sum.bounds("exp", logs)
                product = sorted(x * y for x in product for y in value)[::3]
            total = [x + y for x, y in zip(total, product)]
        return total

    def sign(self):  # of the limit as x -> 0, which may be infinite
        a = self * number(1, 0, -min([Q(0), *(dict(m).get(0, 0) for m in self)]))
        low, high = a.at_zero().ends() if a.at_zero().factored() else (0, 0)
        need(low > 0 or high < 0 or (a == self and not a.at_zero().factored()), "a sign that is not told")
        return (low > 0) - (high < 0)

    def signs(self):  # as x runs from 0 to oo; (1, 1) touches zero once; None where no rule tells them
        for s in (1, -1):
            if self and all(s * c > 0 and all(Sum.positive(g) for g, _ in m) for m, c in self.items()):
                return (s,)
        [(powers, p)] = self.factored() or [((), number(0))]  # refused where there are roots of several kinds
        for g, e in powers:
            if not Sum.positive(g):
                need(0 < e < 99 and e.denominator == 1, "a power of what may be negative")
                p = math.prod([GENERATORS[g][1]] * int(e), start=p)
        rest = {tuple((g, e) for g, e in m if g) for m in p}
        need(len(rest) < 2 and all(Sum.positive(g) for m in rest for g, _ in m), "no sign that is told")
        terms = sorted((dict(m).get(0, Q(0)), c) for m, c in p.items()) or [(Q(0), Q(0))]
        k, c = [k for k, _ in terms], [c for _, c in terms]
        s, changes = [(x > 0) - (x < 0) for x in c], sum(x * y < 0 for x, y in pairwise(c))
        if changes < 2:  # Descartes' rule, which holds for real exponents
            return (s[0], s[-1])[: changes + 1]
        if changes == 2 and (sum(c) * s[0] < 0 or sum(c) == 0 == sum(x * y for x, y in terms)):
            return (s[0], s[0]) if sum(c) == 0 else (s[0], -s[0], s[0])
        if changes == 2 and c == c[::-1] and len({x + y for x, y in zip(k, k[::-1])}) == 1:
            return (s[0],)  # zeros would come as z and 1/z, with the other sign between them
        step = Q(math.gcd(*((x - k[0]).numerator for x in k)), math.lcm(*((x - k[0]).denominator for x in k)))
        need((k[-1] - k[0]) / step < 200, "no sign that is told")
        q, order = [dict(terms).get(k[0] + j * step, Q(0)) for j in range(int((k[-1] - k[0]) / step) + 1)], 0
        while not sum(q):  # divided by z - 1
            q, order = [-x for x in accumulate(q)][:-1], order + 1
        for _ in range(200):  # times z + 1, until all coefficients have one sign (Polya)
            if all(x * q[0] >= 0 for x in q):
                return (s[0], s[0] * (-1) ** order)[: 1 + (order > 0)]
            q = [x + y for x, y in zip([0, *q], [*q, 0])]

    def positive(g):
        kind, what = GENERATORS[g]
        inner, base = GENERATORS[what] if kind == "log" else (kind, what)
        return kind == "x" or (inner == "base" and (base - number(kind == "log")).signs() == (1,))

    def bounds(name, a):  # exp or ln; decimal rounds both correctly, so one unit further is a bound
        need(name == "exp" or a[0] > 0, "a power or logarithm of what may be negative")
        ends = [c.divide(Decimal(x.numerator), Decimal(x.denominator)) for c, x in ((DOWN, a[0]), (UP, a[1]))]
        return Q(getattr(UP, name)(ends[0]).next_minus(UP)), Q(getattr(UP, name)(ends[1]).next_plus(UP))


def parse(text, names):  # Python's notation, read and never run; d is the derivative by u or y
    does = {ast.Add: Sum.__add__, ast.Sub: Sum.__sub__, ast.Mult: Sum.__mul__, ast.Pow: Sum.__pow__}
    does |= {ast.Div: lambda a, b: a * b ** number(-1), ast.USub: Sum().__sub__, "log": Sum.log}
    does["Abs"] = lambda a: number({(1,): 1, (1, 1): 1, (0,): 0, (-1,): -1, (-1, -1): -1}[a.signs()]) * a
    does["d"] = lambda a: a.slope() * names["chart"].slope() ** number(-1)

    def read(n):
        if isinstance(n, ast.Constant | ast.Name):
            return number(n.value) if isinstance(n, ast.Constant) else names[n.id]
        call = isinstance(n, ast.Call)
        inner = n.args if call else [k for k in ast.iter_child_nodes(n) if isinstance(k, ast.expr)]
        return does[n.func.id if call else type(n.op)](*map(read, inner))

    return read(ast.parse(text, mode="eval").body)


def chart(low, high, from_high=False):  # (low, high) by x in (0, oo) from one end; None is an infinite end
    x = number(1, 0, -1 if high is None and from_high else 1)
    width = x if None in (low, high) else x * (number(1) + x) ** number(-1) * number(high - low)
    return number(low) + width if high is None or not (low is None or from_high) else number(high) - width


def over(c, w, i=None):  # names on a chart of u, on whose piece i the optimum is; without i of the score y
    names = {"chart": w, "y" if i is None else "u": w}
    names |= {} if i is None else {"y": parse(c["optimum"][i], names)}
    return names | {k: parse(text, names) for k, text in c["game"].items() if k in "AB" or i is not None}


def spans(listed):
    at = [None if "oo" in p else Q(p) for p in listed]
    need(None not in at[1:-1] and all(a < b for a, b in pairwise(p for p in at if p is not None)), "order")
    return list(pairwise(at))


def jumps(c, pieces, here, text):  # by how much a formula jumps between the pieces
    before = [over(c, chart(*s, True), i) for i, s in enumerate(pieces[:-1])]
    return [parse(text, b).at_zero() - parse(text, a).at_zero() for a, b in zip(before, here[1:])]


def limit(y):  # as x -> 0: a rational number, or None for an infinite one
    grows = any(dict(m).get(0, 0) < 0 for m in y)
    found = (y ** number(-1) if grows else y).at_zero()
    need(set(found) <= {()} and not (grows and found), "a limit that is not told")
    return None if grows else found.get((), Q(0))


def check_optimum(c, pieces, here):  # u A + B at y* is convex, and no line u A(y) + B(y) is above it
    swept = set()
    for i, (s, names) in enumerate(zip(pieces, here)):
        turn = parse("d(y)", names).signs()
        stationary = len(turn) == 1 and not parse("u*d(A) + d(B)", names).factored()
        need(stationary and -1 not in parse("d(A)", names).signs(), "no stationary point, or no maximum")
        ends = (limit(parse(c["optimum"][i], {"u": chart(*s, high)})) for high in (False, True))
        swept.add(tuple(ends)[:: turn[0] or 1])
    need(all(jump.sign() >= 0 for jump in jumps(c, pieces, here, "A")), "no maximum: not convex")
    need(not any(map(Sum.factored, jumps(c, pieces, here, "u*A + B"))), "no maximum: a jump")
    for low, high in (s for s in spans(c["domain"]) if s not in swept):
        there, near = over(c, chart(low, high)), {low, high} - {None} & set().union(*swept)
        gains = [[parse(c["game"][k], {"y": number(p)}) - there[k] for k in "AB"] for p in near]
        gains += [[parse(f"d(d({k}))", there) for k in "AB"]] * (len(near) == 2)
        need(any(-1 not in a.signs() + b.signs() for a, b in gains), "no maximum")


def check(c):
    GENERATORS[:] = [("x", None)]
    if "signs" in c:  # of a formula on an interval of u; 0 for an identity
        return need(
            [*parse(c["formula"], {"u": chart(*spans(c["interval"])[0])}).signs()] == c["signs"], "signs"
        )
    value = {"f": "u*R + S", "f_D": "u*A + B", "h": "0"}[c["function"]]
    first, second = ("-S/u", "-d(S)/u") if value == "0" else (f"d({value})", f"d(d({value}))")
    pieces = spans(c["pieces"])
    need(pieces[0][0] == 0 and pieces[-1][1] is None and len(pieces) == len(c["optimum"]), "not for all u")
    here = [over(c, chart(*s), i) for i, s in enumerate(pieces)]
    check_optimum(c, pieces, here)
    texts = [f"d(d({c['formula']}))"] * len(pieces) if "formula" in c else c["second_derivative"]
    for names, text in zip(here, texts, strict=True):
        need(not parse(f"{second} - ({text})", names).factored(), "another second derivative")
    kink = f"{first} - d({c['formula']})" if "formula" in c else "0"
    need(not any(map(Sum.factored, jumps(c, pieces, here, value) + jumps(c, pieces, here, kink))), "a jump")
    if "formula" in c:
        return check_number(c, pieces)
    patterns = [parse(second, names).signs() for names in here]
    kinks = [(jump.sign(),) for jump in jumps(c, pieces, here, first)]
    found = {"convex": not any(-1 in p for p in (*patterns, *kinks))}
    found["strictly convex"] = found["convex"] and (0,) not in patterns
    if "unique minimum" in c["holds"]:
        k = next(i for i, (_, b) in enumerate(pieces) if b is None or b > 1)
        near = patterns[k - 1 : k + 1] + kinks[k - 1 : k] if pieces[k][0] == 1 else [patterns[k]]
        found["unique minimum"] = any(map(any, near)) if found["convex"] else lemma(c, patterns, value)
    need(c["holds"] == found, "another conclusion")


def lemma(c, patterns, value):  # f from the signs of f'', f''(1) and the ends
    need(value != "0" and len(patterns) == 1, "no uniqueness that is told")
    one, zero, far = (over(c, w, 0) for w in (chart(Q(1), None), chart(Q(0), None), number(1, 0, -1)))
    slope, p = parse(f"d({value})", one).at_zero(), patterns[0]
    ends = [(parse(value, zero) - parse(value, one).at_zero() + slope).sign()] * (p[0] < 0)
    ends += [(parse(f"({value})/u", far) - slope).sign()] * (p[-1] < 0)
    bend = parse(f"d(d({value}))", one).sign()
    negative = p == (-1,) or bend < 0 or -1 in ends or ends == [0, 0]
    need(negative or (bend > 0 and p in ((-1, 1), (1, -1), (-1, 1, -1))), "no uniqueness that is told")
    return not negative


def check_number(c, pieces):  # sum q f(p/q) is in c["between"], f = c["formula"]
    f, total = c["formula"], parse(c["formula"], {"u": number(1)}).ends()
    need(total[0] <= 0 <= total[1] and total[1] - total[0] < Q(1, 10**60), "not normalized")
    masses = [list(map(Q, c[k])) for k in "PQ"]
    need(all(min(m) >= 0 and abs(sum(m) - 1) < Q(1, 10**8) for m in masses), "no pmf")
    for p, q in zip(*masses, strict=True):
        at = number(p / q) if p and q else chart(*pieces[0]) if q else chart(*pieces[-1], True)
        value = parse(f if q else f"({f})/u", {"u": at}).at_zero().ends() if p or q else (0, 0)
        total = [t + (q or p) * v for t, v in zip(total, value)]
    need(Q(c["between"][0]) <= total[0] and total[1] <= Q(c["between"][1]), "another value")


def refusal(c):  # None if the certificate holds
    try:
        return check(c)
    except Exception as why:  # whatever is wrong with it, it proves nothing
        return f"{type(why).__name__}: {why}"


if __name__ == "__main__":
    listed = [c for path in sys.argv[1:] for c in json.loads(Path(path).read_text(encoding="utf-8"))]
    refused = [f"refused: {c['statement']}: {why}" for c in listed if (why := refusal(c))]
    print(*refused, f"{len(listed) - len(refused)} certificates hold, {len(refused)} refused", sep="\n")
    sys.exit(bool(refused) or not listed)
