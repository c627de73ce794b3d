// The theory of one game as functions of t = log(p_r/p_g), from its functions and their derivatives.
//
// A game has A, B, R, S and link, each a list [value, first, second derivative, ...] of functions of the score v, and
// one of: score, a list [v*, dv*/dt, d2v*/dt2] of functions of t; steps, where v* jumps. u = e^t.

/** Nodes and weights of eight-point Gauss-Legendre quadrature on [-1, 1], positive half. */
const GAUSS = [
  [0.1834346424956498, 0.362683783378362],
  [0.525532409916329, 0.3137066458778873],
  [0.7966664774136267, 0.2223810344533745],
  [0.9602898564975363, 0.1012285362903763],
];

export function integrate(g, low, high) {
  const middle = (low + high) / 2, half = (high - low) / 2;
  let sum = 0;
  for (const [x, w] of GAUSS) sum += w * (g(middle - half * x) + g(middle + half * x));
  return half * sum;
}

/** G(t) = integral of g from 0 to t: whole panels are kept, what is left is integrated anew. */
export function antiderivative(g, panel = 1 / 16) {
  const sums = { 1: [0], "-1": [0] };
  return (t) => {
    const side = t < 0 ? -1 : 1, whole = Math.floor(Math.abs(t) / panel), kept = sums[side];
    while (kept.length <= whole) {
      const k = kept.length;
      kept.push(kept[k - 1] + integrate(g, side * (k - 1) * panel, side * k * panel));
    }
    const start = side * whole * panel;
    return start === t ? kept[whole] : kept[whole] + integrate(g, start, t);
  };
}

/** 0 wins over infinity, as it does in E_g[S] where p_g = 0. */
const times = (x, y) => (x === 0 || y === 0 ? 0 : x * y);

/** role(v*(e^t)) with two derivatives in t, by the chain rule. */
function alongOptimum(role, score) {
  return [
    (t) => role[0](score[0](t)),
    (t) => times(role[1](score[0](t)), score[1](t)),
    (t) => {
      const v = score[0](t), first = score[1](t);
      return times(role[2](v), first * first) + times(role[1](v), score[2](t));
    },
  ];
}

/** Every quantity that the page shows, as a function of t = log u. */
export function theoryOf(game) {
  return game.steps ? theoryOfSteps(game) : smoothTheory(game);
}

function smoothTheory(game) {
  const score = game.score, exact = game.exact || score[0];
  const r = alongOptimum(game.R, score), s = alongOptimum(game.S, score);
  const one = exact(0);
  const offset = game.R[0](one) + game.S[0](one);
  const raw = r[0](0) + r[1](0) + s[1](0);
  const slope = Number.isFinite(raw) ? raw : 0;
  const atOne = game.S[0](one);
  const smooth = antiderivative((t) => -times(s[1](t), Math.exp(-t)));
  const jumps = (game.jumps || []).map((j) => ({ t: j.t, mass: -(game.S[0](j.after) - game.S[0](j.before)) * Math.exp(-j.t) }));
  // Where v* jumps, u dh' = -ds as a measure; a jump at u = 1 counts half on either side.
  const hPrime = (t) => smooth(t) + jumps.reduce((sum, j) => sum + j.mass * between(j.t, t), 0);
  return {
    game,
    steps: null,
    score: exact,
    D: (t) => game.link[0](exact(t)),
    f: (t) => times(Math.exp(t), game.R[0](exact(t))) + game.S[0](exact(t)) - offset - slope * Math.expm1(t),
    curvature: (t) => Math.exp(-t) * (r[1](t) + r[2](t) + times(Math.exp(-t), s[2](t) - s[1](t))),
    h: (t) => times(Math.exp(t), hPrime(t)) + game.S[0](exact(t)) - atOne,
    hPrime,
    potential: [(t) => s[0](t) - atOne, s[1]],
    saturation: s[1],
    idealLoss: -(game.A[0](one) + game.B[0](one)),
  };
}

/** How much of a point mass at `edge` lies between 0 and t, with sign. */
function between(edge, t) {
  if (edge === 0) return Math.sign(t) / 2;
  return edge > 0 ? (t > edge ? 1 : 0) : t < edge ? -1 : 0;
}

