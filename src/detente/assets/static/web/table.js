// At the table: compose a package, see who would take it, play. The game is its seed and its moves, and both stand in the address.
import { $, Refused, SERVED, get, latest, make, say } from "./core.js";

const query = new URLSearchParams(location.search);
const game = {
  scenario: query.get("scenario") || SERVED.first,
  variant: query.get("variant") || "",
  set: query.getAll("set"),
  seat: query.get("seat") || "",
  seed: Number(query.get("seed") ?? 1),
  moves: query.getAll("move"),
};
let shown = null;
let chosen = {}; // issue -> option
let serial = 0;

const address = (path, more = {}) => {
  const made = new URLSearchParams();
  if (game.scenario !== SERVED.first || path) made.set("scenario", game.scenario);
  if (game.variant) made.set("variant", game.variant);
  for (const pair of game.set) made.append("set", pair);
  if (game.seat) made.set("seat", game.seat);
  if (game.seed !== 1) made.set("seed", game.seed);
  for (const move of game.moves) made.append("move", move);
  if (query.get("lang")) made.set("lang", query.get("lang"));
  for (const [name, value] of Object.entries(more)) made.set(name, value);
  return `${path}?${made}`;
};

const status = (state, text) => {
  $("said").textContent = text;
  document.body.dataset.state = state;
};
const fail = (error) => {
  if (error.status === 409) return;
  status(error instanceof Refused ? "failed" : "lost", error instanceof Refused ? say("failed", { reason: error.message }) : say("lost"));
};

// --- the package composed

const composed = () => shown.packages.find((each) => each.levels.every((option, i) => option === chosen[shown.issues[i].name]));

const compose = (name) => {
  const found = shown.packages.find((each) => each.name === name);
  if (!found) return;
  shown.issues.forEach((issue, i) => { chosen[issue.name] = found.levels[i]; });
  fares();
};

const best = (key) => shown.packages.reduce((top, each) => (each[key] > (top?.[key] ?? -Infinity) ? each : top), null);

const pick = (key, find) => make("button", { type: "button", id: `pick-${key}`, onclick: () => compose(find()) }, say(`table.compose.${key}`));

const picks = () => {
  const offered = shown.decision?.package;
  $("picks").replaceChildren(
    ...(offered ? [pick("theirs", () => offered)] : []),
    pick("best", () => best("expected")?.name),
    pick("safe", () => best("p")?.name),
  );
};

const issues = () => $("issues").replaceChildren(...shown.issues.map((issue) => {
  const select = make("select", { "data-issue": issue.name, onchange: (event) => { chosen[issue.name] = event.target.value; fares(); } });
  for (const option of issue.options) select.append(make("option", { value: option.name }, option.words));
  return make("label", {}, make("span", {}, issue.words), select);
}));

const tile = (words, value, unit = "", note = null) => make("div", { title: note }, make("dt", {}, words), make("dd", {}, value, unit ? make("small", {}, ` ${unit}`) : null));

const consent = (each) => {
  const bar = make("span", { class: "bar", "aria-hidden": "true" }, make("i"));
  bar.style.setProperty("--now", each.v);
  return make("li", {}, make("span", {}, each.who), make("span", { class: "n" }, each.said), bar);
};

const fares = () => {
  for (const select of $("issues").querySelectorAll("select")) select.value = chosen[select.dataset.issue];
  const found = composed();
  $("ruled-out").hidden = Boolean(found);
  $("figures").hidden = !found;
  $("reasons").hidden = !found;
  if ($("offer")) $("offer").disabled = !found;
  if (!found) return;
  const own = shown.seats.find((seat) => seat.name === shown.seat)?.words;
  $("figures").replaceChildren(
    tile(say("table.accepted"), found.said),
    ...found.gains.toSorted((a, b) => (b.who === own) - (a.who === own)).map((gain) => tile(gain.who === own ? say("table.gain.own") : say("table.gain", { who: gain.who }), gain.said, say("table.utils"))),
    tile(say("table.worth"), found.expected_said, say("table.utils"), say("table.worth.about")),
  );
  $("consents").replaceChildren(...(found.accepts.length ? found.accepts.map(consent) : [make("li", {}, say("table.nobody"))]));
  $("why").replaceChildren(make("p", { class: "quiet" }, say("table.why.asking")));
  reasons({ name: found.name, moves: game.moves.length });
};

const listed = (key, parts) => [
  make("dt", {}, say(`table.${key}`)),
  make("dd", {}, ...(parts.length ? parts.map((part) => make("span", { class: `part ${key}` }, part.words, " ", make("b", {}, part.said))) : [say("table.nothing")])),
];

const reasons = latest(async ({ name }) => {
  await new Promise((done) => { setTimeout(done, 150); });
  if (composed()?.name !== name) return;
  try {
    const told = await get(address("/api/table/why", { package: name }));
    if (composed()?.name !== name) return;
    $("why").replaceChildren(
      ...told.text.map((line) => make("p", {}, line)),
      ...told.sides.map((side) => make("div", { class: "side" }, make("h4", {}, side.name === shown.seat ? `${side.who} (${say("table.you")})` : side.who), make("p", {}, side.text), make("dl", {}, ...listed("against", side.against), ...listed("for", side.for)))),
    );
    $("why").dataset.package = name;
  } catch (error) {
    fail(error);
  }
});

// --- the game

