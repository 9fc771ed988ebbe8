// Charts: each is drawn once, and from then on only given new rows; one that is out of sight waits until it comes into view.
import { make, say, save } from "./core.js";

const DARK = {
  "#1f2933": "#e6eaee", "#52606d": "#a9b4c0", "#9aa5b1": "#7a8794", "#e4e7eb": "#333c47", "#333333": "#c9d1d9",
  "#0b4f8a": "#63a8e6", "#d55e00": "#f08b4a", "#009e73": "#3cc79e", "#8a5a9e": "#c08fd6", "#ffffff": "#14181d",
};

// The same drawing in the colours of the page.
const coloured = (node, dark) => {
  if (!dark) return node;
  if (typeof node === "string") return DARK[node] ?? node;
  if (Array.isArray(node)) return node.map((part) => coloured(part, dark));
  if (node && typeof node === "object") return Object.fromEntries(Object.entries(node).map(([key, part]) => [key, coloured(part, dark)]));
  return node;
};

// What draws may be read after this module, but before the page is whole.
const able = globalThis.vegaEmbed ? Promise.resolve() : new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve));

const narrow = matchMedia("(max-width: 640px)");
const options = () => ({
  ast: true,
  logLevel: 1,
  actions: false,
  renderer: "svg",
  defaultStyle: false,
  tooltip: { disableDefaultStyle: true },
  config: { legend: { columns: narrow.matches ? 1 : 3, labelLimit: 300 }, axis: narrow.matches ? { labelFontSize: 11, titleFontSize: 11 } : {} },
});

const MARGIN = 300; // pixels beyond the window that count as in view
const watched = new WeakMap();
const watch = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const picture = watched.get(entry.target);
    picture.near = entry.isIntersecting;
    if (picture.near) picture.catchUp();
  }
}, { rootMargin: `${MARGIN}px` });

export class Picture {
  constructor(figure, onpick, rows = {}) {
    this.figure = figure;
    this.onpick = onpick;
    this.rows = { now: [], base: [], rules: [], ...rows };
    this.late = {}; // rows that came while it was out of sight
    this.near = true;
    this.turn = Promise.resolve();
    this.place = make("div", { class: "chart", role: "img", "aria-label": `${figure.title}. ${figure.caption}` });
    const keep = (kind) => make("button", { type: "button", class: "keep", "aria-label": `${figure.title}: ${say(`picture.${kind}`)}`, onclick: () => this.keep(kind) }, say(`picture.${kind}`));
    this.element = make(
      "figure",
      { id: `picture-${figure.key}`, class: `picture ${figure.key.split("-")[0]}` },
      make("h3", {}, figure.title),
      this.place,
      make("figcaption", {}, figure.caption, make("span", { class: "keeps" }, keep("png"), keep("svg"))),
    );
  }
  // Begin to follow whether it is in view.
  follow() {
    const { top, bottom } = this.element.getBoundingClientRect();
    this.near = top < innerHeight + MARGIN && bottom > -MARGIN;
    watched.set(this.element, this);
    watch.observe(this.element);
  }
  // One thing after the other: it may come into view while it is drawn.
  inTurn(act) {
    this.turn = this.turn.then(act, act);
    return this.turn;
  }
  draw(rows) {
    Object.assign(this.rows, rows);
    return this.inTurn(() => this.embed());
  }
  async embed() {
    this.late = {};
    const dark = document.documentElement.dataset.theme === "dark";
    const spec = { ...coloured(this.figure.spec, dark), datasets: { ...this.figure.spec.datasets, ...this.rows } };
    this.bars = this.rows.now.length;
    await able;
    if (this.figure.row) spec.height = this.figure.row * Math.max(1, this.bars);
    try {
      this.view?.finalize();
      this.view = (await vegaEmbed(this.place, spec, options())).view;
      this.view.addEventListener("click", (event, item) => item?.datum?.package && this.onpick(item.datum.package));
      delete this.element.dataset.failed;
    } catch (error) {
      this.element.dataset.failed = String(error);
      this.place.textContent = say("failed.chart");
    }
  }
  // New rows for what is shown or for its ghost.
  async update(rows) {
    Object.assign(this.rows, rows);
    Object.assign(this.late, rows);
    if (this.near) await this.catchUp();
  }
  // Show the rows there are.
  catchUp() {
    return this.inTurn(() => this.show());
  }
  async show() {
    const late = this.late;
    if (this.view && !Object.keys(late).length) return;
    if (!this.view || (this.figure.row && this.bars !== this.rows.now.length)) {
      await this.embed();
      return;
    }
    this.late = {};
    for (const [name, values] of Object.entries(late)) {
      try {
        this.view.data(name, values);
      } catch {
        // this chart has no such rows
      }
    }
    await this.view.runAsync();
  }
  async keep(kind) {
    await this.catchUp();
    if (kind === "png") save(`${this.figure.key}.png`, await this.view.toImageURL("png", 2));
    else save(`${this.figure.key}.svg`, new Blob([await this.view.toSVG()], { type: "image/svg+xml" }));
  }
}

// Pictures that have not been in view yet are drawn one by one, while nothing else is to be done.
const idle = () => new Promise((resolve) => { (globalThis.requestIdleCallback ?? setTimeout)(resolve); });
export const whenIdle = async (pictures) => {
  for (const picture of pictures) {
    await idle();
    await picture.catchUp();
  }
};
