// The pictures of one theory: each takes the state and draws into its figure.

import { Plot, color } from "./plot.js";
import { alphaRegion, labelRegion } from "./regions.js";
import { localGame, modeAt, stabilityInWords } from "./stability.js";

const WIDE = Math.log(1000);
const TIMES = Array.from({ length: 401 }, (_, i) => -WIDE + (2 * WIDE * i) / 400);
const U_AXIS = { low: 1e-3, high: 1e3, scale: "log", label: "density ratio u" };

/** Points of g over t, with a point on either side of each step. */
function over(theory, g, x = Math.exp, times = TIMES) {
  const edges = theory.steps ? theory.steps.edges : (theory.game.jumps || []).map((j) => j.t);
  const all = [...times, ...edges.flatMap((e) => [e - 1e-9, e, e + 1e-9])].sort((p, q) => p - q);
  return all.map((t) => [x(t), g(t)]);
}

/** A range that holds the values, without the few largest where they run away. */
function range(values, { zero = true, share = 1 } = {}) {
  const finite = values.filter(Number.isFinite).sort((p, q) => p - q);
  if (!finite.length) return [-1, 1];
  const cut = Math.floor(((1 - share) / 2) * finite.length);
  let [low, high] = [finite[cut], finite[finite.length - 1 - cut]];
  if (zero) [low, high] = [Math.min(0, low), Math.max(0, high)];
  if (high - low < 1e-9) [low, high] = [low - 0.5, high + 0.5];
  const pad = 0.06 * (high - low);
  return [low - pad, high + pad];
}

function positiveRange(values) {
  const finite = values.filter((y) => Number.isFinite(y) && y > 0);
  if (!finite.length) return [1e-3, 10];
  const high = Math.min(Math.max(...finite), 1e12), low = Math.max(Math.min(...finite), high * 1e-9, 1e-12);
  return [10 ** (Math.floor(2 * Math.log10(low) - 0.2) / 2), 10 ** (Math.ceil(2 * Math.log10(high) + 0.2) / 2)];
}

export function caption(figure, title, keys = []) {
  const box = figure.querySelector("figcaption");
  box.replaceChildren(document.createTextNode(title));
  for (const [label, name, area] of keys) {
    const key = document.createElement("span");
    key.className = area ? "key area" : "key";
    key.textContent = label;
    key.style.setProperty("--key", `var(--${name})`);
    box.append(key);
  }
}

const describe = (canvas, text) => {
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", text);
};

export function isProbability(theory) {
  const ends = [theory.D(-600), theory.D(600)];
  return Math.abs(ends[0]) < 1e-6 && Math.abs(ends[1] - 1) < 1e-6;
}

export function drawOptimum(figure, { theory, t }) {
  const canvas = figure.querySelector("canvas"), probability = isProbability(theory);
  caption(figure, probability ? "Optimal discriminator D*(u)" : "Optimal output D*(u)");
  const points = over(theory, theory.D);
  const [low, high] = probability ? [0, 1] : range(points.map((p) => p[1]), { zero: false, share: 0.8 });
  const plot = new Plot(canvas, { x: U_AXIS, y: { low, high, scale: "linear", label: "D*" } }).frame();
  plot.vertical(Math.exp(t), color("soft"));
  plot.curve(points, { stroke: color("f") }).dot(Math.exp(t), theory.D(t), color("f"));
  describe(canvas, `D* over u; at u = ${Math.exp(t).toPrecision(3)} it is ${theory.D(t).toPrecision(4)}`);
  return plot;
}

export function drawDivergences(figure, { theory, t }) {
  const canvas = figure.querySelector("canvas");
  caption(figure, "Generating functions", [["f equilibrium", "f"], ["h flow", "h"]]);
  const us = Array.from({ length: 241 }, (_, i) => Math.max(1e-4, i / 60));
  const times = us.map(Math.log);
  const f = over(theory, theory.f, Math.exp, times), h = over(theory, theory.h, Math.exp, times);
  const shown = [...f, ...h].filter(([u]) => u > 0.05).map((p) => p[1]);
  const [low, high] = range(shown);
  const plot = new Plot(canvas, {
    x: { low: 0, high: 4, scale: "linear", label: "density ratio u" }, y: { low, high, scale: "linear", label: "" },
  }).frame();
  plot.vertical(Math.exp(t), color("soft"));
  plot.curve(h, { stroke: color("h"), dash: [6, 4] }).curve(f, { stroke: color("f") });
  plot.dot(Math.exp(t), theory.h(t), color("h"), 4).dot(Math.exp(t), theory.f(t), color("f"));
  if (!f.some(([u, y]) => u !== 1 && Number.isFinite(y))) plot.note(`D_f = ${theory.f(1) > 0 ? "∞" : "−∞"} unless P = Q`);
  describe(canvas, `f and h over u; at u = ${Math.exp(t).toPrecision(3)} f = ${theory.f(t).toPrecision(4)}, h = ${theory.h(t).toPrecision(4)}`);
  return plot;
}

