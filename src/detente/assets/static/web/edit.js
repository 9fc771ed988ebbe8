// Edit: a text with line numbers, its problems in place, completion; solved by this machine and shown by every other view.
import { $, Refused, SERVED, get, latest, make, post, say } from "./core.js";
import { Completer } from "./complete.js";

const LARGEST = 500_000;
const query = new URLSearchParams(location.search);
const text = $("text");
const list = $("completions");
let file = "scenario.yaml";
let problems = [];
let completer = null;
let shown = []; // completions shown
let picked = -1;
let free = false; // Tab leaves the text
let clean = ""; // the text as it was opened
let stale = true; // the text has changed since it was checked

const status = (state, words) => {
  $("said").textContent = words;
  document.body.dataset.state = state;
};
const fail = (error) => {
  if (error.status === 409) return;
  status(error instanceof Refused ? "failed" : "lost", error instanceof Refused ? say("failed", { reason: error.message }) : say("lost"));
};

// --- lines and problems

const gutter = () => {
  const count = text.value.split("\n").length;
  const worst = Map.groupBy(problems.filter((each) => each.line), (each) => each.line);
  $("gutter").replaceChildren(...Array.from({ length: count }, (_, i) => {
    const here = worst.get(i + 1);
    return make("span", here ? { class: "wrong", title: here.map((each) => each.text).join("\n"), onclick: () => go(here[0]) } : {}, String(i + 1));
  }));
  scrolled();
};
const scrolled = () => { $("gutter").style.setProperty("--top", `${-text.scrollTop}px`); };

const height = () => Number.parseFloat(getComputedStyle(text).lineHeight);

const go = (problem) => {
  const lines = text.value.split("\n");
  const line = Math.min(problem.line ?? 1, lines.length);
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const from = start + Math.min((problem.column ?? 1) - 1, lines[line - 1].length);
  text.focus();
  text.setSelectionRange(from, start + lines[line - 1].length);
  text.scrollTop = Math.max(0, (line - 5) * height());
};

const listed = () => {
  const count = problems.length;
  $("problems").replaceChildren(...problems.map((problem) => make(
    "li", {},
    make("button", { type: "button", onclick: () => go(problem) },
      make("b", {}, problem.line ? say("edit.line", { line: problem.line }) : say("edit.whole")), " ",
      make("span", { class: "quiet" }, problem.path.join(".")), make("span", { class: "what" }, problem.text), problem.hint ? make("span", { class: "hint" }, problem.hint) : null),
  )));
  if (count) status("failed", count === 1 ? say("edit.count.one") : say("edit.count", { count }));
  gutter();
};

const check = latest(async (written) => {
  status("quick", say("edit.checking"));
  try {
    const found = await post("/api/check", { text: written, file, language: query.get("lang") ?? "en" });
    if (written !== text.value) return;
    problems = found.problems;
    listed();
    if (!problems.length) status("exact", say("edit.fine", { title: found.title }));
    stale = false;
    $("solve").disabled = problems.length > 0;
    document.body.dataset.checked = String(problems.length);
  } catch (error) {
    fail(error);
  }
});

let pause = null;
const changed = () => {
  stale = true;
  $("solve").disabled = true;
  delete document.body.dataset.checked;
  clearTimeout(pause);
  pause = setTimeout(() => check(text.value), 350);
};

const show = (written, name) => {
  text.value = written;
  clean = written;
  file = name;
  problems = [];
  text.scrollTop = 0;
  text.setSelectionRange(0, 0);
  gutter();
  changed();
};

// --- files; they are read here and sent to nobody but this machine's server

const opened = async (chosen) => {
  if (!chosen) return;
  if (chosen.size > LARGEST) {
    status("failed", say("edit.large", { size: LARGEST / 1000 }));
    return;
  }
  if (text.value !== clean && !confirm(say("edit.replace"))) return;
  show(await chosen.text(), chosen.name.replace(/[^\w.\- ]/g, "-").slice(0, 100) || "scenario.yaml");
};

const load = async (name) => {
  const made = new URLSearchParams({ scenario: name });
  const found = await get(`/api/text?${made}`);
  show(found.text, `${name.slice(0, 90)}.yaml`);
};

const keep = () => {
  const link = make("a", { href: URL.createObjectURL(new Blob([text.value], { type: "application/yaml" })), download: file });
  link.click();
  clean = text.value;
};

const solve = async () => {
  if (stale) return;
  status("quick", say("edit.solving"));
  document.body.classList.add("working");
  $("solve").disabled = true;
  try {
    const found = await post("/api/scenarios", { text: text.value, file, language: query.get("lang") ?? "en" });
    if (found.problems.length) {
      problems = found.problems;
      listed();
    } else {
      clean = text.value;
      const made = new URLSearchParams({ scenario: found.scenario });
      if (query.get("lang")) made.set("lang", query.get("lang"));
      location.href = `/?${made}`;
    }
  } catch (error) {
    fail(error);
    $("solve").disabled = false;
  }
  document.body.classList.remove("working");
};

