// A small canvas plot: linear, logarithmic and logit axes, curves, areas, a marker. Colors come from the page's style.

export const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const SCALES = {
  linear: { to: (x) => x, from: (y) => y },
  log: { to: (x) => Math.log10(x), from: (y) => 10 ** y },
  logit: { to: (x) => Math.log(x / (1 - x)), from: (y) => 1 / (1 + Math.exp(-y)) },
};

const SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const power = (k) => "10" + (k < 0 ? "⁻" : "") + [...String(Math.abs(k))].map((d) => SUPERSCRIPT[d]).join("");

/** Ticks [value, label] of an axis from low to high. */
function ticks(scale, low, high, room) {
  if (scale === "logit")
    return [0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999].filter((x) => x >= low && x <= high).map((x) => [x, String(x)]);
  if (scale === "log") {
    const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
    const step = Math.max(1, Math.ceil((last - first) / room)), out = [];
    for (let k = first; k <= last; k += step) out.push([10 ** k, Math.abs(k) <= 3 ? String(Number((10 ** k).toPrecision(1))) : power(k)]);
    return out;
  }
  const raw = (high - low) / room, unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((k) => k * unit).find((s) => s >= raw), out = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++)
    out.push([k * step, String(Number((k * step).toPrecision(6))).replace("-", "−")]);
  return out;
}

export class Plot {
  /** axes: {x: {low, high, scale, label, ticks?}, y: ...}. */
  constructor(canvas, axes) {
    const ratio = window.devicePixelRatio || 1, box = canvas.getBoundingClientRect();
    this.canvas = canvas;
    [this.width, this.height] = [Math.max(80, box.width), Math.max(40, box.height)];
    const [w, h] = [Math.round(this.width * ratio), Math.round(this.height * ratio)];
    if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
    this.context = canvas.getContext("2d");
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.clearRect(0, 0, this.width, this.height);
    this.axes = axes;
    this.context.font = "11px system-ui, sans-serif";
    const yTicks = axes.y.ticks || ticks(axes.y.scale, axes.y.low, axes.y.high, Math.max(2, this.height / 42));
    const widest = Math.max(0, ...yTicks.map(([, label]) => this.context.measureText(label).width));
    this.left = 22 + widest;
    this.right = this.width - 8;
    this.top = 8;
    this.bottom = this.height - (axes.x.label ? 32 : 18);
    this.yTicks = yTicks;
    this.xTicks = axes.x.ticks || ticks(axes.x.scale, axes.x.low, axes.x.high, Math.max(3, this.width / 70));
  }

  x(value) {
    const { low, high, scale } = this.axes.x, to = SCALES[scale].to;
    return this.left + ((to(value) - to(low)) / (to(high) - to(low))) * (this.right - this.left);
  }

  y(value) {
    const { low, high, scale } = this.axes.y, to = SCALES[scale].to;
    return this.bottom - ((to(value) - to(low)) / (to(high) - to(low))) * (this.bottom - this.top);
  }

  /** The axis values at a point of the canvas. */
  at(px, py) {
    const inverse = ({ low, high, scale }, share) => {
      const { to, from } = SCALES[scale];
      return from(to(low) + Math.min(1, Math.max(0, share)) * (to(high) - to(low)));
    };
    return [
      inverse(this.axes.x, (px - this.left) / (this.right - this.left)),
      inverse(this.axes.y, (this.bottom - py) / (this.bottom - this.top)),
    ];
  }

