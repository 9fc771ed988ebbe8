// What to find out first: a ranked list, worked out when asked for.
import { $, PAGE, SERVED, get, make, post, say, watch } from "./core.js";
import { parse, query } from "./state.js";

const view = parse(location.search);

const status = (state, key, values) => {
  $("said").textContent = say(key, values);
  document.body.dataset.state = state;
};

const address = (path, more = {}) => {
  const made = query({ ...view, package: "" });
  made.delete("theme");
  for (const [name, value] of Object.entries(more)) made.set(name, value);
  return `${path}?${made}`;
};

const bar = (share) => {
  const made = make("span", { class: "bar", "aria-hidden": "true" }, make("i"));
  made.style.setProperty("--now", share);
  return made;
};

const table = ({ heads, rows }) => {
  const most = Math.max(...rows.map((row) => row.worth ?? 0), 1e-12);
  const clear = rows.filter((row) => row.clear);
  const body = (clear.length ? clear : rows.slice(0, 12)).map((row) =>
    make("tr", { class: row.clear ? "" : "silent" }, ...row.cells.map((cell, i) =>
      make(i ? "td" : "th", i ? { "data-label": heads[i] } : { scope: "row" }, cell, i === 3 && row.clear ? bar(Math.max(0, row.worth) / most) : null))));
  return make("table", { class: "ranked" }, make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))), make("tbody", {}, ...body));
};

let running = null;

const busy = (on) => {
  document.body.classList.toggle("working", on);
  $("go").hidden = on;
  $("stop").hidden = !on;
  $("progress").hidden = !on;
  if (on) $("progress").removeAttribute("value");
};

const work = async () => {
  const task = `${PAGE}-${Date.now()}`;
  const mine = { task, stop: new AbortController() };
  running = mine;
  busy(true);
  status("quick", "findout.working");
  watch(() => running === mine, address("/api/find-out/progress", { task }), (come) => status("quick", "findout.progress", come));
  try {
    const found = await get(address("/api/find-out", { player: $("player").value, task }), { signal: mine.stop.signal });
    if (running !== mine) return;
    $("told").replaceChildren(...found.told.map((each) => make("p", { class: each.key === "basis" ? "quiet" : "" }, each.text)));
    $("list").replaceChildren(table(found));
    status("exact", "findout.done");
  } catch (error) {
    if (running === mine) status("failed", "failed", { reason: error.message });
  }
  if (running === mine) {
    running = null;
    busy(false);
  }
};

const stop = () => {
  const mine = running;
  running = null;
  mine.stop.abort();
  post("/api/find-out/stop", { task: mine.task, scenario: view.scenario ?? "" }).catch(() => {});
  busy(false);
  status("exact", "findout.stopped");
};

const begin = async () => {
  const { scenario } = await get(address("/api/opening"));
  $("scenario").replaceChildren(...SERVED.scenarios.map((name) => make("option", { value: name, selected: name === view.scenario }, name)));
  $("player").replaceChildren(...Object.entries(scenario.players).map(([name, words]) => make("option", { value: name }, words)));
  status("ready", "findout.ready");
  document.body.dataset.ready = "true";
};

$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  work();
});
$("stop").onclick = stop;
$("scenario").onchange = (event) => { location.search = `?scenario=${encodeURIComponent(event.target.value)}`; };
begin().catch((error) => status("failed", "failed", { reason: error.message }));