export function drawCurvature(figure, { theory, t }) {
  const canvas = figure.querySelector("canvas");
  caption(figure, "Curvature", [["f″", "f"], ["f″ < 0", "bad"], ["h″", "h"]]);
  const f2 = theory.steps ? [] : TIMES.map((s) => [Math.exp(s), theory.curvature(s)]);
  const h2 = theory.steps ? [] : TIMES.map((s) => [Math.exp(s), -theory.saturation(s) * Math.exp(-2 * s)]);
  const noise = theory.game.exact ? 1e-8 : 1e-12;
  const clean = f2.map(([u, y]) => [u, Math.abs(y) < (noise * (1 + u)) / (u * u) ? NaN : y]);
  const [low, high] = positiveRange([...clean, ...h2].map((p) => Math.abs(p[1])));
  const plot = new Plot(canvas, { x: U_AXIS, y: { low, high, scale: "log", label: "absolute value" } }).frame();
  plot.vertical(Math.exp(t), color("soft"));
  if (theory.steps) return plot.note("D* is a step: f and h are piecewise linear,\nall their curvature sits where D* jumps");
  plot.curve(h2.map(([u, y]) => [u, y > 0 ? y : NaN]), { stroke: color("h"), dash: [6, 4] });
  plot.curve(h2.map(([u, y]) => [u, y < 0 ? -y : NaN]), { stroke: color("bad"), dash: [6, 4], width: 1.5 });
  plot.curve(clean.map(([u, y]) => [u, y > 0 ? y : NaN]), { stroke: color("f") });
  plot.curve(clean.map(([u, y]) => [u, y < 0 ? -y : NaN]), { stroke: color("bad"), width: 2.5 });
  const value = theory.curvature(t);
  plot.dot(Math.exp(t), Math.abs(value), color(value < 0 ? "bad" : "f"));
  describe(canvas, `f″ over u; at u = ${Math.exp(t).toPrecision(3)} it is ${value.toPrecision(4)}`);
  return plot;
}

export function drawSaturation(figure, { theory, t }) {
  const canvas = figure.querySelector("canvas"), probability = isProbability(theory) && !theory.steps;
  caption(figure, probability ? "Saturation landscape |s(D)|" : "Saturation landscape |s| over u");
  const x = probability ? theory.D : Math.exp;
  const times = probability ? logitTimes(theory) : TIMES;
  const points = theory.steps ? [] : over(theory, (s) => Math.abs(theory.saturation(s)), x, times);
  const [low, high] = positiveRange(points.map((p) => p[1]));
  const axis = probability ? { low: 5e-4, high: 1 - 5e-4, scale: "logit", label: "D*(x): looks fake ↔ looks real" } : U_AXIS;
  const plot = new Plot(canvas, { x: axis, y: { low, high, scale: "log", label: "gradient per ∇log u" } }).frame();
  if (theory.steps) return plot.note("no gradient at all: D* is constant\nwherever p_r ≠ p_g");
  plot.vertical(x(t), color("soft"));
  plot.curve(points, { stroke: color("accent"), width: 2.5 }).dot(x(t), Math.abs(theory.saturation(t)), color("accent"));
  describe(canvas, `|s| at u = ${Math.exp(t).toPrecision(3)} is ${Math.abs(theory.saturation(t)).toPrecision(4)}`);
  return plot;
}