/** v* is levels[k] between the edges in t; on an edge D is the mean of both sides. */
function theoryOfSteps(game) {
  const { edges, levels } = game.steps;
  const R = levels.map(game.R[0]), S = levels.map(game.S[0]), D = levels.map(game.link[0]);
  const mean = (x, y) => (x === -y ? 0 : (x + y) / 2);
  const at = (values, t) => {
    const k = edges.findIndex((edge) => t <= edge);
    return k < 0 ? values[values.length - 1] : t === edges[k] ? mean(values[k], values[k + 1]) : values[k];
  };
  const k = Math.max(0, edges.findIndex((edge) => edge >= 0));
  const [below, above] = edges[k] === 0 ? [k, k + 1] : [k, k];
  const finite = [...R, ...S].every(Number.isFinite);
  const tie = Number.isFinite(mean(levels[below], levels[above])) ? mean(levels[below], levels[above]) : 0;
  const jumps = Math.abs(R[below] + S[below] - R[above] - S[above]) > 1e-12 * Math.abs(R[below] + S[below]);
  const offset = jumps ? game.R[0](tie) + game.S[0](tie) : R[below] + S[below];
  const slope = jumps ? 0 : (R[below] + R[above]) / 2;
  const infinite = R.reduce((sum, x) => sum + x, 0) + S.reduce((sum, x) => sum + x, 0);
  const f = (t) => {
    if (t === 0 && edges[k] === 0) return 0;
    if (!finite) return infinite;
    return times(Math.exp(t), at(R, t)) + at(S, t) - offset - slope * Math.expm1(t);
  };
  const atOne = mean(S[below], S[above]);
  // u dh' = -ds as a measure: h' jumps by -ds/u, half of it counted on either side of u = 1.
  const hPrime = (t) =>
    edges.reduce((sum, edge, j) => sum - (S[j + 1] - S[j]) * Math.exp(-edge) * between(edge, t), 0);
  const limited = S.every(Number.isFinite);
  return {
    game,
    steps: game.steps,
    score: (t) => at(levels, t),
    D: (t) => at(D, t),
    f,
    curvature: () => 0,
    h: (t) => (t === 0 ? 0 : limited ? times(Math.exp(t), hPrime(t)) + at(S, t) - atOne : Infinity),
    hPrime,
    potential: [(t) => (limited ? at(S, t) - atOne : NaN), () => 0],
    saturation: () => 0,
    idealLoss: -(game.A[0](tie) + game.B[0](tie)),
  };
}

/** "vanishes", "constant" or "explodes": what |s| does as t -> side * infinity, from its growth far out. */
export function limitInWords(theory, side) {
  if (theory.steps) return { word: "vanishes", value: 0 };
  // Numerically found scores are good as far as e^36; lowered functions much further.
  const unit = theory.game.exact ? 12 : 40;
  const [near, middle, far] = [1, 2, 3].map((k) => Math.abs(theory.saturation(side * k * unit)));
  if (far === 0) return { word: "vanishes", value: 0 };
  if (far === Infinity) return { word: "explodes", value: Infinity };
  const first = Math.log(middle / near), second = Math.log(far / middle);
  if (Number.isNaN(first + second)) return { word: "unknown", value: NaN };
  // Towards a constant the growth dies out; a power of u goes on at the same rate.
  if (Math.abs(second) < 1e-4 || Math.abs(second) < 0.3 * Math.abs(first)) return { word: "constant", value: far };
  return second < 0 ? { word: "vanishes", value: 0 } : { word: "explodes", value: Infinity };
}

/** Whether f'' >= 0 at every point of a grid of |t| <= 12, with the worst point where not. */
export function convexOnGrid(theory, kind = "equilibrium") {
  const size = 480;
  let worst = null, depth = 0;
  if (theory.steps) {
    const g = kind === "flow" ? theory.hPrime : null;
    if (g) return { convex: theory.h(1) >= 0 && theory.h(-1) >= 0, witness: null };
    const f = (u) => theory.f(Math.log(u)), left = f(0.5), right = f(2);
    if (!Number.isFinite(left + right)) return { convex: left + right > 0, witness: null };
    for (let k = 1; k < 60; k++) {
      const u = k / 20, second = f(u + 0.05) + f(Math.max(u - 0.05, 1e-9)) - 2 * f(u);
      if (second < depth - 1e-9) [worst, depth] = [Math.log(u), second];
    }
    return { convex: worst === null, witness: worst };
  }
  for (let k = 0; k <= size; k++) {
    const t = (24 * k) / size - 12;
    const value = kind === "flow" ? -theory.saturation(t) : theory.curvature(t);
    // Against the largest term that f'' is a sum of, so that rounding is no witness.
    const scale = kind === "flow" ? 0 : 1e-9 * curvatureScale(theory, t);
    const relative = kind === "flow" ? value : value * Math.exp(1.5 * t);
    if (value < -scale && value < 0 && relative < depth) [worst, depth] = [t, relative];
  }
  return { convex: worst === null, witness: worst };
}

function curvatureScale(theory, t) {
  const { R, S } = theory.game, score = theory.game.score;
  const v = score[0](t), first = score[1](t), second = score[2](t), w = Math.exp(-t);
  const part = (role) =>
    Math.abs(times(role[1](v), first)) + Math.abs(times(role[2](v), first * first)) + Math.abs(times(role[1](v), second));
  return w * (part(R) + w * part(S));
}
