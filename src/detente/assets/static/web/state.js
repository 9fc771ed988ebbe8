// The view: which scenario, which numbers, which package; every step of it can be undone, and all of it stands in the address.
import { SERVED } from "./core.js";

const TOGETHER = 1500; // milliseconds within which presses of a key on one slider are one step
const clone = (view) => ({ ...view, values: { ...view.values } });
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

export const parse = (search) => {
  const query = new URLSearchParams(search);
  const values = {};
  for (const pair of query.getAll("set")) {
    const cut = pair.lastIndexOf("=");
    const number = Number(pair.slice(cut + 1).replace(/^(-?)inf$/, "$1Infinity"));
    if (cut > 0 && !Number.isNaN(number)) values[pair.slice(0, cut)] = number;
  }
  return { scenario: query.get("scenario") || SERVED.first, variant: query.get("variant") || "", values, package: query.get("package") || "" };
};

const written = (number) => (Number.isFinite(number) ? String(number) : number > 0 ? "inf" : "-inf");

// What of a view goes into an address; only what differs from the scenario as it is.
export const query = (view) => {
  const made = new URLSearchParams();
  if (view.scenario !== SERVED.first) made.set("scenario", view.scenario);
  if (view.variant) made.set("variant", view.variant);
  for (const name of Object.keys(view.values).sort()) made.append("set", `${name}=${written(view.values[name])}`);
  if (view.package) made.set("package", view.package);
  const now = new URLSearchParams(location.search);
  for (const kept of ["lang", "theme"]) if (now.get(kept)) made.set(kept, now.get(kept));
  return made;
};

export class State {
  constructor(view) {
    this.view = view;
    this.past = [];
    this.future = [];
    this.rested = clone(view);
    this.listeners = [];
  }
  listen(listener) {
    this.listeners.push(listener);
  }
  tell(resting) {
    for (const listener of this.listeners) listener(this.view, resting);
  }
  // Change the view; while a slider is held, the step is not finished.
  change(edit, resting = true, what = "") {
    edit(this.view);
    if (resting) this.rest(what);
    this.tell(resting);
  }
  rest(what) {
    if (same(this.rested, this.view)) return;
    const again = what && what === this.last?.what && Date.now() - this.last.at < TOGETHER;
    if (!again) this.past.push(this.rested);
    this.last = { what, at: Date.now() };
    this.future = [];
    this.rested = clone(this.view);
    this.mark();
  }
  step(from, to) {
    if (!from.length) return;
    to.push(clone(this.view));
    this.view = from.pop();
    this.rested = clone(this.view);
    this.last = null;
    this.mark();
    this.tell(true);
  }
  undo() {
    this.step(this.past, this.future);
  }
  redo() {
    this.step(this.future, this.past);
  }
  mark() {
    const text = query(this.view).toString();
    history.replaceState(null, "", text ? `?${text}` : location.pathname);
  }
}
