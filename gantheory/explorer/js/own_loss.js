// A game from the user's text: A, B, R, S as trees, v*(u) found numerically for every ratio.

import { parseExpression, ExpressionError } from "./parser.js";
import { jet } from "./jets.js";

/** The game of {real, fake, generator, generatorReal, link, domain}; throws ExpressionError with the reason. */
export function ownGame(texts) {

  const link = parseExpression(texts.link || "v", "link D(v)");
  const roles = {
    A: parseExpression(texts.real, "real A(v)", link),
    B: parseExpression(texts.fake, "fake B(v)", link),
    S: parseExpression(texts.generator, "generator S(v)", link),
    R: parseExpression(texts.generatorReal || "0", "generator on real R(v)", link),
  };
  const domain = texts.domain || [-Infinity, Infinity];
  if (!(domain[0] < domain[1])) throw new ExpressionError("the domain must be two numbers, the lower one first");
  const names = { A: "real A(v)", B: "fake B(v)", S: "generator S(v)", R: "generator on real R(v)" };
  for (const [role, name] of Object.entries(names)) {
    for (const v of probes(domain)) {
      if (Number.isNaN(jet(roles[role], v)[0])) {
        const hint = texts.link && texts.link.trim() !== "v" ? "" : "; if D is a probability write sigmoid(v) as the link";
        throw new ExpressionError(`${name} is not real at v = ${v}${hint}`);
      }
    }
  }
  const at = (tree, order) => (v) => jet(tree, v)[order];
  const functions = (tree) => [0, 1, 2, 3].map((order) => at(tree, order));
  const game = {
    A: functions(roles.A), B: functions(roles.B), R: functions(roles.R), S: functions(roles.S),
    link: functions(link), trees: { ...roles, link }, domain, steps: null,
  };
  if (constantOn(game.A[0], domain) && constantOn(game.B[0], domain))
    throw new ExpressionError("A and B are both constant: the discriminator has nothing to maximize");
  return withNumericScore(game);
}

function probes([low, high]) {
  const grid = [-3, -1.375, -0.375, 0.125, 0.625, 1.625, 3.375];
  if (Number.isFinite(low) && Number.isFinite(high)) return grid.map((_, k) => low + ((high - low) * (k + 1)) / 8);
  if (Number.isFinite(low)) return grid.map((x) => low + Math.abs(x));
  return Number.isFinite(high) ? grid.map((x) => high - Math.abs(x)) : grid;
}

function constantOn(f, domain) {
  const values = probes(domain).map(f);
  return values.every((value) => value === values[0]);
}

