// Completion: which keys or names may stand where the caret is, from the JSON Schema of scenario files and the text's own names.
const KEY = /^(\s*)(?:- )?(?:"([^"]+)"|'([^']+)'|([\w. -]+?))\s*:(?:\s|$)/;

// Keys of the mappings a line is inside of, from the outermost.
const outer = (lines, at, indent) => {
  const path = [];
  let edge = indent;
  for (let i = at - 1; i >= 0 && edge > 0; i -= 1) {
    const line = lines[i];
    if (!line.trim() || line.trim().startsWith("#")) continue;
    const found = KEY.exec(line);
    const own = line.length - line.trimStart().length;
    if (own < edge && found) {
      path.unshift(found[2] ?? found[3] ?? found[4]);
      edge = own;
    }
  }
  return path;
};

// Keys of the flow mappings open in what stands before the caret on its line, and whether a key is expected there.
const flow = (before) => {
  const open = [];
  let key = "";
  let word = "";
  let expects = false;
  for (const char of before) {
    if (char === "{") { open.push(key); word = ""; expects = true; }
    else if (char === "}") { open.pop(); word = ""; expects = false; }
    else if (char === ",") { word = ""; expects = open.length > 0; }
    else if (char === ":") { key = word.trim(); word = ""; expects = false; }
    else word += char;
  }
  return { open, key, expects };
};

export class Completer {
  constructor(schema, names) {
    this.schema = schema;
    this.builtin = names;
  }
  // The schemas a node stands for, references and alternatives opened up.
  *nodes(node, depth = 0) {
    if (!node || typeof node !== "object" || depth > 8) return;
    if (node.$ref) yield* this.nodes(this.schema.$defs?.[node.$ref.split("/").pop()], depth + 1);
    for (const each of node.anyOf ?? node.oneOf ?? []) yield* this.nodes(each, depth + 1);
    if (!node.$ref) yield node;
  }
  step(nodes, key) {
    return nodes.flatMap((node) => {
      const found = node.properties?.[key] ?? (typeof node.additionalProperties === "object" ? node.additionalProperties : node.items);
      return [...this.nodes(found)];
    });
  }
  at(path) {
    let nodes = [...this.nodes(this.schema)];
    for (const key of path) nodes = this.step(nodes, key);
    return nodes;
  }
  // What may be completed where the caret is: the letters typed so far, and the candidates.
  candidates(text, caret) {
    const lines = text.slice(0, caret).split("\n");
    const line = lines.pop();
    const prefix = /[\w]*$/.exec(line)[0];
    const before = line.slice(0, line.length - prefix.length);
    const indent = line.length - line.trimStart().length;
    const { open, key, expects } = flow(before);
    const outside = outer(lines, lines.length, indent);
    const block = /^\s*(- )?$/.test(before);
    if (block || expects) {
      const inside = block ? outside : [...outside, ...open];
      const keys = this.at(inside).flatMap((node) => Object.entries(node.properties ?? {}));
      return { prefix, found: this.sorted(prefix, keys.map(([name, node]) => ({ name, insert: `${name}: `, about: node.description ?? "" }))) };
    }
    const values = this.at([...outside, ...open, key]).flatMap((node) => node.enum ?? (node.const === undefined ? [] : [node.const]));
    const own = [...new Set([...text.matchAll(/(?:^|[{,]|- )[ \t]*([A-Za-z_]\w*)[ \t]*:/gm)].map((match) => match[1]))];
    const names = [...values.map(String), ...own, ...this.builtin];
    return { prefix, found: this.sorted(prefix, [...new Set(names)].map((name) => ({ name, insert: name, about: "" }))) };
  }
  sorted(prefix, found) {
    const wanted = prefix.toLowerCase();
    const rank = ({ name }) => (name.startsWith(prefix) ? 0 : name.toLowerCase().startsWith(wanted) ? 1 : 2);
    return found
      .filter(({ name }) => name !== prefix && name.toLowerCase().includes(wanted))
      .sort((a, b) => rank(a) - rank(b))
      .slice(0, 40);
  }
}
