// A slider with a text field beside it: two views of one number.

/** "0.5", "1/3", "inf" and the like as a number; NaN for anything else. */
export function readNumber(text) {
  const trimmed = text.trim().toLowerCase().replace("−", "-");
  if (/^[+]?(inf|infinity|∞|oo)$/.test(trimmed)) return Infinity;
  if (/^-(inf|infinity|∞|oo)$/.test(trimmed)) return -Infinity;
  const quotient = trimmed.match(/^([-+\d.e]+)\s*\/\s*([\d.e]+)$/);
  if (quotient) return Number(quotient[1]) / Number(quotient[2]);
  return trimmed === "" ? NaN : Number(trimmed);
}

/** A number for people. */
export function shown(value, digits = 6) {
  if (Number.isNaN(value)) return "undefined";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-4 || size >= 1e7) ? value.toExponential(digits - 2) : String(Number(value.toPrecision(digits)));
  return text.replace("e+", "e").replaceAll("-", "−");
}

/** Connects #name (range) and #name-text; scale has from(step), to(value), allowed(value) and why. */
export function numberControl(name, scale, get, set) {
  const slider = document.getElementById(name), field = document.getElementById(`${name}-text`);
  const sync = () => {
    const value = get();
    slider.value = String(scale.to(value));
    slider.setAttribute("aria-valuetext", shown(value, 4));
    if (document.activeElement !== field) field.value = shown(value, 4);
    field.setCustomValidity("");
  };
  slider.addEventListener("input", () => {
    const value = scale.from(Number(slider.value));
    if (!scale.allowed(value)) return;
    set(value);
    sync();
  });
  slider.addEventListener("sync", sync);
  field.addEventListener("input", () => {
    const value = readNumber(field.value), fine = scale.allowed(value);
    field.setCustomValidity(fine ? "" : scale.why);
    if (!fine) return;
    set(value);
    slider.value = String(scale.to(value));
    slider.setAttribute("aria-valuetext", shown(value, 4));
  });
  field.addEventListener("change", () => {
    if (!field.checkValidity()) field.reportValidity();
  });
  field.addEventListener("blur", () => {
    field.value = shown(get(), 4);
    field.setCustomValidity("");
  });
  sync();
}
