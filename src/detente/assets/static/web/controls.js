// The assumptions: a row per number, grouped, with its range, where it comes from, and the way back.
import { $, make, say, short } from "./core.js";

const STEPS = 200;

const number = (value) => (value === "inf" ? Infinity : value === "-inf" ? -Infinity : value);

// Between a value and its place on the slider; logarithmic where the number is spread that way.
const scale = ({ low, high, log }) => {
  const [a, b] = log ? [Math.log(low), Math.log(high)] : [low, high];
  return {
    place: (value) => Math.round((((log ? Math.log(Math.max(value, 1e-300)) : value) - a) / (b - a)) * STEPS),
    value: (place) => {
      if (place <= 0) return low;
      if (place >= STEPS) return high;
      const raw = a + (place / STEPS) * (b - a);
      return Number((log ? Math.exp(raw) : raw).toPrecision(4));
    },
  };
};

class Row {
  constructor(parameter, index, change) {
    this.parameter = parameter;
    this.base = number(parameter.value);
    this.change = change;
    this.id = `number-${index}`;
    this.element = make("li", { class: "number", "data-name": parameter.name });
    this.label = make("label", { for: this.id }, parameter.words);
    if (parameter.contested) this.label.append(" ", make("span", { class: "chip" }, say("contested")));
    this.back = make("button", { type: "button", class: "back", hidden: true, onclick: () => change(parameter.name, null, true) });
    this.back.textContent = `↺ ${say("reset.one", { value: short(this.base) })}`;
    this.element.append(...[this.label, this.input(), this.readings(), this.foot()].filter(Boolean));
    this.show(this.base, false);
  }
  // A choice for listed values, a slider for a range, and a field for the number itself.
  input() {
    const { name, values, low, high, unit, words } = this.parameter;
    const line = make("div", { class: "set" });
    if (values) {
      this.choice = make("select", { id: this.id, onchange: (event) => this.change(name, Number(event.target.value), true) });
      for (const value of values) this.choice.append(make("option", { value: String(value) }, short(value)));
      line.append(this.choice);
    } else if (low !== null && high !== null && low < high) {
      this.scale = scale(this.parameter);
      const track = make("span", { class: "track" });
      this.slider = make("input", {
        type: "range", id: this.id, min: 0, max: STEPS, step: 1,
        oninput: () => this.slid(false), onchange: () => this.slid(true),
      });
      const mark = make("i", { "aria-hidden": "true" });
      mark.style.setProperty("--at", this.scale.place(this.base) / STEPS);
      track.append(this.slider, mark);
      line.append(track);
    }
    if (!values) {
      this.field = make("input", {
        type: "text", inputmode: "decimal", class: "field", autocomplete: "off", id: this.slider ? null : this.id,
        "aria-label": this.slider ? words : null, onchange: () => this.typed(),
      });
      line.append(this.field);
    }
    if (unit && unit !== "1") line.append(make("span", { class: "unit" }, unit));
    return line;
  }
  slid(resting) {
    const place = Number(this.slider.value);
    const value = place === this.scale.place(this.base) ? this.base : this.scale.value(place);
    this.change(this.parameter.name, value, resting);
  }
  typed() {
    const value = Number(this.field.value.trim().replace("−", "-").replace("∞", "Infinity"));
    const fine = this.field.value.trim() !== "" && !Number.isNaN(value);
    this.field.setAttribute("aria-invalid", String(!fine));
    if (fine) this.change(this.parameter.name, value, true);
  }
  readings() {
    if (!this.parameter.readings.length) return null;
    return make("div", { class: "readings" }, ...this.parameter.readings.map(([words, value]) =>
      make("button", { type: "button", class: "reading", onclick: () => this.change(this.parameter.name, value, true) }, `${words}: `, make("b", {}, short(value)))));
  }
  foot() {
    const { low, high, note, sources } = this.parameter;
    const range = low !== null && high !== null ? say("range", { low: short(low), high: short(high) }) : say("fixed");
    const about = make("details", { class: "about" }, make("summary", {}, `${range} · ${say("about")}`));
    if (note) about.append(make("p", {}, note));
    for (const source of sources) {
      const web = /^https?:\/\//.test(source.url);
      about.append(make("p", { class: "source" }, source.cite, web ? " " : null, web ? make("a", { href: source.url, rel: "noopener noreferrer nofollow" }, source.url) : null));
    }
    if (!sources.length) about.append(make("p", { class: "source" }, say("source.none")));
    return make("div", { class: "foot-of-number" }, about, this.back);
  }
  show(value, changed) {
    this.element.classList.toggle("changed", changed);
    this.back.hidden = !changed;
    if (this.choice) this.choice.value = String(value);
    if (this.slider && document.activeElement !== this.slider) this.slider.value = String(this.scale.place(value));
    if (this.slider) this.slider.setAttribute("aria-valuetext", `${short(value)} ${this.parameter.unit}`.trim());
    if (this.slider) this.slider.style.setProperty("--now", Math.min(1, Math.max(0, this.scale.place(value) / STEPS)));
    if (this.field && document.activeElement !== this.field) this.field.value = short(value);
  }
}

export class Controls {
  constructor(parameters, change) {
    this.rows = new Map();
    const groups = new Map();
    parameters.forEach((parameter, index) => {
      const row = new Row(parameter, index, change);
      this.rows.set(parameter.name, row);
      const group = parameter.group || say("others");
      if (!groups.has(group)) groups.set(group, []);
      groups.get(group).push(row);
    });
    const first = [...groups.values()].findIndex((rows) => rows.some((row) => row.slider));
    this.groups = [...groups].map(([name, rows], index) => {
      const list = make("ul", {}, ...rows.map((row) => row.element));
      const count = make("span", { class: "count" }, String(rows.length));
      const part = make("details", { class: "group", open: index === first }, make("summary", {}, name, " ", count), list);
      return { name, rows, part, count };
    });
    $("groups").replaceChildren(...this.groups.map((group) => group.part));
    for (const id of ["find", "only-contested", "only-changed"]) $(id).oninput = () => this.filter();
  }
  show(values, changed) {
    for (const [name, row] of this.rows) row.show(name in values ? values[name] : row.base, changed.has(name));
    for (const { rows, part } of this.groups) part.classList.toggle("changed", rows.some((row) => changed.has(row.parameter.name)));
    if ($("only-changed").checked) this.filter();
  }
  filter() {
    const text = $("find").value.trim().toLowerCase();
    const [contested, changed] = ["only-contested", "only-changed"].map((id) => $(id).checked);
    const narrowed = Boolean(text) || contested || changed;
    let any = false;
    for (const { name, rows, part } of this.groups) {
      let found = 0;
      for (const row of rows) {
        const { words, name: key, contested: disputed } = row.parameter;
        const hit = `${words} ${key} ${name}`.toLowerCase().includes(text) && (!contested || disputed) && (!changed || row.element.classList.contains("changed"));
        row.element.hidden = !hit;
        found += hit;
      }
      part.hidden = !found;
      if (narrowed && found) part.open = true;
      any ||= found > 0;
    }
    $("no-match").hidden = any;
  }
}
