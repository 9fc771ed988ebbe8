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

// A job that takes long: begun with #go, stopped with #stop, followed on #progress. A page has one under way at most.
export class Long {
  // `tell` hears how far it has come, `done` what came of it, `fail` why nothing did, `stopped` that it is no longer wanted.
  constructor(path, heard) {
    Object.assign(this, { path, heard, running: null });
    $("stop").onclick = () => this.stop();
  }
  // `asked`: the parameters of its address; `which`: what else tells it from others, to stop it.
  async begin(asked, which) {
    const task = `${PAGE}-${Date.now()}`;
    const mine = { task, which, stop: new AbortController() };
    const query = new URLSearchParams([...asked, ["task", task]]);
    this.running = mine;
    this.busy(true);
    this.watch(mine, query);
    try {
      const found = await get(`${this.path}?${query}`, { signal: mine.stop.signal, headers: { "x-page": `${PAGE}-long` } });
      if (this.running === mine) await this.heard.done(found);
    } catch (error) {
      if (this.running === mine) this.heard.fail(error);
    }
    if (this.running !== mine) return;
    this.running = null;
    this.busy(false);
  }
  stop() {
    const mine = this.running;
    if (!mine) return;
    this.running = null;
    mine.stop.abort();
    post(`${this.path}/stop`, { task: mine.task, ...mine.which }).catch(() => {});
    this.busy(false);
    this.heard.stopped();
  }
  busy(on) {
    document.body.classList.toggle("working", on);
    $("go").hidden = on;
    $("stop").hidden = !on;
    $("progress").hidden = !on;
    if (on) $("progress").removeAttribute("value");
  }
  async watch(mine, query) {
    while (this.running === mine) {
      await new Promise((done) => { setTimeout(done, 700); });
      if (this.running !== mine) return;
      const { done, total } = await get(`${this.path}/progress?${query}`, { headers: { "x-page": `${PAGE}-progress` } }).catch(() => ({ done: 0, total: 0 }));
      if (this.running !== mine || !total) continue;
      Object.assign($("progress"), { max: total, value: done });
      this.heard.tell({ done, total });
    }
  }
}

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
