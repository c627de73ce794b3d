// The generator's density under the exact discriminator, in one dimension:
//
//   dq/dt = d/dx (q d/dx s(p/q)),  s(u) = S(v*(u)),  no flux at the ends,
//
// the Wasserstein gradient flow of D_h. Finite volumes for log q, which conserve mass and have q = p as a steady state, and
// the L-stable two-stage diagonally implicit Runge-Kutta method of order two, as in gantheory.validation.density_flow.

const GAMMA = 1 - Math.SQRT1_2;
const NEWTON_STEPS = 12, LONGEST_MOVE = 3;

export class DensityFlow {
  /** potential = [s, ds/dt] as functions of t = log u; p and q are functions of x. */
  constructor(potential, p, q, { low = -6, high = 6, cells = 120, tolerance = 2e-4, upwind = false } = {}) {
    this.potential = potential;
    this.width = (high - low) / cells;
    this.centers = Float64Array.from({ length: cells }, (_, i) => low + (i + 0.5) * this.width);
    this.target = averages(p, low, cells, this.width);
    this.logTarget = this.target.map(Math.log);
    this.logQ = averages(q, low, cells, this.width).map(Math.log);
    this.tolerance = tolerance;
    this.upwind = upwind;
    this.time = 0;
    this.dissipated = 0;
    this.step = 1e-4;
    this.steps = 0;
  }

  get density() {
    return this.logQ.map(Math.exp);
  }

  get mass() {
    return this.density.reduce((sum, q) => sum + q, 0) * this.width;
  }

  get totalVariation() {
    return 0.5 * this.width * this.density.reduce((sum, q, i) => sum + Math.abs(q - this.target[i]), 0);
  }

  /** E_g of value(log p/q) and of E_r of slope(log p/q): D_h with h = u h' + s, or any f as q f. */
  expectation(onTarget, onDensity) {
    const q = this.density;
    let sum = 0;
    for (let i = 0; i < q.length; i++) {
      const t = this.logTarget[i] - this.logQ[i];
      sum += (onTarget ? this.target[i] * onTarget(t) : 0) + q[i] * onDensity(t);
    }
    return sum * this.width;
  }

  /** Goes on to time `end`; false where the implicit steps do not converge or the budget of milliseconds is spent. */
  advance(end, budget = Infinity) {
    const start = budget === Infinity ? 0 : performance.now();
    while (this.time < end) {
      if (budget !== Infinity && performance.now() - start > budget) return false;
      const left = end - this.time;
      const trial = this.step >= left ? left : Math.min(this.step, left / 2);
      const { logQ, dissipated, factor } = this.attempt(trial);
      if (logQ) {
        this.logQ = logQ;
        this.dissipated += dissipated;
        this.time = trial === left ? end : this.time + trial;
        this.steps++;
      }
      const proposed = trial * factor;
      this.step = logQ && trial < this.step ? Math.max(this.step, proposed) : proposed;
      if (!(this.step > 1e-12 * Math.max(1, end))) {
        this.failed = true;
        return false;
      }
    }
    return true;
  }

  attempt(step) {
    const q = this.density, first = this.stage(this.logQ, q, GAMMA * step);
    if (!first) return { logQ: null, factor: 0.25 };
    const base = q.slice(), slope = new Float64Array(q.length);
    for (let i = 0; i < q.length; i++) {
      slope[i] = (Math.exp(first[i]) - q[i]) / (GAMMA * step);
      base[i] += (1 - GAMMA) * step * slope[i];
    }
    const second = this.stage(first, base, GAMMA * step);
    if (!second) return { logQ: null, factor: 0.25 };
    let change = 0;
    for (let i = 0; i < q.length; i++) change += Math.abs((Math.exp(second[i]) - base[i]) / (GAMMA * step) - slope[i]);
    const error = (0.125 * step * change * this.width) / this.tolerance;
    const factor = error > 0 ? Math.min(3, Math.max(0.3, 0.9 / Math.sqrt(error))) : 3;
    if (error > 1.5) return { logQ: null, factor: Math.min(factor, 0.7) };
    const dissipated = step * ((1 - GAMMA) * this.dissipation(first) + GAMMA * this.dissipation(second));
    return { logQ: second, dissipated, factor };
  }

