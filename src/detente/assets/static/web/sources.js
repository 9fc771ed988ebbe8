// Sources: every number with where it comes from; found by text, narrowed to what is contested or rests on judgement alone.
import { $, Refused, SERVED, get, make, say, short } from "./core.js";

const query = new URLSearchParams(location.search);
const scenario = query.get("scenario") || SERVED.first;
let rows = [];

const cited = (source) => make(
  "span", { class: "cite" }, source.cite, source.locator ? `, ${source.locator}` : null,
  source.quality ? make("span", { class: "quality" }, ` ${source.quality}`) : null,
  /^https?:\/\//i.test(source.url) ? make("span", {}, " ", make("a", { href: source.url, rel: "noopener noreferrer nofollow" }, source.url)) : null,
);

const range = (number) => {
  if (number.values) return number.values.map(short).join(", ");
  return number.low === null || number.high === null ? say("sources.fixed") : say("range", { low: short(number.low), high: short(number.high) });
};

const row = (number) => {
  const said = [number.words, number.name, number.note, number.group, ...number.sources.flatMap((source) => [source.cite, source.locator])];
  const marks = [
    number.contested ? make("span", { class: "chip" }, say("contested")) : null,
    number.sourced ? null : make("span", { class: "chip soft" }, say(number.sources.length ? "sources.judged" : "sources.missing")),
  ];
  const element = make(
    "tr", { "data-name": number.name },
    make("th", { scope: "row" }, number.words, ...marks.flatMap((mark) => (mark ? [" ", mark] : [])), number.note ? make("span", { class: "note" }, number.note) : null),
    make("td", { class: "n", "data-label": say("sources.value") }, short(number.value), number.unit ? make("small", {}, ` ${number.unit}`) : null),
    make("td", { class: "n", "data-label": say("sources.range") }, range(number),
      number.readings.length ? make("ul", { class: "readings", "aria-label": say("sources.readings") }, ...number.readings.map(([words, value]) => make("li", {}, `${words}: `, make("b", {}, short(value))))) : null),
    make("td", { "data-label": say("sources.from") }, ...(number.sources.length ? number.sources.map(cited) : [say("sources.missing")])),
  );
  return { ...number, element, said: said.join(" ").toLowerCase() };
};

const filter = () => {
  const text = $("find").value.trim().toLowerCase();
  const [contested, unsourced] = ["only-contested", "only-unsourced"].map((id) => $(id).checked);
  let count = 0;
  for (const each of rows) {
    const match = (!text || each.said.includes(text)) && (!contested || each.contested) && (!unsourced || !each.sourced);
    each.element.hidden = !match;
    count += match;
  }
  for (const head of $("numbers").querySelectorAll("tr.group")) {
    let next = head.nextElementSibling;
    let any = false;
    for (; next && !next.classList.contains("group"); next = next.nextElementSibling) any ||= !next.hidden;
    head.hidden = !any;
  }
  $("no-match").hidden = count > 0;
  $("said").textContent = say("sources.count", { count, total: rows.length });
  const now = new URL(location.href);
  for (const [name, value] of [["find", text], ["contested", contested ? "1" : ""], ["unsourced", unsourced ? "1" : ""]]) {
    if (value) now.searchParams.set(name, value);
    else now.searchParams.delete(name);
  }
  history.replaceState(null, "", now);
};

const used = (count) => (count === 0 ? say("sources.used.none") : count === 1 ? say("sources.used.one") : say("sources.used", { count }));

const begin = async () => {
  const made = new URLSearchParams({ scenario });
  if (query.get("lang")) made.set("lang", query.get("lang"));
  const found = await get(`/api/sources?${made}`);
  $("title").textContent = `${found.title}.`;
  rows = found.numbers.map(row);
  const groups = Map.groupBy(rows, (each) => each.group || say("sources.others"));
  $("numbers").replaceChildren(...[...groups].flatMap(([name, each]) => [make("tr", { class: "group" }, make("th", { colspan: 4, scope: "colgroup" }, name)), ...each.map((one) => one.element)]));
  $("sources").replaceChildren(...found.sources.map((source) => make("li", {}, cited(source), " ", make("button", { type: "button", class: "used", onclick: () => { $("find").value = source.cite; filter(); $("find").focus(); } }, used(source.count)))));
  $("find").value = query.get("find") || "";
  $("only-contested").checked = query.get("contested") === "1";
  $("only-unsourced").checked = query.get("unsourced") === "1";
  for (const id of ["find", "only-contested", "only-unsourced"]) $(id).oninput = filter;
  filter();
  document.body.dataset.ready = "true";
};

$("scenario").replaceChildren(...SERVED.scenarios.map((name) => make("option", { value: name, selected: name === scenario }, name)));
$("scenario").onchange = (event) => { location.search = `?scenario=${encodeURIComponent(event.target.value)}`; };
begin().catch((error) => { $("said").textContent = error instanceof Refused ? say("failed", { reason: error.message }) : say("lost"); });
