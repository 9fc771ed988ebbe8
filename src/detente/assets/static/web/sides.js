// Side by side: the verdicts of two scenarios at once, and, when asked for, what makes the difference.
import { $, Long, PAGE, Refused, SERVED, get, make, say } from "./core.js";
import { Picture } from "./charts.js";

const query = new URLSearchParams(location.search);
const others = SERVED.scenarios.filter((name) => name !== SERVED.first);
const view = {
  first: query.get("first") || query.get("scenario") || SERVED.first,
  second: query.get("second") || others[0] || SERVED.first,
  variant_first: query.get("variant_first") || "",
  variant_second: query.get("variant_second") || "",
  draws: query.get("draws") || "0",
};
const SIDES = ["first", "second"];
const names = { first: "", second: "" };
let round = 0;

const asked = (more = {}) => {
  const made = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...view, ...more })) if (value && value !== "0") made.set(name, value);
  for (const kept of ["lang", "theme"]) if (query.get(kept)) made.set(kept, query.get(kept));
  return made;
};
const mark = () => history.replaceState(null, "", `?${asked()}`);
const status = (state, text) => {
  $("said").textContent = text;
  document.body.dataset.state = state;
};
const fail = (error) => {
  if (error.status === 409 || error.name === "AbortError") return;
  status(error instanceof Refused ? "failed" : "lost", error instanceof Refused ? say("failed", { reason: error.message }) : say("lost"));
};
const fill = (select, entries, chosen) => select.replaceChildren(...entries.map(([value, words]) => make("option", { value, selected: value === chosen }, words)));
const answer = (side) => {
  const made = new URLSearchParams({ scenario: view[side] });
  if (view[`variant_${side}`]) made.set("variant", view[`variant_${side}`]);
  if (query.get("lang")) made.set("lang", query.get("lang"));
  return made;
};

// --- the verdicts

const verdicts = async () => {
  const now = ++round;
  $("compared").hidden = true;
  $("go").disabled = true;
  status("quick", say("working"));
  document.body.classList.add("working");
  mark();
  try {
    const found = {};
    for (const side of SIDES) {
      const headers = { "x-page": `${PAGE}-${side}` };
      const plain = new URLSearchParams(answer(side));
      plain.delete("variant");
      const { scenario } = await get(`/api/opening?${plain}`, { headers });
      fill($(`variant-${side}`), [["", say("variant.none")], ...scenario.variants.map((each) => [each.name, each.words])], view[`variant_${side}`]);
      $(`variant-${side}-label`).hidden = !scenario.variants.length;
      const variant = scenario.variants.find((each) => each.name === view[`variant_${side}`]);
      names[side] = variant ? `${view[side]}: ${variant.words}` : view[side];
      found[side] = await get(`/api/answer?${answer(side)}`, { headers });
      if (now !== round) return;
    }
    side_by_side(found);
    const same = view.first === view.second && view.variant_first === view.variant_second;
    $("go").disabled = same;
    status("exact", say(same ? "sides.same" : "sides.ready"));
    document.body.dataset.ready = "true";
  } catch (error) {
    if (now === round) fail(error);
  }
  document.body.classList.remove("working");
};

const side_by_side = (found) => {
  for (const place of ["name", "outcome", "number"]) for (const side of SIDES) $(`${place}-${side}`).textContent = names[side];
  $("tiles").replaceChildren(...SIDES.map((side) => make("div", {}, make("h3", {}, names[side]), make("dl", { class: "tiles" }, ...found[side].tiles.slice(0, 3).map((tile) =>
    make("div", {}, make("dt", {}, tile.words), make("dd", {}, tile.said, tile.unit !== "1" && tile.unit !== "util" ? make("small", {}, ` ${tile.unit}`) : null)))))));
  const keys = [...new Set(SIDES.flatMap((side) => found[side].findings.map((each) => each.key)))];
  $("verdicts").replaceChildren(...keys.map((key) => {
    const both = SIDES.map((side) => found[side].findings.find((each) => each.key === key));
    return make("tr", {}, make("th", { scope: "row" }, (both[0] ?? both[1]).ask), ...both.map((each, i) => make("td", { "data-side": names[SIDES[i]] }, each?.text ?? "")));
  }));
};

// --- the difference

const comparison = new Long("/api/sides", {
  tell: (come) => status("quick", say("sides.progress", come)),
  done: (found) => draw(found),
  fail: (error) => fail(error),
  stopped: () => status("exact", say("sides.stopped")),
});

const draw = async (found) => {
  $("findings").replaceChildren(...found.findings.map((each) => make("li", {}, each.text)));
  $("basis").replaceChildren(...found.basis.map((text) => make("p", {}, text)));
  $("outcomes").replaceChildren(...found.table.map((row) => make(
    "tr", { class: row.moved ? "moved" : "" },
    make("th", { scope: "row" }, row.words), make("td", { class: "n" }, row.first), make("td", { class: "n" }, row.second),
    make("td", { class: "n" }, row.change, row.band ? make("small", {}, ` (${row.band})`) : null),
    make("td", {}, ...row.parts.slice(0, 3).map((part) => make("span", { class: "part" }, part.words, " ", make("b", {}, part.said)))),
  )));
  $("numbers").replaceChildren(...(found.changed.length ? found.changed.map((row) => make(
    "tr", {}, make("th", { scope: "row" }, row.label, make("small", {}, ` ${row.group}`)), make("td", { class: "n" }, `${row.before} ${row.unit === "1" ? "" : row.unit}`), make("td", { class: "n" }, `${row.after} ${row.unit === "1" ? "" : row.unit}`),
  )) : [make("tr", {}, make("td", { colspan: 3 }, say("sides.none")))]));
  $("as-json").href = `/api/sides?${asked()}`;
  $("compared").hidden = false;
  pictures = found.figures.map((figure) => new Picture(figure, () => {}));
  $("pictures").replaceChildren(...pictures.map((picture) => picture.element));
  await Promise.all(pictures.map((picture) => picture.draw({})));
  status("exact", say("sides.done"));
  document.body.dataset.compared = "true";
};
let pictures = [];

for (const side of SIDES) {
  fill($(side), SERVED.scenarios.map((name) => [name, name]), view[side]);
  $(side).onchange = (event) => { comparison.stop(); Object.assign(view, { [side]: event.target.value, [`variant_${side}`]: "" }); verdicts(); };
  $(`variant-${side}`).onchange = (event) => { comparison.stop(); view[`variant_${side}`] = event.target.value; verdicts(); };
}
fill($("draws"), ["0", "16", "32", "64"].map((count) => [count, count === "0" ? say("sides.draws.none") : say("sides.draws.some", { count })]), view.draws);
$("draws").onchange = (event) => { view.draws = event.target.value; mark(); };
$("go").onclick = () => {
  status("quick", say("sides.working"));
  comparison.begin(asked(), { first: view.first, second: view.second });
};
$("copy").onclick = async () => {
  await navigator.clipboard?.writeText(location.href).catch(() => {});
  $("copy").textContent = say("copied");
  setTimeout(() => { $("copy").textContent = say("copy"); }, 1500);
};
document.addEventListener("theme", () => { for (const picture of pictures) picture.draw({}); });
verdicts();
