// What every view's script shares: words, elements, requests.
const read = (id) => JSON.parse(document.getElementById(id).textContent);
export const WORDS = read("words");
export const SERVED = read("served");
export const PAGE = crypto.getRandomValues(new Uint32Array(4)).join("-");
export const $ = (id) => document.getElementById(id);

// A word, with its gaps filled in.
export const say = (key, values = {}) =>
  (WORDS[key] ?? key).replace(/\{(\w+)\}/g, (gap, name) => (name in values ? String(values[name]) : gap));

// An element: every text goes in as text.
export const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
};

export class Refused extends Error {
  constructor(status, told) {
    super(typeof told?.detail === "string" ? told.detail : `status ${status}`);
    this.status = status;
    this.problems = told?.problems ?? [];
  }
}

const answered = async (response) => {
  const told = await response.json().catch(() => null);
  if (!response.ok) throw new Refused(response.status, told);
  return told;
};

export const get = async (address, options = {}) =>
  answered(await fetch(address, { ...options, headers: { "x-page": PAGE, ...options.headers } }));

export const post = async (address, content, options = {}) =>
  answered(await fetch(address, {
    ...options,
    method: "POST",
    body: JSON.stringify(content),
    headers: { "content-type": "application/json", "x-page": PAGE, ...options.headers },
  }));

// How far a long job has come, asked for and shown as long as it is still wanted.
export const watch = async (wanted, address, tell) => {
  while (wanted()) {
    await new Promise((done) => { setTimeout(done, 700); });
    if (!wanted()) return;
    const { done, total } = await get(address, { headers: { "x-page": `${PAGE}-progress` } }).catch(() => ({ done: 0, total: 0 }));
    if (!wanted() || !total) continue;
    Object.assign($("progress"), { max: total, value: done });
    tell({ done, total });
  }
};

// One request under way, the latest one waiting: what comes in between is never asked.
export const latest = (ask) => {
  let busy = false;
  let waiting = null;
  const next = async () => {
    busy = true;
    while (waiting) {
      const given = waiting;
      waiting = null;
      await ask(given);
    }
    busy = false;
  };
  return (given) => {
    waiting = given;
    if (!busy) next();
  };
};

export const save = (name, content) => {
  const link = make("a", { href: typeof content === "string" ? content : URL.createObjectURL(content), download: name });
  link.click();
};

// A number as short as it can be.
export const short = (value) => {
  if (value === "inf" || value === Infinity) return "∞";
  if (value === "-inf" || value === -Infinity) return "−∞";
  return String(Number(Number(value).toPrecision(6))).replace("-", "−");
};

$("theme")?.addEventListener("click", () => {
  const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  localStorage.setItem("theme", theme);
  document.dispatchEvent(new CustomEvent("theme", { detail: theme }));
});
$("language")?.addEventListener("change", (event) => {
  const address = new URL(location.href);
  address.searchParams.set("lang", event.target.value);
  location.href = address;
});
// From view to view one keeps the scenario, its numbers and the language.
for (const link of document.querySelectorAll(".bar nav a")) {
  link.addEventListener("pointerdown", () => carry(link));
  link.addEventListener("keydown", () => carry(link));
}
const carry = (link) => {
  const kept = [...new URLSearchParams(location.search)].filter(([name]) => ["scenario", "variant", "set", "lang", "theme"].includes(name));
  link.search = new URLSearchParams(kept).toString();
};
