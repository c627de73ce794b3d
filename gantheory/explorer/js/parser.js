// The user's own expressions: a tokenizer, a precedence parser and a whitelist. Text becomes a tree and is never run.
//
// The grammar is that of gantheory.objectives.parsing: numbers, names, + - * / **, the functions below.

export const FUNCTIONS = {
  exp: 1, log: 1, sqrt: 1, expm1: 1, log1p: 1, sigmoid: 1, logsigmoid: 1, softplus: 1, relu: 1, tanh: 1, sinh: 1,
  cosh: 1, atan: 1, erf: 1, erfc: 1, LambertW: 1, abs: 1, Abs: 1, sign: 1, min: null, Min: null, max: null, Max: null,
};
const CONSTANTS = { pi: Math.PI, e: Math.E };
const LONGEST = 4000, LARGEST_POWER = 200, DEEPEST = 2;
const OPERATORS = { "+": 1, "-": 1, "*": 2, "/": 2, "**": 4 };

export class ExpressionError extends Error {}

const number = (value) => ({ type: "number", value });
const isNumber = (node, value) => node.type === "number" && (value === undefined || node.value === value);

/** A tree of {type: "number" | "v" | "call" | "+" | "-" | "*" | "/" | "**" | "neg"}; D stands for `link`. */
export function parseExpression(text, argument, link = null) {
  const fail = (why) => new ExpressionError(`${argument}: ${why}`);
  if (text.length > LONGEST) throw fail(`at most ${LONGEST} characters, got ${text.length}`);
  const tokens = tokenize(text, fail);
  if (!tokens.length) throw fail("is empty; write an expression such as softplus(-v)");
  let at = 0, depth = 0;
  const peek = () => (at < tokens.length ? tokens[at].text : null);
  const expect = (text) => {
    if (peek() !== text) throw fail(`expected ${text}${peek() === null ? " at the end" : ` before ${peek()}`}`);
    at++;
  };

  function expression(power) {
    if (++depth > 200) throw fail("is nested too deeply");
    let left = prefix();
    while (peek() in OPERATORS && OPERATORS[peek()] >= power) {
      const op = tokens[at++].text, level = OPERATORS[op];
      // ** groups from the right, and its exponent may carry a sign: 2**-1.
      const right = expression(op === "**" ? 3 : level + 1);
      left = operation(op, left, right, fail);
    }
    depth--;
    return left;
  }

  function prefix() {
    const token = tokens[at++];
    if (!token) throw fail("ends too early");
    if (token.text === "-" || token.text === "+") {
      const inner = expression(3); // below **, above * and /: -2**2 is -(2**2)
      return token.text === "+" ? inner : isNumber(inner) ? number(-inner.value) : { type: "neg", args: [inner] };
    }
    if (token.text === "(") {
      const inner = expression(0);
      expect(")");
      return inner;
    }
    if (token.kind === "number") return number(Number(token.text));
    if (token.kind === "name") return peek() === "(" ? call(token.text) : name(token.text);
    throw fail(`${token.text} is not expected there`);
  }

  function name(text) {
    if (text in FUNCTIONS) throw fail(`${text} is a function and needs an argument`);
    if (text === "v") return { type: "v", args: [] };
    if (Object.hasOwn(CONSTANTS, text)) return number(CONSTANTS[text]);
    if (text === "D" && link) return link;
    throw fail(`unknown name ${text}${nearest(text, ["v", ...(link ? ["D"] : []), "pi", "e"])}`);
  }

  function call(text) {
    if (!Object.hasOwn(FUNCTIONS, text)) throw fail(`function ${text} is not allowed${nearest(text, Object.keys(FUNCTIONS))}`);
    expect("(");
    const args = [expression(0)];
    while (peek() === ",") {
      at++;
      args.push(expression(0));
    }
    expect(")");
    const count = FUNCTIONS[text];
    if (count === null ? args.length < 2 : args.length !== count)
      throw fail(`${text} takes ${count ?? "two or more"} argument${count === 1 ? "" : "s"}, got ${args.length}`);
    return simplified({ type: "call", name: text === "Abs" ? "abs" : text.toLowerCase() === "lambertw" ? text : text.replace(/^M/, "m"), args });
  }

  const tree = expression(0);
  if (at < tokens.length) throw fail(`${tokens[at].text} is not expected there`);
  if (exponentialDepth(tree) > DEEPEST)
    throw fail(`exponentials are nested ${exponentialDepth(tree)} deep, at most ${DEEPEST} are allowed`);
  return tree;
}

