// Values with three derivatives: [x, x', x'', x'''], carried through an expression tree by exact rules.
//
// M is the runtime of lowered programs.

const zero = (x, y) => (x === 0 || y === 0 ? 0 : x * y);

const sigma = (x) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** Outer functions: x -> [g, g', g'', g''']. At a kink the derivative is the mean of both sides. */
const OUTER = {
  exp: (x) => Array(4).fill(Math.exp(x)),
  expm1: (x) => [Math.expm1(x), ...Array(3).fill(Math.exp(x))],
  log: (x) => [Math.log(x), 1 / x, -1 / (x * x), 2 / (x * x * x)],
  log1p: (x) => [Math.log1p(x), 1 / (1 + x), -1 / (1 + x) ** 2, 2 / (1 + x) ** 3],
  sqrt: (x) => power(x, 0.5),
  sigmoid: (x) => {
    const s = sigma(x), q = sigma(-x), b = s * q;
    return [s, b, b * (q - s), b * (1 - 6 * b)];
  },
  softplus: (x) => {
    const s = sigma(x), q = sigma(-x);
    return [softplus(x), s, s * q, s * q * (q - s)];
  },
  logsigmoid: (x) => {
    const s = sigma(x), q = sigma(-x);
    return [-softplus(-x), q, -s * q, s * q * (s - q)];
  },
  relu: (x) => [Math.max(x, 0), x > 0 ? 1 : x < 0 ? 0 : 0.5, 0, 0],
  tanh: (x) => {
    const t = Math.tanh(x), b = 4 * sigma(2 * x) * sigma(-2 * x);
    return [t, b, -2 * t * b, b * (4 * t * t - 2 * b)];
  },
  sinh: (x) => [Math.sinh(x), Math.cosh(x), Math.sinh(x), Math.cosh(x)],
  cosh: (x) => [Math.cosh(x), Math.sinh(x), Math.cosh(x), Math.sinh(x)],
  atan: (x) => {
    const b = 1 / (1 + x * x);
    return [Math.atan(x), b, -2 * x * b * b, (6 * x * x - 2) * b * b * b];
  },
  erf: (x) => {
    const b = (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x);
    return [M.erf(x), b, zero(-2 * x, b), zero(4 * x * x - 2, b)];
  },
  erfc: (x) => {
    const b = (-2 / Math.sqrt(Math.PI)) * Math.exp(-x * x);
    return [M.erfc(x), b, zero(-2 * x, b), zero(4 * x * x - 2, b)];
  },
  LambertW: (x) => {
    const w = lambert(x), e = Math.exp(-w), k = 1 / (1 + w);
    return [w, e * k, -(w + 2) * e * e * k ** 3, (2 * w * w + 8 * w + 9) * e ** 3 * k ** 5];
  },
  abs: (x) => [Math.abs(x), Math.sign(x), 0, 0],
  sign: (x) => [Math.sign(x), 0, 0, 0],
};

function lambert(x) {
  if (x > 0) return M.omega(Math.log(x));
  if (x === 0) return 0;
  if (!(x >= -1 / Math.E)) return NaN;
  let w = x < -0.25 ? -1 + Math.sqrt(Math.max(0, 2 * (1 + Math.E * x))) : x;
  for (let i = 0; i < 40; i++) {
    const step = (w * Math.exp(w) - x) / (Math.exp(w) * (1 + w));
    if (!Number.isFinite(step)) break;
    w -= step;
  }
  return w;
}

function power(x, k) {
  const out = [Math.pow(x, k)];
  let factor = 1;
  for (let n = 1; n <= 3; n++) {
    factor *= k - n + 1;
    out.push(factor === 0 ? 0 : factor * Math.pow(x, k - n));
  }
  return out;
}

/** Faa di Bruno's formula to the third order. */
function compose(g, f) {
  return [
    g[0],
    zero(g[1], f[1]),
    zero(g[2], f[1] * f[1]) + zero(g[1], f[2]),
    zero(g[3], f[1] ** 3) + 3 * zero(g[2], f[1] * f[2]) + zero(g[1], f[3]),
  ];
}

const add = (x, y) => x.map((value, i) => value + y[i]);
const scale = (k, x) => x.map((value) => k * value);
const multiply = (x, y) => [
  zero(x[0], y[0]),
  zero(x[1], y[0]) + zero(x[0], y[1]),
  zero(x[2], y[0]) + 2 * zero(x[1], y[1]) + zero(x[0], y[2]),
  zero(x[3], y[0]) + 3 * zero(x[2], y[1]) + 3 * zero(x[1], y[2]) + zero(x[0], y[3]),
];

function extremum(jets, sign) {
  return jets.reduce((best, jet) => {
    const gap = sign * (jet[0] - best[0]);
    return gap > 0 ? jet : gap < 0 ? best : gap === 0 ? scale(0.5, add(best, jet)) : [NaN, NaN, NaN, NaN];
  });
}

const apply = (name, jet) => compose(OUTER[name](jet[0]), jet);

/** The jet of a tree at v. */
export function jet(node, v) {
  switch (node.type) {
    case "number":
      return [node.value, 0, 0, 0];
    case "v":
      return [v, 1, 0, 0];
    case "neg":
      return scale(-1, jet(node.args[0], v));
    case "+":
      return add(jet(node.args[0], v), jet(node.args[1], v));
    case "-":
      return add(jet(node.args[0], v), scale(-1, jet(node.args[1], v)));
    case "*":
      return multiply(jet(node.args[0], v), jet(node.args[1], v));
    case "/": {
      const bottom = jet(node.args[1], v);
      return multiply(jet(node.args[0], v), compose(power(bottom[0], -1), bottom));
    }
    case "**": {
      const base = jet(node.args[0], v);
      if (node.args[1].type === "number") return compose(power(base[0], node.args[1].value), base);
      return apply("exp", multiply(jet(node.args[1], v), apply("log", base)));
    }
    case "call": {
      const args = node.args.map((arg) => jet(arg, v));
      if (node.name === "min" || node.name === "max") return extremum(args, node.name === "max" ? 1 : -1);
      return apply(node.name, args[0]);
    }
  }
  throw new Error(`no rule for ${node.type}`);
}