  /** Solves e^w + step div F(w) = base for w by Newton's method; null where it does not converge. */
  stage(guess, base, step) {
    const n = base.length, w = Float64Array.from(guess), ratio = step / this.width ** 2;
    const q = new Float64Array(n), s = new Float64Array(n), rate = new Float64Array(n);
    const lower = new Float64Array(n), main = new Float64Array(n), upper = new Float64Array(n), move = new Float64Array(n);
    for (let k = 0; k < NEWTON_STEPS; k++) {
      for (let i = 0; i < n; i++) {
        const t = this.logTarget[i] - w[i];
        q[i] = Math.exp(w[i]);
        s[i] = this.potential[0](t);
        rate[i] = this.potential[1](t);
        main[i] = q[i];
        move[i] = base[i] - q[i];
        lower[i] = upper[i] = 0;
      }
      for (let i = 0; i + 1 < n; i++) {
        const jump = s[i + 1] - s[i], [a, b] = this.shares(jump);
        const face = a * q[i] + b * q[i + 1], flow = ratio * face * jump;
        move[i] += flow;
        move[i + 1] -= flow;
        const left = ratio * (a * q[i] * jump + face * rate[i]);
        const right = ratio * (b * q[i + 1] * jump - face * rate[i + 1]);
        main[i] -= left;
        main[i + 1] += right;
        upper[i] = -right; // row i, column i + 1
        lower[i + 1] = left; // row i + 1, column i
      }
      if (!solveTridiagonal(lower, main, upper, move)) return null;
      let longest = 0;
      for (let i = 0; i < n; i++) longest = Math.max(longest, Math.abs(move[i]));
      if (!(longest < 50)) return null;
      const damp = Math.min(1, LONGEST_MOVE / longest);
      if (longest > 0) for (let i = 0; i < n; i++) w[i] += damp * move[i];
      if (longest < 1e-9) return w;
    }
    return null;
  }

  dissipation(logQ) {
    let sum = 0;
    const s = (i) => this.potential[0](this.logTarget[i] - logQ[i]);
    let here = s(0);
    for (let i = 0; i + 1 < logQ.length; i++) {
      const next = s(i + 1), jump = next - here, [a, b] = this.shares(jump);
      sum += (a * Math.exp(logQ[i]) + b * Math.exp(logQ[i + 1])) * jump * jump;
      here = next;
    }
    return sum / this.width;
  }

  /** Weights of the left and the right cell in the density at a face. */
  shares(jump) {
    return this.upwind ? (jump > 0 ? [0, 1] : [1, 0]) : [0.5, 0.5];
  }
}

/** Gaussian elimination with partial pivoting of a tridiagonal system; the solution replaces `right`. */
function solveTridiagonal(lower, main, upper, right) {
  const n = main.length, second = new Float64Array(n);
  for (let i = 0; i + 1 < n; i++) {
    if (Math.abs(lower[i + 1]) > Math.abs(main[i])) {
      [main[i], lower[i + 1]] = [lower[i + 1], main[i]];
      [upper[i], main[i + 1]] = [main[i + 1], upper[i]];
      if (i + 2 < n) [second[i], upper[i + 1]] = [upper[i + 1], second[i]];
      [right[i], right[i + 1]] = [right[i + 1], right[i]];
    }
    if (main[i] === 0) return false;
    const factor = lower[i + 1] / main[i];
    main[i + 1] -= factor * upper[i];
    upper[i + 1] -= factor * second[i];
    right[i + 1] -= factor * right[i];
  }
  for (let i = n - 1; i >= 0; i--) {
    if (i + 1 < n) right[i] -= upper[i] * right[i + 1];
    if (i + 2 < n) right[i] -= second[i] * right[i + 2];
    right[i] /= main[i];
    if (!Number.isFinite(right[i])) return false;
  }
  return true;
}

/** Cell averages by three-point Gauss-Legendre quadrature, normalized to total mass 1. */
function averages(density, low, cells, width) {
  const node = Math.sqrt(0.6) / 2, values = new Float64Array(cells);
  let total = 0;
  for (let i = 0; i < cells; i++) {
    const x = low + (i + 0.5) * width;
    values[i] = (5 * density(x - node * width) + 8 * density(x) + 5 * density(x + node * width)) / 18;
    total += values[i] * width;
  }
  return values.map((value) => value / total);
}

/** A mixture of Gaussians [[weight, mean, deviation], ...] as a function of x. */
export function gaussians(parts) {
  return (x) =>
    parts.reduce((sum, [w, m, d]) => sum + (w * Math.exp(-0.5 * ((x - m) / d) ** 2)) / (d * Math.sqrt(2 * Math.PI)), 0);
}