/** Adds exact(t), v* by bracketing, and score, a fast interpolant of it with its derivatives. */
export function withNumericScore(game) {
  const A = game.A, B = game.B;
  const gain = (t) => {
    // (u A' + B')/(1 + u): no ratio overflows.
    const p = 1 / (1 + Math.exp(-t)), q = 1 / (1 + Math.exp(t));
    return { slope: (v) => p * A[1](v) + q * B[1](v), value: (v) => p * A[0](v) + q * B[0](v) };
  };
  const line = pointsOf(game.domain), slopesA = line.map(A[1]), slopesB = line.map(B[1]);
  const exact = (t) => {
    const p = 1 / (1 + Math.exp(-t)), q = 1 / (1 + Math.exp(t));
    return argmax(gain(t), line, line.map((_, i) => Math.sign(p * slopesA[i] + q * slopesB[i])), game.domain);
  };
  // lambda(v) = log(-B'/A') = t at the optimum, so that dv*/dt = 1/lambda', d2v*/dt2 = -lambda''/lambda'^3.
  const rates = (v) => {
    const a = A[2](v) / A[1](v), b = B[2](v) / B[1](v);
    const first = b - a, second = B[3](v) / B[1](v) - b * b - A[3](v) / A[1](v) + a * a;
    if (!Number.isFinite(v) || !Number.isFinite(first) || first === 0) return [0, 0];
    return [1 / first, -second / first ** 3];
  };
  // At a kink the optimum stays where it is: both one-sided slopes enclose zero.
  const kinked = (t, v) => {
    if (!Number.isFinite(v)) return false;
    const g = gain(t).slope, step = 1e-5 * (Math.abs(v) || 1);
    // Beside a kink the slope stays as it is however near one comes; elsewhere it goes to zero with the distance.
    const stays = (side) => side * g(v + side * step) < 0 && Math.abs(g(v + (side * step) / 10)) > 0.5 * Math.abs(g(v + side * step));
    return stays(-1) && stays(1);
  };
  const node = (t) => {
    const v = exact(t);
    return [v, ...(kinked(t, v) ? [0, 0] : rates(v))];
  };
  const table = new Map(), step = 1 / 16;
  const kept = (k) => {
    if (!table.has(k)) table.set(k, node(k * step));
    return table.get(k);
  };
  const cell = (t) => {
    const k = Math.floor(t / step), x = t / step - k, left = kept(k);
    if (x === 0) return left;
    const right = kept(k + 1), smooth = 0.5 * step * (left[1] + right[1]), jump = right[0] - left[0];
    if (!(Math.abs(jump - smooth) <= 0.02 * Math.abs(jump) + 1e-9)) return node(t);
    return hermite(left, right, x, step);
  };
  game.exact = exact;
  game.score = [0, 1, 2].map((order) => (t) => cell(t)[order]);
  game.jumps = jumpsOf(kept, exact, step);
  const levels = new Set();
  for (let k = -WIDE / step; k <= WIDE / step; k++) levels.add(kept(k)[1] === 0 ? Math.round(kept(k)[0] * 1e9) : NaN);
  for (const t of [-WIDE, -1, 1, WIDE]) {
    const v = exact(t), best = Number.isFinite(v) ? 0 : gain(t).value(v);
    if (!Number.isFinite(best)) throw new ExpressionError(`u A(v) + B(v) has no maximum: it grows without bound as v → ${v < 0 ? "−∞" : "∞"}`);
  }
  const constant = !levels.has(NaN) && game.jumps.length > 0;
  if (constant) game.steps = { edges: game.jumps.map((j) => j.t), levels: [game.jumps[0].before, ...game.jumps.map((j) => j.after)] };
  return game;
}

const WIDE = 16;

/** Where v* jumps for |t| <= 16: [{t, before, after}]. */
function jumpsOf(kept, exact, step) {
  const found = [];
  for (let k = -WIDE / step; k < WIDE / step; k++) {
    const [left, right] = [kept(k), kept(k + 1)], jump = right[0] - left[0];
    const smooth = 0.5 * step * (left[1] + right[1]);
    if (Number.isFinite(jump) ? Math.abs(jump - smooth) <= 0.02 * Math.abs(jump) + 1e-9 : left[0] === right[0]) continue;
    let [low, high] = [k * step, (k + 1) * step], before = left[0], after = right[0];
    for (let i = 0; i < 50 && high - low > 1e-13; i++) {
      const middle = (low + high) / 2, v = exact(middle);
      if (v === before || Math.abs(v - before) < Math.abs(v - after)) [low, before] = [middle, v];
      else [high, after] = [middle, v];
    }
    if (!(Math.abs(after - before) > 1e-6)) continue;
    const t = Math.abs(high) < 1e-10 || Math.abs(low) < 1e-10 ? 0 : (low + high) / 2, last = found[found.length - 1];
    if (last && Math.abs(last.t - t) < 1e-9) last.after = after;
    else found.push({ t, before, after });
  }
  return found;
}

