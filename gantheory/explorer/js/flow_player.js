// Plays the density's flow: a step of physical time a frame, a few milliseconds of work at most.

import { DensityFlow, gaussians } from "./flow.js";
import { drawFlow } from "./panels.js";

/** As in gantheory.validation.flow_experiment: both have tails of the same width, so that p/q is bounded. */
export const TARGET = [[0.4, -1, 0.7], [0.4, 1, 0.7], [0.2, 0, 1.8]];
export const START = [[0.8, 1.3, 0.5], [0.2, 0, 1.8]];
const BUDGET = 12, END = 40;

export class Player {
  constructor(figure, still) {
    this.figure = figure;
    this.still = still; // reduced motion: nothing moves until Play is pressed
    this.playing = !still;
    this.theory = null;
    figure.querySelector("#play").addEventListener("click", () => this.toggle());
    figure.querySelector("#reset").addEventListener("click", () => this.restart(this.theory, this.wellPosed));
    // Nothing moves out of sight.
    this.visible = true;
    new IntersectionObserver(([entry]) => {
      this.visible = entry.isIntersecting;
      this.wake();
    }).observe(figure);
  }

  /** Back to the start, under another theory. */
  restart(theory, wellPosed) {
    this.theory = theory;
    this.wellPosed = wellPosed;
    this.message = "";
    this.frames = 0;
    this.flow = new DensityFlow(theory.potential, gaussians(TARGET), gaussians(START), { low: -7, high: 7, upwind: !wellPosed });
    const value = this.divergence();
    if (theory.steps) this.message = "D* is a step: no gradient, nothing moves";
    else if (!wellPosed) this.message = "h is not convex: mass may run away from p_r";
    this.first = { D: value, TV: this.flow.totalVariation };
    this.history = { times: [0], D: [Math.sign(value)], TV: [1], q0: Array.from(this.flow.density) };
    this.done = Boolean(theory.steps);
    this.wake();
  }

  divergence() {
    return this.flow.expectation(this.theory.hPrime, this.theory.potential[0]);
  }

  toggle() {
    if (this.done && !this.theory.steps) this.restart(this.theory, this.wellPosed);
    else this.playing = !this.playing;
    this.wake();
  }

  wake() {
    this.figure.querySelector("#play").textContent = this.playing && !this.done ? "Pause" : "Play";
    if (this.running || !this.playing || this.done || !this.visible) return;
    this.running = true;
    requestAnimationFrame(() => this.frame());
  }

  frame() {
    this.running = false;
    if (!this.playing || this.done || !this.visible) return;
    const speed = 10 ** (Number(this.figure.querySelector("#speed").value) / 10);
    const flow = this.flow;
    flow.advance(flow.time + 0.02 * speed, BUDGET);
    const last = this.history.times[this.history.times.length - 1];
    if (flow.time > last) {
      this.history.times.push(flow.time);
      this.history.D.push(this.divergence() / Math.abs(this.first.D));
      this.history.TV.push(flow.totalVariation / this.first.TV);
      if (this.history.times.length > 600) for (const key of ["times", "D", "TV"]) this.history[key] = this.history[key].filter((_, i) => i % 2 === 0);
    }
    this.frames += 1;
    if (this.wellPosed && !flow.failed) this.message = this.frames > 40 && flow.time < 0.05 ? "the gradient explodes: only tiny steps resolve it" : "";
    if (flow.failed) {
      this.done = true;
      this.message = this.wellPosed ? "the steps no longer converge" : "ill-posed: mass runs away from p_r";
    }
    if (flow.time > END || flow.totalVariation < 1e-3) this.done = true;
    this.draw();
    this.wake();
  }

  draw() {
    if (!this.flow) return;
    drawFlow(this.figure, this);
    const clock = this.figure.querySelector("#clock"), D = this.divergence();
    clock.textContent = `t ${this.flow.time.toFixed(1)} · D_h ${Number.isFinite(D) ? D.toPrecision(2) : "∞"}`;
    clock.dataset.time = String(this.flow.time);
    clock.dataset.divergence = String(D);
    clock.dataset.variation = String(this.flow.totalVariation);
  }
}
