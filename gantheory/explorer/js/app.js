// The page: controls change the state, the state makes a theory, the theory is drawn.

import { theoryOf, limitInWords, convexOnGrid } from "./theory.js";
import { alphaRegion, labelRegion, published } from "./regions.js";
import { alphaGame, labelGame, listedGame, classOf } from "./catalog.js";
import { ownGame } from "./own_loss.js";
import { localGame, stabilityInWords } from "./stability.js";
import { drawOptimum, drawDivergences, drawCurvature, drawSaturation, drawStability, drawMap, drawFlow, fromMap, isProbability } from "./panels.js";
import { formula, functionName } from "./tree_math.js";
import { Player } from "./flow_player.js";
import { numberControl, readNumber, shown } from "./controls.js";

const $ = (id) => document.getElementById(id);

const EXAMPLES = {
  "vanilla, non-saturating": { real: "log(D)", fake: "log(1 - D)", generator: "-log(D)", link: "sigmoid(v)" },
  "hinge": { real: "min(0, v - 1)", fake: "min(0, -v - 1)", generator: "-v", generator_real: "v", link: "v" },
  "exponential": { real: "-exp(-v)", fake: "-exp(v)", generator: "exp(-v/2)", link: "sigmoid(2*v)" },
  "least squares": { real: "-(v - 1)**2/2", fake: "-v**2/2", generator: "(v - 1)**2/2", link: "v" },
  "hinge, smoothed and softened": { real: "-softplus(1 - v) - v**2/50", fake: "-softplus(1 + v) - v**2/50", generator: "-tanh(v)", link: "v" },
};

const state = {
  family: "alpha", alpha_D: 0.5, alpha_G: 1.2, saturating: true, a: 0, b: 1, c: 1, real_term: false,
  listed: 0, own: null, t: Math.log(2), numbers: false, theory: null,
};
let DATA, TABLE, player, queued = false;

