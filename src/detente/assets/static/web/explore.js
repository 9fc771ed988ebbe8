// What if: move an assumption, see the answer move.
import { $, PAGE, Refused, SERVED, get, latest, make, say, short } from "./core.js";
import { Picture, whenIdle } from "./charts.js";
import { Controls } from "./controls.js";
import { State, parse, query } from "./state.js";

const REST = 450; // milliseconds of rest after which the exact answer is asked
const state = new State(parse(location.search));
let opening = null;
let controls = null;
let pictures = new Map();
let base = null;
let shown = null;
let serial = 0;
let pause = null;
let refining = null;
let finest = ""; // the view whose exact answer is shown
let drawing = Promise.resolve();
let drawn = ""; // the view whose answer is shown
let asked = ""; // the view asked last

const address = (path, view, more = {}) => {
  const made = query(view);
  made.delete("theme");
  for (const [name, value] of Object.entries(more)) made.set(name, value);
  return `${path}?${made}`;
};

// What is in force: the scenario's own numbers, then the variant's, then those moved by hand.
const force = (view) => {
  const variant = opening.scenario.variants.find((each) => each.name === view.variant);
  return { ...(variant?.set ?? {}), ...view.values };
};

const status = (key, values) => {
  $("said").textContent = say(key, values);
  document.body.dataset.state = key;
};

const span = (step) => {
  if (!opening.scenario.dated) return say("rounds");
  const months = Math.round(step * 12);
  return months % 12 ? say("months", { count: months }) : months === 12 ? say("year") : say("years", { count: months / 12 });
};

const fail = (error) => {
  if (error.name === "AbortError" || error.status === 409) return;
  status(error instanceof Refused ? "failed" : "lost", { reason: error.message });
};

// --- what is shown

const arrow = (now, then, unit) => {
  const change = now - then;
  const points = unit === "1";
  const text = points ? say("points", { change: Math.abs(100 * change).toFixed(1) }) : short(Number(Math.abs(change).toPrecision(2)));
  return make("span", { class: change > 0 ? "up" : "down" }, `${change > 0 ? "▲" : "▼"} ${text}`);
};

const moved = (tile, old) =>
  old && tile.value !== null && old.value !== null && Math.abs(tile.value - old.value) > (tile.unit === "1" ? 5e-4 : 5e-3 * Math.max(1e-9, Math.abs(old.value)));

const tile = (each) => {
  const old = base.tiles.find((other) => other.key === each.key);
  const change = moved(each, old);
  return make(
    "div",
    { class: change ? "moved" : "" },
    make("dt", {}, each.words),
    make("dd", {}, each.said, each.unit !== "1" && each.unit !== "util" ? make("small", {}, ` ${each.unit}`) : null,
      make("span", { class: "was" }, change ? arrow(each.value, old.value, each.unit) : "", change ? ` ${say("was", { value: old.said })}` : say("same"))),
  );
};

const finding = (each) => [
  make("dt", {}, each.ask),
  make("dd", {}, make("p", {}, each.text), each.detail ? make("details", {}, make("summary", {}, say("detail")), make("p", {}, each.detail)) : null),
];

const bars = (issue, i) => make("div", {}, make("h3", {}, issue.words), make("ul", {}, ...issue.options.map((option, j) => {
  const bar = make("span", { class: "bar", "aria-hidden": "true" }, make("i"), make("b"));
  bar.style.setProperty("--now", option.v);
  bar.style.setProperty("--base", base.shares[i]?.options[j]?.v ?? 0);
  return make("li", {}, make("span", {}, option.words), make("span", { class: "n" }, option.said), bar);
})));

const sentences = (answer) => {
  const open = [...$("findings").querySelectorAll("details")].map((part) => part.open);
  $("findings").replaceChildren(...answer.findings.flatMap(finding));
  [...$("findings").querySelectorAll("details")].forEach((part, i) => { part.open = open[i] ?? false; });
};

const explained = (answer) => {
  $("package").value = state.view.package || "";
  $("terms").replaceChildren(...(opening.scenario.packages[answer.package] ?? []).map(([issue, words, silent]) =>
    make("span", { class: silent ? "term silent" : "term", title: issue }, words)));
};

