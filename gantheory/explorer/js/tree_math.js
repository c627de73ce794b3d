// The user's expressions as MathML, from their trees: what was typed is what is shown.

const PRECEDENCE = { "+": 1, "-": 1, neg: 2, "*": 3, "/": 3, "**": 5 };
const NAMES = { v: "v" };

const element = (tag, ...children) => {
  const node = document.createElementNS("http://www.w3.org/1998/Math/MathML", tag);
  node.append(...children);
  return node;
};
const operator = (text) => {
  const node = element("mo", text);
  if ("()".includes(text)) node.setAttribute("stretchy", "false");
  return node;
};
const digits = (value) => element("mn", value === Math.PI ? "π" : value === Math.E ? "e" : String(Number(value.toPrecision(8))).replace("-", "−"));

/** <math> with `label` = tree. */
export function formula(label, tree) {
  const math = element("math", element("mrow", ...label, operator("="), print(tree, 0)));
  math.setAttribute("display", "block");
  return math;
}

export const functionName = (letter, argument) => [element("mi", letter), operator("("), element("mi", argument), operator(")")];

function print(node, outer) {
  const shown = node.shown || node, own = PRECEDENCE[shown.op || shown.type] ?? 9;
  const body = inner(shown);
  return own < outer ? element("mrow", operator("("), body, operator(")")) : body;
}

function inner(node) {
  const kind = node.op || node.type, [x, y] = node.args || [];
  switch (kind) {
    case "number":
      return digits(node.value);
    case "v":
      return element("mi", NAMES.v);
    case "neg":
      return element("mrow", operator("−"), print(x, 3));
    case "+":
      return element("mrow", print(x, 1), operator("+"), print(y, 1));
    case "-":
      return element("mrow", print(x, 1), operator("−"), print(y, 2));
    case "*":
      return element("mrow", print(x, 3), operator("⁢"), print(y, 4));
    case "/":
      return element("mfrac", print(x, 0), print(y, 0));
    case "**":
      return element("msup", print(x, 6), print(y, 0));
  }
  if (node.name === "sqrt") return element("msqrt", print(x, 0));
  if (node.name === "abs") return element("mrow", operator("|"), print(x, 0), operator("|"));
  if (node.name === "exp") return element("msup", element("mi", "e"), print(x, 0));
  const args = node.args.flatMap((arg, i) => (i ? [operator(","), print(arg, 0)] : [print(arg, 0)]));
  return element("mrow", element("mi", node.name), operator("("), ...args, operator(")"));
}
