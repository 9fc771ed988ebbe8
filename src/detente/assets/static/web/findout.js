// What to find out first: a ranked list, worked out when asked for.
import { $, Long, SERVED, get, make, say } from "./core.js";
import { parse, query } from "./state.js";

const view = parse(location.search);

const status = (state, key, values) => {
  $("said").textContent = say(key, values);
  document.body.dataset.state = state;
};

const asked = (more = {}) => {
  const made = query({ ...view, package: "" });
  made.delete("theme");
  for (const [name, value] of Object.entries(more)) made.set(name, value);
  return made;
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

const FIRST = new Set(["asked", "base", "whole", "none"]); // what the list answers; the rest is about it, and follows it
const sentence = (each) => make("p", { class: each.key === "basis" ? "quiet" : "" }, each.text);

const list = new Long("/api/find-out", {
  tell: (come) => status("quick", "findout.progress", come),
  done: (found) => {
    const first = found.told.filter((each) => FIRST.has(each.key));
    $("told").replaceChildren(...first.map(sentence));
    $("more").replaceChildren(...found.told.filter((each) => !first.includes(each)).map(sentence));
    $("list").replaceChildren(table(found));
    status("exact", "findout.done");
  },
  fail: (error) => status("failed", "failed", { reason: error.message }),
  stopped: () => status("exact", "findout.stopped"),
});

const begin = async () => {
  const { scenario } = await get(`/api/opening?${asked()}`);
  $("scenario").replaceChildren(...SERVED.scenarios.map((name) => make("option", { value: name, selected: name === view.scenario }, name)));
  $("player").replaceChildren(...Object.entries(scenario.players).map(([name, words]) => make("option", { value: name }, words)));
  status("ready", "findout.ready");
  document.body.dataset.ready = "true";
};

$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  status("quick", "findout.working");
  list.begin(asked({ player: $("player").value, draws: $("draws").value }), { scenario: view.scenario });
});
$("scenario").onchange = (event) => { location.search = `?scenario=${encodeURIComponent(event.target.value)}`; };
begin().catch((error) => status("failed", "failed", { reason: error.message }));