export function start(data, table) {
  [DATA, TABLE] = [data, table];
  connect();
  player = new Player($("panel-flow"), matchMedia("(prefers-reduced-motion: reduce)").matches);
  rebuild();
  new ResizeObserver(() => redraw()).observe($("panels"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redraw());
}

/** A new theory from the state, then everything that depends on it. */
function rebuild() {
  for (const group of document.querySelectorAll(".group")) group.hidden = group.dataset.family !== state.family;
  try {
    state.theory = theoryOf(gameOfState());
    $("own-error").textContent = "";
    dimmed(false);
  } catch (error) {
    if (error.constructor.name !== "ExpressionError") throw error;
    $("own-error").textContent = error.message;
    dimmed(true);
    if (state.theory) return; // the last good theory stays
  }
  writeWords();
  writeFormulas();
  player.restart(state.theory, convexity("flow").holds !== false);
  redraw();
}

/** What is shown belongs to an earlier loss as long as the one in the box is wrong. */
function dimmed(stale) {
  for (const name of ["words", "panels", "formulas"]) $(name).classList.toggle("stale", stale);
}

function gameOfState() {
  const s = state, families = DATA.families;
  if (s.family === "alpha") return alphaGame(TABLE, families.alpha, s.alpha_D, s.alpha_G, s.saturating);
  if (s.family === "labels") return labelGame(TABLE, families.labels, s.a, s.b, s.c, s.real_term);
  if (s.family === "listed") return listedGame(TABLE, DATA.listed[s.listed].game);
  return ownGame(textsOfBox());
}

function textsOfBox() {
  const [low, high] = $("domain").value.split(",").map(readNumber);
  return {
    real: $("real").value, fake: $("fake").value, generator: $("generator").value,
    generatorReal: $("generator_real").value, link: $("link").value, domain: [low, high],
  };
}

/** Draws once a frame, however many events there were. */
function redraw() {
  if (queued) return;
  queued = true;
  requestAnimationFrame(() => {
    queued = false;
    writeReadouts();
    drawOptimum($("panel-D"), state);
    drawDivergences($("panel-f"), state);
    drawCurvature($("panel-curvature"), state);
    drawSaturation($("panel-saturation"), state);
    drawStability($("panel-stability"), state);
    state.map = drawMap($("panel-map"), state);
    $("panel-map").querySelector("canvas").classList.toggle("drag", state.family === "alpha" || state.family === "labels");
    player.draw();
    document.body.dataset.drawn = String(Number(document.body.dataset.drawn || 0) + 1);
  });
}

const READOUTS = [
  ["score", "v*", "score", null, (th, t) => th.score(t)],
  ["D", "D*", "discriminator", "f", (th, t) => th.D(t)],
  ["f", "f", "equilibrium", "f", (th, t) => th.f(t)],
  ["curvature", "f″", "", "f", (th, t) => (th.steps ? 0 : th.curvature(t))],
  ["h", "h", "flow", "h", (th, t) => th.h(t)],
  ["saturation", "|s|", "gradient left", "accent", (th, t) => Math.abs(th.saturation(t))],
  ["ideal", "L", "ideal loss of D", null, (th) => th.idealLoss],
  ["threshold", "λ_c", "modes above it swing", null, (th) => localGame(th)?.threshold ?? NaN],
];

function writeReadouts() {
  const body = $("readouts").tBodies[0];
  if (!body.rows.length) {
    for (const [id, symbol, words] of READOUTS) {
      const row = body.insertRow(), head = document.createElement("th"), cell = row.insertCell();
      head.scope = "row";
      const italic = document.createElement("i");
      italic.textContent = symbol;
      head.append(italic, words ? ` ${words}` : "");
      row.prepend(head);
      cell.dataset.id = id;
    }
  }
  for (const [id, , , , value] of READOUTS) {
    const cell = body.querySelector(`[data-id="${id}"]`), number = value(state.theory, state.t);
    cell.textContent = shown(number);
    cell.dataset.value = String(number);
  }
}

/** {holds, words} about f or h: exact for the families and what Python derived, on a grid for a reader's own loss. */
function convexity(kind) {
  const s = state;
  if (s.family === "alpha") {
    if (kind === "flow") return { holds: true, words: flowInWords(s) };
    const [label, why] = alphaRegion(s.alpha_D, s.alpha_G, s.saturating);
    return { holds: label.includes("convex") && !label.startsWith("not"), label, words: why };
  }
  if (s.family === "labels") {
    const region = labelRegion(s.a, s.b, s.c, s.real_term), holds = kind === "flow" ? region.h : region.f;
    const words = kind === "flow" && !holds ? "s grows with u somewhere: there mass runs away from p_r" : "";
    return { holds, words };
  }
  if (s.family === "listed") {
    const { holds, reason, name } = DATA.listed[s.listed].convexity[kind];
    return { holds, words: reason, name };
  }
  const { convex, witness } = convexOnGrid(state.theory, kind);
  return { holds: convex, words: convex ? "on a grid of u, numerically" : `negative at u = ${shown(Math.exp(witness ?? 0))}` };
}

function flowInWords({ alpha_D, alpha_G }) {
  if (alpha_D !== Infinity) return "h″ > 0 for every pair";
  return alpha_G > 1 ? "a multiple of total variation" : "D_h = ∞ unless P = Q";
}

function writeWords() {
  const list = document.createElement("dl"), s = state, probability = isProbability(state.theory);
  const entry = (term, ...content) => {
    const dt = document.createElement("dt"), dd = document.createElement("dd");
    dt.textContent = term;
    dd.append(...content);
    list.append(dt, dd);
  };
  const strong = (text, tone = "") => {
    const b = document.createElement("b");
    b.textContent = text;
    b.className = tone;
    return b;
  };
  const ends = [[-1, probability ? "Gradient where D → 0, clearly fake" : "Gradient as u → 0"], [1, probability ? "Gradient where D → 1, looks real" : "Gradient as u → ∞"]];
  const said = ends.map(([side, term]) => {
    const { word, value } = limitInWords(s.theory, side);
    entry(term, strong(word, word === "constant" ? "yes" : "no"), word === "constant" ? ` at ${shown(value)}` : "");
    return word;
  });
  const f = convexity("equilibrium"), h = convexity("flow");
  const verdict = (x) => strong(x.label || (x.holds === null ? "undecided" : x.holds ? "convex" : "not convex"), x.holds ? "yes" : "no");
  const because = (x) => (x.name ? `, D = ${x.name.replace("||", "‖")}` : x.words ? `: ${x.words}` : "");
  entry("Equilibrium divergence D_f", verdict(f), because(f));
  entry("Flow divergence D_h", verdict(h), because(h));
  if (s.family === "alpha") {
    const theorem = s.saturating ? "Theorem 1" : "Theorem 2", inside = published(s.alpha_D, s.alpha_G, s.saturating);
    entry("Welfert et al., ISIT 2023", `${inside ? "inside" : "outside"} the region of ${theorem}`);
  }
  entry("Joint game near P_g = P_r", stabilityInWords(localGame(s.theory)));
  $("words").replaceChildren(list);
  $("headline").textContent = `${nameOfState()} · ${f.label ? `${f.label.includes("convex") ? "f" : "D_f"} ${f.label}` : f.holds ? "f convex" : "f not convex"} · gradient ${said[0]} on fakes, ${said[1]} on what looks real`;
}

function nameOfState() {
  const s = state;
  if (s.family === "alpha") return `(${shown(s.alpha_D)}, ${shown(s.alpha_G)})-GAN, ${s.saturating ? "saturating" : "non-saturating"}`;
  if (s.family === "labels") return `LSGAN a = ${shown(s.a)}, b = ${shown(s.b)}, c = ${shown(s.c)}`;
  return s.family === "listed" ? DATA.listed[s.listed].name : "your loss";
}

function writeFormulas() {
  const box = $("rows"), s = state;
  $("numbers").hidden = s.family !== "alpha" && s.family !== "labels";
  box.replaceChildren();
  if (s.family === "own") {
    const { trees } = s.theory.game;
    for (const role of ["A", "B", "S", "R", "link"])
      if (trees && !(role === "R" && trees.R.value === 0)) append(box, formula(functionName(role === "link" ? "D" : role, "v"), trees[role]));
    return;
  }
  const kind = (alpha) => ({ below: "generic", above: "generic" })[classOf(alpha)] || classOf(alpha);
  const rows =
    s.family === "alpha" ? DATA.formulas.alpha[`${kind(s.alpha_D)}-${kind(s.alpha_G)}-${s.saturating ? "saturating" : "nonsaturating"}`]
    : s.family === "labels" ? DATA.formulas.labels[String(s.real_term)]
    : DATA.listed[s.listed].formulas;
  for (const row of rows) {
    const line = document.createElement("div");
    line.innerHTML = row.math; // made by Python from the objective, never from what a reader typed
    line.dataset.id = row.id;
    box.append(line);
  }
  if (s.numbers) writeNumbers(box);
}

function append(box, node) {
  const line = document.createElement("div");
  line.append(node);
  box.append(line);
}

/** The sliders' numbers in place of their letters. */
function writeNumbers(box) {
  const s = state, c = s.family === "alpha" ? 1 - 1 / s.alpha_G : s.c;
  const values = { alpha_D: s.alpha_D, alpha_G: s.alpha_G, a: s.a, b: s.b, c };
  for (const [name, value] of Object.entries(values))
    for (const slot of box.querySelectorAll(`.slot-${name}`)) {
      const number = document.createElementNS("http://www.w3.org/1998/Math/MathML", "mn");
      const text = shown(value, 4);
      number.textContent = value < 0 ? `(${text})` : text;
      number.setAttribute("class", "number");
      slot.replaceChildren(number);
      // Letters may stand side by side, numbers may not.
      for (const sign of [slot.previousElementSibling, slot.nextElementSibling])
        if (sign?.textContent === "\u2062") sign.textContent = "·";
    }
}

function connect() {
  const alpha = { from: (k) => (k > 100 ? Infinity : Number((10 ** (k / 100)).toPrecision(3))), to: (x) => (x === Infinity ? 104 : Math.round(100 * Math.log10(x))), allowed: (x) => x > 0, why: "a number above 0, or inf" };
  const label = { from: (k) => k / 100, to: (x) => Math.round(100 * x), allowed: Number.isFinite, why: "a finite number" };
  for (const name of ["alpha_D", "alpha_G"]) numberControl(name, alpha, () => state[name], (x) => set({ [name]: x }));
  for (const name of ["a", "b", "c"])
    numberControl(name, { ...label, allowed: (x) => Number.isFinite(x) && !(name === "a" && x === state.b) && !(name === "b" && x === state.a), why: "a finite number; a and b must differ" }, () => state[name], (x) => set({ [name]: x }));
  const ratio = { from: (k) => Number((10 ** (k / 100)).toPrecision(4)), to: (x) => Math.round(100 * Math.log10(x)), allowed: (x) => x > 0 && x < Infinity, why: "a number above 0" };
  numberControl("u", ratio, () => Math.exp(state.t), (x) => {
    state.t = Math.abs(x - 1) < 1e-12 ? 0 : Math.log(x);
    redraw();
  });

  const listed = $("listed");
  DATA.listed.forEach(({ name }, i) => listed.add(new Option(name, String(i))));
  const source = () => ($("source").textContent = DATA.listed.length ? DATA.listed[state.listed].source : "");
  listed.addEventListener("change", () => {
    state.listed = Number(listed.value);
    source();
    rebuild();
  });
  source();
  if (!DATA.listed.length) $("family").querySelector('[value="listed"]').remove();
  $("family").addEventListener("change", (event) => {
    state.family = event.target.value;
    rebuild();
  });
  for (const radio of document.getElementsByName("saturating"))
    radio.addEventListener("change", () => set({ saturating: radio.value === "yes" && radio.checked }));
  $("real_term").addEventListener("change", (event) => set({ real_term: event.target.checked }));

  const example = $("example");
  Object.keys(EXAMPLES).forEach((name) => example.add(new Option(name)));
  const fill = () => {
    const texts = { generator_real: "0", domain: "-inf, inf", ...EXAMPLES[example.value] };
    for (const [id, text] of Object.entries(texts)) $(id).value = text;
  };
  example.addEventListener("change", () => {
    fill();
    rebuild();
  });
  fill();
  let pause = null;
  for (const id of ["real", "fake", "generator", "generator_real", "link", "domain"])
    $(id).addEventListener("input", () => {
      clearTimeout(pause);
      pause = setTimeout(rebuild, 250);
    });

  $("numbers").addEventListener("click", () => {
    state.numbers = !state.numbers;
    $("numbers").setAttribute("aria-pressed", String(state.numbers));
    writeFormulas();
  });
  $("theme").addEventListener("click", () => {
    const root = document.documentElement, system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    root.dataset.theme = (root.dataset.theme || system) === "dark" ? "light" : "dark";
    redraw();
  });
  $("panel-map").querySelector("canvas").addEventListener("pointerdown", dragMap);
}

/** Dragging on the map moves both sliders. */
function dragMap(event) {
  if (state.family !== "alpha" && state.family !== "labels") return;
  const canvas = event.target, names = state.family === "alpha" ? ["alpha_D", "alpha_G"] : ["a", "c"];
  canvas.setPointerCapture(event.pointerId);
  const move = (e) => {
    const box = canvas.getBoundingClientRect(), point = state.map.at(e.clientX - box.left, e.clientY - box.top);
    const [x, y] = point.map((p) => (state.family === "alpha" ? fromMap(Number(p.toPrecision(2))) : Math.round(20 * p) / 20));
    if (state.family === "labels" && x === state.b) return;
    set({ [names[0]]: x, [names[1]]: y });
  };
  const stop = () => ["pointermove", "pointerup", "pointercancel"].forEach((type, i) => canvas.removeEventListener(type, i ? stop : move));
  move(event);
  canvas.addEventListener("pointermove", move);
  canvas.addEventListener("pointerup", stop);
  canvas.addEventListener("pointercancel", stop);
}

function set(changes) {
  Object.assign(state, changes);
  for (const name of Object.keys(changes)) $(name)?.dispatchEvent(new CustomEvent("sync"));
  rebuild();
}
