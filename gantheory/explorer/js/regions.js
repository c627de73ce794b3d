// Regions over (alpha_D, alpha_G), by the theorems that gantheory.derivation.region_theorems proves.

export const STRICT = "strictly convex", CONVEX = "convex, not strictly", UNIQUE = "not convex, uniquely minimized";
export const NONE = "not a divergence", ZERO = "identically zero";

/** Where a pair lies, with the reason; c = 1 - 1/alpha_G. */
export function alphaRegion(a, b, saturating) {
  if (a === Infinity) return atInfinity(b, saturating);
  const ratio = b === Infinity ? 0 : a / b, ac = a - ratio;
  if (!saturating) {
    if (ac <= 1) return [STRICT, "f″ > 0 for every u"];
    if (ac <= 2) return [UNIQUE, "f is concave for small u, with f(0) ≥ 0"];
    return [NONE, "f(0) < 0, so D_f < 0 for some P and Q"];
  }
  if (a === 1 && b === 0.5) return [ZERO, "f″ = 0: D_f = 0 for all P and Q"];
  if (a <= 1 ? 1 + ac >= 0 : a <= 2 * b && b <= a) return [STRICT, a === 2 * b && a > 1 ? "f″ > 0 except at u = 1" : "f″ > 0 for every u"];
  if (a === 1 && 1 + ac > 0) return [STRICT, "f″ > 0 for every u"];
  if (a > 1 && b > a) return [UNIQUE, "f″ > 0 around u = 1, f concave further out with f(0) > 0"];
  if (a > 2 * b) return [NONE, "f″ < 0 around u = 1, so D_f < 0 for P close to Q"];
  return [NONE, "f(0) = f′(∞) = −∞"];
}

function atInfinity(b, saturating) {
  if (saturating && b > 1) return [CONVEX, "D_f is the total variation times α_G/(α_G − 1)"];
  if (saturating) return [NONE, "D_f = −∞ unless P = Q"];
  return b > 1 ? [NONE, "f jumps down at u = 1, where D* = 1/2"] : [CONVEX, "D_f = ∞ unless P = Q"];
}

/** The hypotheses of Theorems 1 and 2 of Welfert et al. (ISIT 2023) as printed. */
export function published(a, b, saturating) {
  if (!saturating) return 1 / a + 1 / b > 1;
  return a <= 1 ? b > a / (a + 1) : a / 2 < b && b <= a;
}

/** LSGAN: whether f and h are convex, without the real term f'' = x^3 L (3 L x + 2 K), x = 1/(1+u), L = a-b, K = b-c. */
export function labelRegion(a, b, c, realTerm) {
  const L = a - b, K = b - c;
  // s = (v - c)^2/2 falls with u iff (v* - c)(b - a) <= 0 for every v* between a and b.
  const flow = (a - c) * (b - a) <= 0 && (b - c) * (b - a) <= 0;
  if (!realTerm) return { f: L * K >= 0, h: flow };
  // With it f = ((1 + u)/2) (v* - c)^2 and f'' = (a - b)^2/(1 + u)^3: always convex.
  return { f: true, h: flow };
}