  frame() {
    const c = this.context;
    c.lineWidth = 1;
    c.strokeStyle = color("grid");
    c.fillStyle = color("soft");
    c.textAlign = "center";
    c.textBaseline = "top";
    for (const [value, label] of this.xTicks) {
      const px = Math.round(this.x(value)) + 0.5;
      this.line(px, this.top, px, this.bottom);
      c.fillText(label, Math.min(px, this.width - c.measureText(label).width / 2 - 1), this.bottom + 4);
    }
    c.textAlign = "right";
    c.textBaseline = "middle";
    for (const [value, label] of this.yTicks) {
      const py = Math.round(this.y(value)) + 0.5;
      this.line(this.left, py, this.right, py);
      c.fillText(label, this.left - 5, Math.max(6, py));
    }
    c.strokeStyle = color("line");
    this.line(this.left, this.bottom + 0.5, this.right, this.bottom + 0.5);
    this.line(this.left + 0.5, this.top, this.left + 0.5, this.bottom);
    if (this.axes.x.label) {
      c.textAlign = "center";
      c.textBaseline = "bottom";
      c.fillText(this.axes.x.label, (this.left + this.right) / 2, this.height);
    }
    if (this.axes.y.label) {
      c.save();
      c.translate(0, (this.top + this.bottom) / 2);
      c.rotate(-Math.PI / 2);
      c.textAlign = "center";
      c.textBaseline = "top";
      c.fillText(this.axes.y.label, 0, 0);
      c.restore();
    }
    return this;
  }

  line(x0, y0, x1, y1) {
    const c = this.context;
    c.beginPath();
    c.moveTo(x0, y0);
    c.lineTo(x1, y1);
    c.stroke();
  }

  clipped(draw) {
    const c = this.context;
    c.save();
    c.beginPath();
    c.rect(this.left, this.top - 2, this.right - this.left, this.bottom - this.top + 4);
    c.clip();
    draw(c);
    c.restore();
  }

  /** points [[x, y], ...]; a value that is not finite, or not positive on a logarithmic axis, breaks the line. */
  curve(points, { stroke, width = 2, dash = [], fill = null }) {
    this.clipped((c) => {
      c.beginPath();
      let pen = false, first = null, last = null;
      for (const [x, y] of points) {
        const px = this.x(x), raw = this.y(y);
        if (!Number.isFinite(px) || !Number.isFinite(raw)) {
          pen = false;
          continue;
        }
        const py = Math.min(4 * this.height, Math.max(-3 * this.height, raw));
        if (pen) c.lineTo(px, py);
        else c.moveTo(px, py);
        pen = true;
        first = first ?? px;
        last = px;
      }
      if (fill && first !== null) {
        c.save();
        c.lineTo(last, this.bottom);
        c.lineTo(first, this.bottom);
        c.closePath();
        c.globalAlpha = 0.22;
        c.fillStyle = fill;
        c.fill();
        c.restore();
      }
      if (stroke) {
        c.setLineDash(dash);
        c.lineJoin = "round";
        c.lineWidth = width;
        c.strokeStyle = stroke;
        if (!fill) c.stroke();
      }
    });
    if (fill && stroke) this.curve(points, { stroke, width, dash });
    return this;
  }

  dot(x, y, fill, radius = 4.5) {
    const c = this.context, px = this.x(x), py = this.y(y);
    if (!Number.isFinite(px) || !Number.isFinite(py)) return this;
    if (px < this.left - 1 || px > this.right + 1 || py < this.top - 3 || py > this.bottom + 3) return this;
    c.beginPath();
    c.arc(px, py, radius, 0, 2 * Math.PI);
    c.fillStyle = fill;
    c.fill();
    c.lineWidth = 1.5;
    c.strokeStyle = color("card");
    c.stroke();
    return this;
  }

  vertical(x, stroke) {
    const px = Math.round(this.x(x)) + 0.5;
    if (!(px >= this.left && px <= this.right)) return this;
    const c = this.context;
    c.save();
    c.setLineDash([3, 3]);
    c.lineWidth = 1;
    c.strokeStyle = stroke;
    this.line(px, this.top, px, this.bottom);
    c.restore();
    return this;
  }

  note(text, dx = 0.5, dy = 0.5) {
    const c = this.context;
    c.fillStyle = color("soft");
    c.font = "12px system-ui, sans-serif";
    c.textAlign = "center";
    c.textBaseline = "middle";
    const x = this.left + dx * (this.right - this.left), middle = this.top + dy * (this.bottom - this.top);
    text.split("\n").forEach((line, i, all) => {
      const y = middle + 16 * (i - (all.length - 1) / 2), wide = c.measureText(line).width + 10;
      c.fillStyle = color("card");
      c.fillRect(x - wide / 2, y - 9, wide, 17);
      c.fillStyle = color("soft");
      c.fillText(line, x, y);
    });
    c.font = "11px system-ui, sans-serif";
    return this;
  }
}
