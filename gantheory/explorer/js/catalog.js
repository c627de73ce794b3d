// From the page's choice (family and parameters) to the game: functions of the table, with the parameters filled in.

import { withNumericScore } from "./own_loss.js";

const orders = (table, numbers, p) => numbers.map((i) => (x) => table[i](x, p));

/** "below", "one", "above" or "inf": the formulas of alpha differ between these. */
export function classOf(alpha) {
  if (alpha === Infinity) return "inf";
  return Math.abs(alpha - 1) < 1e-9 ? "one" : alpha < 1 ? "below" : "above";
}

export function alphaGame(table, family, alphaD, alphaG, saturating) {
  const p = { alpha_D: alphaD, alpha_G: alphaG };
  const d = family.D[classOf(alphaD)], g = family[saturating ? "saturating" : "nonsaturating"][classOf(alphaG)];
  return {
    A: orders(table, d.A, p), B: orders(table, d.B, p), R: orders(table, g.R, p), S: orders(table, g.S, p),
    link: orders(table, family.link, p),
    score: d.score && orders(table, d.score, p),
    steps: d.score ? null : { edges: [0], levels: [-Infinity, Infinity] },
    domain: [-Infinity, Infinity],
  };
}

export function labelGame(table, family, a, b, c, realTerm) {
  const p = { a, b, c };
  return {
    A: orders(table, family.A, p), B: orders(table, family.B, p), S: orders(table, family.S, p),
    R: orders(table, realTerm ? family.R : family.nothing, p),
    link: orders(table, family.link, p), score: orders(table, family.score, p),
    steps: null, domain: [-Infinity, Infinity],
  };
}

/** An objective without open parameters. */
export function listedGame(table, data) {
  const game = { steps: data.steps, domain: data.domain };
  for (const role of ["A", "B", "R", "S", "link"]) game[role] = orders(table, data[role], {});
  if (data.score) game.score = orders(table, data.score, {});
  return data.score || data.steps ? game : withNumericScore(game);
}