const turn = () => {
  const { decision, standing } = shown;
  $("clock").textContent = say("table.clock", { date: standing.date, period: Math.min(standing.period + 1, standing.periods), periods: standing.periods });
  $("question").textContent = decision ? decision.question : say("table.over");
  $("subject").textContent = decision?.package_words || (shown.in_force ? `${say("table.force")}: ${shown.in_force}` : "");
  const buttons = (decision?.moves ?? []).map((each) => make("button", { type: "button", class: "move", "data-move": each.move, onclick: () => play(each.move) }, each.words));
  if (decision?.kind === "offer") buttons.unshift(make("button", { type: "button", id: "offer", class: "move first", onclick: () => play(`offer:${composed().name}`) }, say("table.compose.offer")));
  else buttons[0]?.classList.add("first");
  if (decision) buttons.push(make("button", { type: "button", id: "for-me", class: "quiet", onclick: () => play(shown.model) }, say("table.model")));
  $("moves").replaceChildren(...buttons);
  $("model").textContent = decision ? hint(decision) : "";
  $("world").replaceChildren(...[...standing.regimes, ...standing.stocks].map(([name, value]) => make("li", {}, `${name}: `, make("b", {}, value))));
};

const percent = (p) => (p > 0 && p < 0.005 ? "< 1%" : p < 1 && p > 0.995 ? "> 99%" : `${Math.round(100 * p)}%`);

const hint = (decision) => {
  const offers = Object.entries(decision.offers);
  const [name, chance] = offers.reduce((top, each) => (each[1] > top[1] ? each : top), ["", -1]);
  const move = decision.moves.reduce((top, each) => (each.chance > top.chance ? each : top));
  if (chance > move.chance) return say("table.model.offer", { words: shown.packages.find((each) => each.name === name)?.words ?? name, chance: percent(chance) });
  return say("table.model.would", { words: move.words, chance: percent(move.chance) });
};

// What happened, with the periods in which nobody spoke run together.
const history = () => {
  const rows = [];
  for (const event of shown.history) {
    const before = rows.at(-1);
    if (event.kind === "quiet" && before?.kind === "quiet") before.count += 1;
    else rows.push({ ...event, count: 1 });
  }
  const items = rows.map((row) => make(
    "li",
    { class: `${row.kind}${row.yours ? " yours" : ""}`, title: row.chance_words && row.kind !== "quiet" ? say("table.history.chance", { chance: row.chance_words }) : null },
    make("time", {}, row.when), " ",
    make("span", {}, row.kind === "quiet" && row.count > 1 ? say("table.quiet", { count: row.count }) : row.words),
  ));
  $("history").replaceChildren(...(items.length ? items.reverse() : [make("li", { class: "quiet" }, say("table.history.none"))]));
  $("cheated").hidden = !shown.over;
  $("cheated").textContent = shown.cheated.length ? say("table.cheated", { count: shown.cheated.length, first: shown.cheated[0] }) : say("table.cheated.never");
  for (const kind of ["json", "csv"]) $(`as-${kind}`).href = address("/api/table/history", { format: kind });
};

const draw = () => {
  $("title").textContent = [shown.title, game.variant, game.set.length ? say("table.changed", { count: game.set.length }) : ""].filter(Boolean).join(". ");
  document.title = `${say("view.table")}: ${shown.title} · detente`;
  game.seat = shown.seat;
  $("seat").replaceChildren(...shown.seats.map((seat) => make("option", { value: seat.name, selected: seat.name === shown.seat }, seat.words)));
  $("seed").value = shown.seed;
  $("back").disabled = !game.moves.length;
  turn();
  $("compose").hidden = !shown.packages.length;
  if (shown.packages.length) {
    picks();
    issues();
    const wanted = shown.decision?.package || composed()?.name || best("expected").name;
    compose(shown.packages.some((each) => each.name === wanted) ? wanted : best("p").name);
  }
  history();
  $("play").hidden = false;
  status("exact", shown.over ? say("table.over") : say("table.turn"));
  history_mark();
  serial += 1;
  document.body.dataset.drawn = String(serial);
  document.body.dataset.ready = "true";
};

const history_mark = () => window.history.replaceState(null, "", address(""));

const refresh = latest(async (moves) => {
  document.body.classList.add("working");
  status("quick", say(shown ? "table.waiting" : "starting"));
  for (const button of $("moves").querySelectorAll("button")) button.disabled = true;
  const before = game.moves;
  game.moves = moves;
  try {
    shown = await get(address("/api/table"));
    draw();
    if (moves.length) $("moves").querySelector("button")?.focus();
  } catch (error) {
    game.moves = before;
    for (const button of $("moves").querySelectorAll("button")) button.disabled = false;
    fail(error);
  }
  document.body.classList.remove("working");
});

const play = (move) => refresh([...game.moves, move]);
const begin = () => refresh([]);

$("scenario").replaceChildren(...SERVED.scenarios.map((name) => make("option", { value: name, selected: name === game.scenario }, name)));
$("scenario").onchange = (event) => { location.search = `?scenario=${encodeURIComponent(event.target.value)}`; };
$("seat").onchange = (event) => { game.seat = event.target.value; begin(); };
$("seed").onchange = (event) => {
  const seed = Math.round(Number(event.target.value));
  if (!(seed >= 0 && seed < 2 ** 31)) return;
  game.seed = seed;
  begin();
};
$("new").onclick = () => { game.seed = 1 + Math.floor(Math.random() * 99999); begin(); };
$("back").onclick = () => refresh(game.moves.slice(0, -1));
$("copy").onclick = async () => {
  await navigator.clipboard?.writeText(location.href).catch(() => {});
  $("copy").textContent = say("copied");
  setTimeout(() => { $("copy").textContent = say("copy"); }, 1500);
};
window.table = { game, get shown() { return shown; } };
refresh(game.moves);
