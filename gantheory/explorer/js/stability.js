// The joint game near P_g = P_r: mu^2 + kappa mu + b s lambda = 0 for each eigenvalue lambda of the data.

/** {kappa, b, s, threshold} of a game at v* (u = 1); null where the score jumps, bends or ends there. */
export function localGame(theory) {
  if (theory.steps || (theory.game.jumps || []).some((jump) => Math.abs(jump.t) < 1e-6)) return null;
  const { A, B, S } = theory.game, at = theory.score(0);
  const numbers = (v) => ({ kappa: -(A[2](v) + B[2](v)), b: A[1](v), s: -S[1](v) });
  const found = numbers(at), size = Math.abs(found.kappa) + Math.abs(found.b) + Math.abs(found.s);
  // A kink beside v*(1) shows as a jump of a derivative.
  const smooth = [-1e-5, 1e-5].every((step) => {
    const near = numbers(at + step);
    return ["kappa", "b", "s"].every((name) => Math.abs(near[name] - found[name]) < 1e-2 * size);
  });
  if (!Number.isFinite(size) || !smooth) return null;
  const pull = found.b * found.s;
  return { ...found, threshold: pull >= 0 ? found.kappa ** 2 / (4 * Math.abs(pull)) : NaN };
}

/** Damping -Re mu of the slower root and frequency |Im mu| at lambda. */
export function modeAt({ kappa, b, s }, lambda) {
  const inner = (kappa * kappa) / 4 - b * s * lambda;
  if (inner < 0) return { damping: kappa / 2, frequency: Math.sqrt(-inner) };
  // The product of the roots and not their difference, which cancels.
  const fast = kappa / 2 + Math.sqrt(inner);
  return { damping: fast === 0 ? 0 : (b * s * lambda) / fast, frequency: 0 };
}

export function stabilityInWords(game) {
  if (!game) return "no linear form: the optimal score jumps or bends at P_g = P_r";
  const { kappa, b, s, threshold } = game;
  if (Math.abs(b * s) < 1e-12) return "the generator feels no force at P_g = P_r";
  if (b * s < 0) return "unstable: the generator moves away from the data";
  if (Math.abs(kappa) < 1e-12) return "never damped: every mode swings";
  return `modes with λ > ${Number(threshold.toPrecision(3))} swing, with damping ${Number((kappa / 2).toPrecision(3))}`;
}