function tokenize(text, fail) {
  const tokens = [], pattern = /\s*(?:((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|(\*\*|[-+*/(),]))/y;
  const end = text.trimEnd().length;
  while (pattern.lastIndex < end) {
    const start = pattern.lastIndex, match = pattern.exec(text);
    if (!match) {
      const bad = text.slice(start).trim()[0];
      throw fail(`${bad} is not allowed${bad === "^" ? "; write ** for a power" : "; use numbers, v, + - * / ** and functions"}`);
    }
    const kind = match[1] ? "number" : match[2] ? "name" : "operator";
    tokens.push({ kind, text: match[1] || match[2] || match[3] });
  }
  return tokens;
}

function operation(op, left, right, fail) {
  if (op === "/" && isNumber(right, 0)) throw fail("division by zero");
  if (op === "**" && isNumber(right) && Math.abs(right.value) > LARGEST_POWER)
    throw fail(`a power may be at most ${LARGEST_POWER}, got ${right.value}`);
  if (isNumber(left) && isNumber(right)) {
    const [x, y] = [left.value, right.value];
    const value = { "+": x + y, "-": x - y, "*": x * y, "/": x / y, "**": x ** y }[op];
    if (!Number.isFinite(value)) throw fail("a constant is not a real number");
    return { type: "number", value, op, args: [left, right] };
  }
  return simplified({ type: op, args: [left, right] });
}

const called = (node, name) => node.type === "call" && node.name === name;
const call1 = (name, arg) => ({ type: "call", name, args: [arg] });
const negated = (node) =>
  node.type === "neg" ? node.args[0] : isNumber(node) ? number(-node.value) : { type: "neg", args: [node] };

/** Forms that lose digits in floating point, as the functions that do not: 1 - sigmoid(x) is sigmoid(-x). */
function simplified(node) {
  const [x, y] = node.args;
  const stable = (kind) => ({ ...kind, shown: node });
  if (node.type === "-" && isNumber(x, 1) && called(y, "sigmoid")) return stable(call1("sigmoid", negated(y.args[0])));
  if (node.type === "/" && isNumber(x, 1) && y.type === "+" && isNumber(y.args[0], 1) && called(y.args[1], "exp"))
    return stable(call1("sigmoid", negated(y.args[1].args[0])));
  if (node.type === "**" && called(x, "sigmoid") && isNumber(y))
    return stable(call1("exp", { type: "*", args: [y, call1("logsigmoid", x.args[0])] }));
  if (called(node, "log") && called(x, "sigmoid")) return stable(call1("logsigmoid", x.args[0]));
  if (called(node, "log") && called(x, "exp")) return stable(x.args[0]);
  if (called(node, "log") && x.type === "+" && isNumber(x.args[0], 1) && called(x.args[1], "exp"))
    return stable(call1("softplus", x.args[1].args[0]));
  return node;
}

function exponentialDepth(node) {
  const shown = node.shown || node;
  const inner = Math.max(0, ...(shown.args || []).map(exponentialDepth));
  const grows =
    (shown.type === "call" && ["exp", "sinh", "cosh", "tanh"].includes(shown.name)) ||
    (shown.type === "**" && !isNumber(shown.args[1]));
  return inner + (grows ? 1 : 0);
}

function nearest(text, known) {
  const distance = (s, t) => {
    let row = Array.from({ length: t.length + 1 }, (_, j) => j);
    for (let i = 1; i <= s.length; i++) {
      const next = [i];
      for (let j = 1; j <= t.length; j++)
        next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (s[i - 1] === t[j - 1] ? 0 : 1));
      row = next;
    }
    return row[t.length];
  };
  const [best] = known.map((name) => [distance(text.toLowerCase(), name.toLowerCase()), name]).sort((p, q) => p[0] - q[0]);
  return best[0] <= Math.max(1, text.length / 3) ? `; did you mean ${best[1]}?` : `; known: ${known.join(", ")}`;
}