/** The quintic that has both ends' values and first two derivatives, with two derivatives of its own. */
function hermite(p, q, x, h) {
  const d1 = p[1] * h, d2 = p[2] * h * h, e1 = q[1] * h, e2 = q[2] * h * h, jump = q[0] - p[0];
  const c3 = 10 * jump - 6 * d1 - 4 * e1 - 1.5 * d2 + 0.5 * e2;
  const c4 = -15 * jump + 8 * d1 + 7 * e1 + 1.5 * d2 - e2;
  const c5 = 6 * jump - 3 * (d1 + e1) - 0.5 * d2 + 0.5 * e2;
  return [
    p[0] + x * (d1 + x * (d2 / 2 + x * (c3 + x * (c4 + x * c5)))),
    (d1 + x * (d2 + x * (3 * c3 + x * (4 * c4 + 5 * x * c5)))) / h,
    (d2 + x * (6 * c3 + x * (12 * c4 + 20 * x * c5))) / (h * h),
  ];
}

/** Points over the whole domain, dense where scores usually are. */
function pointsOf([low, high]) {
  const points = [];
  for (let k = -280; k <= 280; k++) {
    const z = Math.abs(k) <= 160 ? k / 16 : Math.sign(k) * (10 + (Math.abs(k) - 160) / 4);
    if (Number.isFinite(low) && Number.isFinite(high)) points.push(low + (high - low) / (1 + Math.exp(-2 * z)));
    else if (Number.isFinite(low)) points.push(low + Math.exp(z));
    else points.push(Number.isFinite(high) ? high - Math.exp(-z) : Math.sinh(z));
  }
  return points.filter((v, i) => i === 0 || v > points[i - 1]);
}

/** The score with the largest gain: where the slope falls through zero, the middle of a plateau, or an end. */
function argmax({ slope, value }, line, signs, [low, high]) {
  const candidates = [];
  let last = -1; // index of the last point with a slope that is not zero
  signs.forEach((sign, i) => {
    if (sign === 0 || Number.isNaN(sign)) return;
    if (last >= 0 && signs[last] > 0 && sign < 0) candidates.push([line[last], line[i], i - last > 1]);
    last = i;
  });
  if (!candidates.length) {
    const sign = signs.find((s) => s > 0 || s < 0);
    if (sign === undefined) return Number.isFinite(low + high) ? (low + high) / 2 : 0; // a tie of all scores
    return sign > 0 ? high : low;
  }
  const roots = candidates.map(([left, right, plateau]) => (plateau ? flat(slope, left, right) : root(slope, left, right)));
  return roots.reduce((best, v) => (value(v) > value(best) ? v : best));
}

/** A zero of a falling slope by bisection with the Illinois rule: no derivative, and safe at kinks. */
function root(slope, left, right) {
  let fl = slope(left), fr = slope(right), side = 0;
  for (let i = 0; i < 200 && right - left > 4e-16 * Math.max(Math.abs(left), Math.abs(right), 1e-300); i++) {
    let middle = i % 3 === 2 ? (left + right) / 2 : (left * fr - right * fl) / (fr - fl);
    if (!(middle > left && middle < right)) middle = (left + right) / 2;
    if (middle === left || middle === right) break;
    const fm = slope(middle);
    if (fm === 0) return middle;
    if (fm > 0) {
      [left, fl] = [middle, fm];
      if (side === 1) fr /= 2;
      side = 1;
    } else {
      [right, fr] = [middle, fm];
      if (side === -1) fl /= 2;
      side = -1;
    }
  }
  return (left + right) / 2;
}

/** The slope is zero on an interval between left and right: its middle. */
function flat(slope, left, right) {
  const edge = (inside, outside) => {
    for (let i = 0; i < 80; i++) {
      const middle = (inside + outside) / 2;
      if (slope(middle) === 0) inside = middle;
      else outside = middle;
    }
    return inside;
  };
  let zeroAt = null;
  for (let k = 1; k < 64 && zeroAt === null; k++) {
    const v = left + ((right - left) * k) / 64;
    if (slope(v) === 0) zeroAt = v;
  }
  if (zeroAt === null) return root(slope, left, right);
  return (edge(zeroAt, left) + edge(zeroAt, right)) / 2;
}