// --- completion

const close = () => {
  list.hidden = true;
  shown = [];
  picked = -1;
  text.removeAttribute("aria-activedescendant");
};

const point = (index) => {
  picked = index;
  [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === picked)));
  const item = list.children[picked];
  item?.scrollIntoView({ block: "nearest" });
  if (item) text.setAttribute("aria-activedescendant", item.id);
};

const complete = (wanted) => {
  if (!completer) return;
  const { prefix, found } = completer.candidates(text.value, text.selectionStart);
  if (!found.length || (!wanted && prefix.length < 2)) {
    close();
    return;
  }
  shown = found.map((each) => ({ ...each, prefix }));
  list.replaceChildren(...shown.map((each, i) => make("li", { id: `completion-${i}`, role: "option", "aria-selected": "false", onmousedown: (event) => { event.preventDefault(); accept(i); } }, make("b", {}, each.name), each.about ? make("span", {}, ` ${each.about}`) : null)));
  place(prefix.length);
  list.hidden = false;
  if (wanted) point(0);
};

// Where the caret is, all letters being of one width.
const ruler = document.createElement("canvas").getContext("2d");
const place = (length) => {
  const style = getComputedStyle(text);
  ruler.font = `${style.fontSize} ${style.fontFamily}`;
  const lines = text.value.slice(0, text.selectionStart).split("\n");
  const left = ruler.measureText(lines.at(-1).slice(0, lines.at(-1).length - length)).width;
  const top = lines.length * height() - text.scrollTop + Number.parseFloat(style.paddingTop);
  list.style.setProperty("--left", `${Math.max(0, Math.min(text.offsetLeft + left - text.scrollLeft + 10, $("writing").clientWidth - 290))}px`);
  list.style.setProperty("--top", `${top}px`);
};

const put = (written) => {
  if (!document.execCommand("insertText", false, written)) text.setRangeText(written, text.selectionStart, text.selectionEnd, "end");
};

const accept = (index) => {
  const each = shown[index];
  close();
  text.setSelectionRange(text.selectionStart - each.prefix.length, text.selectionEnd);
  put(each.insert);
  close();
};

const next = (event) => {
  const places = problems.filter((each) => each.line).map((each) => each.line);
  if (!places.length) return;
  const here = text.value.slice(0, text.selectionStart).split("\n").length;
  const wanted = event.shiftKey ? [...places].reverse().find((line) => line < here) ?? places.at(-1) : places.find((line) => line > here) ?? places[0];
  go(problems.find((each) => each.line === wanted));
};

const indent = (back) => {
  const [start, end] = [text.selectionStart, text.selectionEnd];
  if (start === end && !back) {
    put("  ");
    return;
  }
  const from = text.value.lastIndexOf("\n", start - 1) + 1;
  const lines = text.value.slice(from, end).split("\n");
  text.setSelectionRange(from, end);
  put(lines.map((line) => (back ? line.replace(/^ {1,2}/, "") : `  ${line}`)).join("\n"));
};

text.addEventListener("keydown", (event) => {
  const open = !list.hidden;
  if ((event.ctrlKey || event.metaKey) && event.code === "Space") complete(true);
  else if (event.key === "F8") next(event);
  else if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) point((picked + (event.key === "ArrowDown" ? 1 : shown.length - 1)) % shown.length);
  else if (open && (event.key === "Tab" || (event.key === "Enter" && picked >= 0))) accept(Math.max(picked, 0));
  else if (event.key === "Escape") {
    free = !open;
    close();
    return;
  } else if (event.key === "Tab" && !free) indent(event.shiftKey);
  else {
    if (event.key !== "Tab" && event.key !== "Shift") free = false;
    return;
  }
  event.preventDefault();
});
text.addEventListener("input", () => {
  gutter();
  changed();
  complete(false);
});
text.addEventListener("scroll", () => { scrolled(); close(); });
text.addEventListener("blur", close);
text.addEventListener("click", close);

$("open").onchange = (event) => opened(event.target.files[0]).catch(fail);
$("keep").onclick = keep;
$("solve").onclick = solve;
for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    $("writing").classList.toggle("dropping", kind === "dragenter" || kind === "dragover");
    if (kind === "drop") opened(event.dataTransfer.files[0]).catch(fail);
  });
}
addEventListener("beforeunload", (event) => { if (text.value !== clean) event.preventDefault(); });

const wanted = query.get("scenario") || SERVED.first;
$("scenario").replaceChildren(...SERVED.scenarios.map((name) => make("option", { value: name, selected: name === wanted }, name)));
$("scenario").onchange = (event) => {
  if (text.value === clean || confirm(say("edit.replace"))) load(event.target.value).catch(fail);
};
get("/api/schema").then((found) => { completer = new Completer(found.schema, found.names); document.body.dataset.completes = "true"; }).catch(fail);
load(wanted).then(() => { document.body.dataset.ready = "true"; }).catch(fail);