// One drawing after the other; a quick answer, late as it may come, never takes the place of the exact one to the view as it stands.
const draw = (answer, view, started) => {
  drawing = drawing.then(() => {
    const wanted = JSON.stringify(view);
    if (!answer.exact && finest === JSON.stringify(state.view)) return null;
    finest = answer.exact ? wanted : "";
    return paint(answer, view, started);
  });
  return drawing;
};

const paint = async (answer, view, started) => {
  shown = answer;
  $("tiles").replaceChildren(...answer.tiles.map(tile));
  sentences(answer);
  explained(answer);
  $("contents").hidden = !answer.shares.length;
  $("shares").replaceChildren(...answer.shares.map(bars));
  status(answer.exact ? "exact" : "quick", { step: span(answer.step) });
  const then = ghosts.get(answer.package) ?? null;
  const fresh = then !== behind;
  behind = then;
  const rows = (key) => ({ now: answer.pictures[key] ?? [], ...(fresh ? shade(key, then) : {}) });
  if (!serial) pictures.forEach((picture) => picture.follow()); // now that what stands above them is there
  await Promise.all([...pictures].map(([key, picture]) => picture.update(rows(key))));
  await new Promise(requestAnimationFrame);
  serial += 1;
  document.body.dataset.drawn = String(serial);
  document.body.dataset.exact = String(answer.exact);
  drawn = JSON.stringify(view);
  if (started !== undefined) (window.explorer.times ??= []).push(performance.now() - started);
};

// The ghost explains the package that is explained now; its bars stay away until a slider rests and they are asked for.
const ghosts = new Map(); // package -> the base's answer that explains it
let behind = null; // the answer whose rows stand behind
const shade = (key, then) => ({ base: then?.pictures[key] ?? (key.startsWith("why-") ? [] : base.pictures[key] ?? []) });
const ghost = async () => {
  const wanted = shown.package;
  if (!wanted || ghosts.has(wanted)) return;
  ghosts.set(wanted, null); // on its way
  try {
    const view = { ...state.view, variant: "", values: {}, package: wanted };
    ghosts.set(wanted, await get(address("/api/answer", view), { headers: { "x-page": `${PAGE}-ghost` } }));
  } catch (error) {
    ghosts.delete(wanted);
    return fail(error);
  }
  if (shown.package !== wanted) return;
  behind = ghosts.get(wanted);
  for (const [key, picture] of pictures) picture.update(shade(key, behind));
};

// --- asking

const quick = latest(async ({ view, started }) => {
  document.body.classList.add("working");
  try {
    const answer = await get(address("/api/answer", view));
    await draw(answer, view, started);
  } catch (error) {
    fail(error);
  }
  document.body.classList.remove("working");
});

const refine = async (view) => {
  refining = new AbortController();
  const wanted = JSON.stringify(view);
  document.body.classList.add("refining");
  try {
    await ghost();
    const answer = await get(address("/api/answer", view, { exact: "true" }), { signal: refining.signal });
    if (wanted !== JSON.stringify(state.view)) return;
    await draw(answer, view);
    await ghost();
  } catch (error) {
    if (wanted === JSON.stringify(state.view)) fail(error);
  }
  document.body.classList.remove("refining");
};

const ask = (view, resting) => {
  clearTimeout(pause);
  refining?.abort();
  const wanted = JSON.stringify(view);
  if (wanted !== asked) quick({ view: structuredClone(view), started: performance.now() });
  asked = wanted;
  if (resting) pause = setTimeout(() => refine(structuredClone(view)), REST);
};

// --- what changed

const tally = (view) => {
  const values = force(view);
  const own = new Map(opening.scenario.parameters.map((parameter) => [parameter.name, parameter]));
  const changed = new Set(Object.keys(values).filter((name) => own.has(name) && values[name] !== own.get(name).value));
  controls.show(values, changed);
  $("changes").textContent = changed.size ? say("changed.some", { count: changed.size }) : say("changed.none");
  $("changed").replaceChildren(...[...changed].map((name) => {
    const parameter = own.get(name);
    const text = `${parameter.words}: ${short(parameter.value)} → ${short(values[name])}`;
    return make("li", {}, make("button", { type: "button", title: say("reset.one", { value: short(parameter.value) }), onclick: () => set(name, null, true) }, text, " ×"));
  }));
  $("undo").disabled = !state.past.length;
  $("redo").disabled = !state.future.length;
  $("reset").disabled = !changed.size && !view.package && !view.variant;
  $("variant").value = view.variant;
  for (const kind of ["report", "yaml", "csv", "json"]) {
    $(`download-${kind}`).href = address(kind === "json" ? "/api/dataset" : `/api/${{ report: "report.html", yaml: "scenario.yaml", csv: "shown.csv" }[kind]}`, view);
  }
};

