// The operations of lowered programs that JavaScript's Math has not, in float64.
const M = (() => {
  "use strict";
  const ROOT_PI = 1.772453850905516;

  // exp(-x^2) without the rounding of x^2: the high part has 24 bits, so that its square is exact.
  function bell(x) {
    if (!(Math.abs(x) < 30)) return Number.isNaN(x) ? x : 0;
    const high = Math.fround(x);
    return Math.exp(-high * high) * Math.exp((high - x) * (high + x));
  }

  // erf(x) = 2/sqrt(pi) exp(-x^2) sum_n 2^n x^(2n+1)/(2n+1)!!, without a sign change, for |x| <= 2.
  function series(x) {
    let term = x, sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum) && n < 100; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return (2 / ROOT_PI) * bell(x) * sum;
  }

  // Laplace's continued fraction of erfcx for x >= 1, with as many terms as x asks for.
  function fraction(x) {
    if (x > 1e8) return 1 / (ROOT_PI * x);
    let tail = x;
    for (let k = Math.ceil(20 + 190 / (x * x)); k > 0; k--) tail = x + k / (2 * tail);
    return 1 / (ROOT_PI * tail);
  }

  function erf(x) {
    if (Math.abs(x) <= 1.5) return series(x);
    return x > 0 ? 1 - erfc(x) : erfc(-x) - 1;
  }

  function erfc(x) {
    if (x < 1) return x < -1.5 ? 2 - erfc(-x) : 1 - series(x);
    return x < 30 ? bell(x) * fraction(x) : Number.isNaN(x) ? x : 0;
  }

  // exp(x^2) erfc(x) for x >= 0.
  const erfcx = (x) => (x < 1 ? Math.exp(x * x) * (1 - series(x)) : fraction(x));

  // Wright's omega, w + log w = z, by Fritsch's fourth-order iteration; exp(z) where that is exact.
  function omega(z) {
    if (Number.isNaN(z) || z === Infinity) return z;
    if (z < -38) return Math.exp(z);
    let w = z < -1 ? Math.exp(z) : z > 2 ? z - Math.log(z) : 0.567 + 0.3618 * z;
    for (let i = 0; i < 2; i++) {
      // Fritsch's r and q over 1 + w and 2 (1 + w), which do not overflow.
      const r = (z - w - Math.log(w)) / (1 + w), q = 1 + w + (2 / 3) * r * (1 + w);
      w *= 1 + (r * (q - r / 2)) / (q - r);
    }
    return w;
  }

  // A product in which 0 times infinity is 0.
  const damp = (x, y) => (x === 0 && (y === Infinity || y === -Infinity) ? 0 : x * y);
  const tiny = (x) => Math.abs(x) < 1e-17;

  return Object.freeze({ erf, erfc, erfcx, omega, damp, tiny });
})();