/** Damping and frequency of the joint game's modes over the eigenvalue of the data. */
export function drawStability(figure, { theory }) {
  const canvas = figure.querySelector("canvas"), game = localGame(theory);
  caption(figure, "Stability near P_g = P_r", [["damping", "f"], ["frequency", "h"]]);
  const lambdas = Array.from({ length: 241 }, (_, i) => 10 ** (-2 + (4 * i) / 240));
  const modes = game ? lambdas.map((lambda) => ({ lambda, ...modeAt(game, lambda) })) : [];
  const [low, high] = positiveRange(modes.flatMap((mode) => [mode.damping, mode.frequency]));
  const x = { low: 1e-2, high: 1e2, scale: "log", label: "eigenvalue λ of the data (N(0, 1): 1, 2, 3, ...)" };
  const plot = new Plot(canvas, { x, y: { low, high, scale: "log", label: "per unit of time" } }).frame();
  describe(canvas, `Stability: ${stabilityInWords(game)}`);
  if (!game) return plot.note("no linear form: the optimal score\njumps or bends at P_g = P_r");
  if (game.threshold > 1e-2 && game.threshold < 1e2) plot.vertical(game.threshold, color("soft"));
  plot.curve(modes.map((mode) => [mode.lambda, mode.damping || NaN]), { stroke: color("f") });
  plot.curve(modes.map((mode) => [mode.lambda, mode.frequency || NaN]), { stroke: color("h"), dash: [6, 4] });
  return plot;
}

/** Times t at which logit D* runs evenly from -7.6 to 7.6: D* is increasing, so bisection finds them. */
function logitTimes(theory) {
  const logit = (t) => {
    const d = theory.D(t);
    return Math.log(d / (1 - d));
  };
  const reach = [1, -1].map((side) => {
    let t = 0.01;
    while (t < 600 && side * logit(side * t) < 7.6) t *= 1.3;
    return side * Math.min(t, 600);
  });
  return Array.from({ length: 301 }, (_, i) => reach[1] + ((reach[0] - reach[1]) * i) / 300);
}

const REGION_COLOR = {
  "strictly convex": "strict", "convex, not strictly": "strict", "not convex, uniquely minimized": "unique",
  "not a divergence": "none", "identically zero": "none",
};
/** Alphas on the map run from 0.1 to 10, and a band at the far end stands for infinity. */
const MAP = { low: 0.1, high: 16, scale: "log", ticks: [[0.1, "0.1"], [0.3, "0.3"], [1, "1"], [3, "3"], [13, "∞"]] };
const INFINITE = 13, BAND = 10.6;
export const fromMap = (alpha) => (alpha > BAND ? Infinity : alpha);
const onMap = (alpha) => (alpha === Infinity ? INFINITE : Math.min(Math.max(alpha, 0.1), 10));

export function drawMap(figure, state) {
  if (state.family === "alpha") return drawAlphaMap(figure, state);
  if (state.family === "labels") return drawLabelMap(figure, state);
  return drawFunctions(figure, state);
}

function drawAlphaMap(figure, { alpha_D, alpha_G, saturating }) {
  const canvas = figure.querySelector("canvas");
  caption(figure, "Regions", [["f convex", "strict", 1], ["D_f ≥ 0 still", "unique", 1], ["no divergence", "none", 1]]);
  const plot = new Plot(canvas, { x: { ...MAP, label: "α_D" }, y: { ...MAP, label: "α_G" } });
  paint(plot, 2, (a, b) => REGION_COLOR[alphaRegion(fromMap(a), fromMap(b), saturating)[0]]);
  plot.frame();
  const line = { stroke: color("ink"), width: 1.2 };
  const grid = Array.from({ length: 200 }, (_, i) => 10 ** (-1 + (2.02 * i) / 199));
  if (saturating) {
    plot.curve(grid.filter((a) => a <= 1).map((a) => [a, a / (a + 1)]), { ...line, dash: [4, 3] });
    plot.curve(grid.filter((a) => a >= 1).map((a) => [a, a / 2]), { ...line, dash: [4, 3] });
    plot.curve(grid.filter((a) => a >= 1).map((a) => [a, a]), line);
    plot.curve([[1, 1], [1, BAND]], line);
  } else plot.curve(grid.filter((a) => a > 1).map((a) => [a, a / (a - 1)]), { ...line, dash: [4, 3] });
  plot.dot(onMap(alpha_D), onMap(alpha_G), color("mark"), 6);
  describe(canvas, `Region map over alpha D and alpha G; the pair (${alpha_D}, ${alpha_G}) is: ${alphaRegion(alpha_D, alpha_G, saturating)[0]}`);
  return plot;
}

function drawLabelMap(figure, { a, b, c, real_term }) {
  const canvas = figure.querySelector("canvas");
  caption(figure, `Labels, b = ${b}`, [["f, h convex", "both", 1], ["h only", "only-h", 1], ["f only", "only-f", 1], ["none", "neither", 1]]);
  const axis = { low: -2, high: 2, scale: "linear" };
  const plot = new Plot(canvas, { x: { ...axis, label: "a, label of fake data" }, y: { ...axis, label: "c, generator’s target" } });
  paint(plot, 2, (x, y) => {
    const { f, h } = labelRegion(x, b, y, real_term);
    return f && h ? "both" : h ? "only-h" : f ? "only-f" : "neither";
  });
  plot.frame().dot(a, c, color("mark"), 6);
  describe(canvas, `Labels a = ${a}, b = ${b}, c = ${c}`);
  return plot;
}