const set = (name, value, resting) =>
  state.change((view) => {
    const own = opening.scenario.parameters.find((parameter) => parameter.name === name).value;
    const variant = opening.scenario.variants.find((each) => each.name === view.variant);
    const target = value === null ? own : value;
    if (target === (variant?.set?.[name] ?? own)) delete view.values[name];
    else view.values[name] = target;
  }, resting, name);

const choose = (name) => state.change((view) => { view.package = name; });

// --- beginning

const fill = (select, entries, chosen) => select.replaceChildren(...entries.map(([value, words]) => make("option", { value, selected: value === chosen }, words)));

const begin = async () => {
  status("starting");
  opening = await get(address("/api/opening", { scenario: state.view.scenario, variant: "", values: {}, package: "" }));
  base = opening.base;
  ghosts.set(base.package, base);
  const { scenario } = opening;
  document.title = `${scenario.title} · detente`;
  $("title").textContent = scenario.title;
  $("summary").textContent = scenario.summary;
  fill($("scenario"), SERVED.scenarios.map((name) => [name, name]), state.view.scenario);
  fill($("variant"), [["", say("variant.none")], ...scenario.variants.map((each) => [each.name, each.words])], state.view.variant);
  $("variant-label").hidden = !scenario.variants.length;
  const order = Object.keys(scenario.packages).sort((a, b) => chance(b) - chance(a));
  fill($("package"), [["", say("package.likeliest")], ...order.map((name) => [name, words(scenario.packages[name])])], state.view.package);
  controls = new Controls(scenario.parameters, set);
  pictures = new Map(opening.figures.map((figure) => [figure.key, new Picture(figure, choose, { rules: base.rules })]));
  $("pictures").replaceChildren(...[...pictures.values()].map((picture) => picture.element));
  tally(state.view);
  await draw(base, { ...state.view, values: {}, variant: "", package: "" });
  document.body.dataset.ready = "true";
  whenIdle([...pictures.values()]);
  window.onbeforeprint = () => pictures.forEach((picture) => picture.catchUp());
  if (query(state.view).has("set") || state.view.variant || state.view.package) ask(state.view, true);
  else pause = setTimeout(() => refine(structuredClone(state.view)), REST);
};

const chance = (name) => base.pictures.zone.find((row) => row.package === name)?.p ?? 0;
const words = (terms) => terms.filter(([, , silent]) => !silent).map(([, text]) => text).join(" + ") || terms.map(([, text]) => text).join(" + ");

state.listen((view, resting) => {
  tally(view);
  ask(view, resting);
});
$("undo").onclick = () => state.undo();
$("redo").onclick = () => state.redo();
$("reset").onclick = () => state.change((view) => Object.assign(view, { values: {}, variant: "", package: "" }));
$("package").onchange = (event) => choose(event.target.value);
$("variant").onchange = (event) => state.change((view) => { view.variant = event.target.value; });
$("scenario").onchange = (event) => { location.search = `?scenario=${encodeURIComponent(event.target.value)}`; };
$("copy").onclick = async () => {
  state.mark();
  await navigator.clipboard?.writeText(location.href).catch(() => {});
  $("copy").textContent = say("copied");
  setTimeout(() => { $("copy").textContent = say("copy"); }, 1500);
};
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || /^(text|search|textarea)$/.test(event.target.type ?? "")) return;
  event.preventDefault();
  if (event.shiftKey) state.redo();
  else state.undo();
});
document.addEventListener("theme", () => {
  for (const [, picture] of pictures) picture.draw({});
});
// For whoever looks in from outside: what is shown, and whether it answers the view as it stands.
window.explorer = { state, times: [], get shown() { return shown; }, answered: () => drawn === JSON.stringify(state.view) };
begin().catch(fail);