/** Fills the plot by a color for each small square. */
function paint(plot, size, name) {
  const c = plot.context, colors = {};
  // On whole pixels, so that no seam shows between squares.
  const [left, right] = [Math.round(plot.left), Math.round(plot.right)];
  for (let px = left; px < right; px += size)
    for (let py = Math.round(plot.top); py < plot.bottom; py += size) {
      const key = name(...plot.at(px + size / 2, py + size / 2));
      c.fillStyle = colors[key] = colors[key] || color(key);
      c.fillRect(px, py, Math.min(size, right - px), Math.min(size, Math.round(plot.bottom) - py));
    }
}

function drawFunctions(figure, { theory, t }) {
  const canvas = figure.querySelector("canvas"), { game } = theory;
  caption(figure, "The game over the score v", [["A", "p"], ["B", "q"], ["R", "h"], ["S", "f"]]);
  const [low, high] = [Math.max(game.domain[0], -5), Math.min(game.domain[1], 5)];
  const vs = Array.from({ length: 241 }, (_, i) => low + ((high - low) * i) / 240);
  const rows = { A: "p", B: "q", R: "h", S: "f" };
  const values = Object.keys(rows).flatMap((role) => vs.map((v) => game[role][0](v)));
  const [bottom, top] = range(values, { share: 0.86 });
  const plot = new Plot(canvas, { x: { low, high, scale: "linear", label: "score v" }, y: { low: bottom, high: top, scale: "linear", label: "" } }).frame();
  plot.vertical(theory.score(t), color("soft"));
  for (const [role, name] of Object.entries(rows)) {
    const dash = { A: [], B: [], R: [2, 3], S: [6, 4] }[role];
    plot.curve(vs.map((v) => [v, game[role][0](v)]), { stroke: color(name), dash });
  }
  describe(canvas, "A, B, R and S over the score");
  return plot;
}

export function drawFlow(figure, { flow, history, message }) {
  const [top, bottom] = figure.querySelectorAll("canvas");
  caption(figure, "Flow of p_g", [["p_r", "p", 1], ["p_g, dotted at first", "q"]]);
  const high = 1.12 * Math.max(...flow.target, ...(history.q0 || []));
  const densities = new Plot(top, {
    x: { low: -5, high: 5, scale: "linear", label: "" }, y: { low: 0, high, scale: "linear", label: "density" },
  }).frame();
  const xs = Array.from(flow.centers), q = flow.density;
  densities.curve(xs.map((x, i) => [x, flow.target[i]]), { stroke: color("p"), fill: color("p"), width: 1.5 });
  densities.curve(xs.map((x, i) => [x, history.q0[i]]), { stroke: color("q"), width: 1, dash: [2, 3] });
  densities.curve(xs.map((x, i) => [x, q[i]]), { stroke: color("q"), width: 2.5 });
  if (message) densities.note(message, 0.5, 0.12);
  const end = Math.max(1e-3, history.times[history.times.length - 1]);
  const values = [...history.D, ...history.TV].filter(Number.isFinite);
  const [least, most] = [Math.min(0, ...values), Math.max(1, ...values) * 1.05];
  const marks = [[0, "0"], ...(most - least < 3 ? [[1, "1"]] : [])];
  const strip = new Plot(bottom, {
    x: { low: 0, high: end, scale: "linear", label: "" },
    y: { low: least, high: most, scale: "linear", label: "", ticks: marks },
  }).frame();
  strip.curve(history.times.map((s, i) => [s, history.D[i]]), { stroke: color("h"), width: 2 });
  strip.curve(history.times.map((s, i) => [s, history.TV[i]]), { stroke: color("soft"), width: 1.5, dash: [5, 3] });
  const c = strip.context;
  c.textAlign = "right";
  c.textBaseline = "top";
  c.fillStyle = color("h");
  c.fillText("D_h", strip.right - 92, strip.top + 1);
  c.fillStyle = color("soft");
  c.fillText("and TV / start", strip.right - 2, strip.top + 1);
  describe(top, `Densities at time ${flow.time.toFixed(3)}: total variation ${flow.totalVariation.toFixed(4)}`);
  describe(bottom, "D_h and total variation over time, as shares of their start");
}
