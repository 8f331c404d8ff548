// The review page: choose lines of the new text, comment on them, see comments beside their lines.
// Without this script every comment stands in the discussion, and the form comments on the whole.

const texts = document.querySelector("[data-anchors]");
const form = document.querySelector("[data-comment-form]");
const home = form?.parentElement;
const lines = texts ? [...texts.querySelectorAll("[data-line]")] : [];
let chosen = [];

const numberOf = (line) => Number(line.dataset.line);
const lineAt = (message, number) =>
  lines.find((line) => line.dataset.message === String(message) && numberOf(line) === number);
// In columns a line is a cell: what stands below it belongs after its row.
const rowOf = (line) => line.closest(".row") ?? line;

function placeWords(message, first, last) {
  const span = first === last ? `line ${first}` : `lines ${first} to ${last}`;
  const several = new Set(lines.map((line) => line.dataset.message)).size > 1;
  return several ? `${span} of message ${message}` : span;
}

function about(anchor, words) {
  const label = form.querySelector("[data-about]");
  form.elements.anchor.value = anchor;
  label.textContent = words || label.dataset.none;
  form.querySelector("[data-unanchor]").hidden = !anchor;
}

function mark(some) {
  for (const line of chosen) line.classList.remove("chosen");
  chosen = some;
  for (const line of chosen) line.classList.add("chosen");
}

function choose(line, extend) {
  const from = extend && chosen.length ? chosen[0] : line;
  if (from.dataset.message !== line.dataset.message) return mark([line]);
  const [low, high] = [numberOf(from), numberOf(line)].sort((a, b) => a - b);
  const inside = lines.filter(
    (one) =>
      one.dataset.message === line.dataset.message && numberOf(one) >= low && numberOf(one) <= high,
  );
  // The first one chosen stays first, so that Shift can shrink what it has grown.
  mark([from, ...inside.filter((one) => one !== from)]);
}

function openForm() {
  const numbers = chosen.map(numberOf);
  const [first, last] = [Math.min(...numbers), Math.max(...numbers)];
  const message = chosen[0].dataset.message;
  about(`lines:${message}:${first}-${last}`, placeWords(message, first, last));
  rowOf(lineAt(message, last)).after(form);
  form.elements.text.focus();
}

function closeForm() {
  about("", "");
  const line = chosen[0];
  mark([]);
  home.append(form);
  (line ?? form.elements.text).focus();
}

function move(line, step, extend) {
  const next = lines[lines.indexOf(line) + step];
  if (!next) return;
  const fold = next.closest("details:not([open])");
  if (fold) fold.open = true;
  line.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
  if (extend) choose(next, true);
}

function onKey(event) {
  const line = event.currentTarget;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    if (event.shiftKey && !chosen.length) choose(line, false);
    move(line, step, event.shiftKey);
  } else if (event.key === "Enter") {
    if (!chosen.includes(line)) choose(line, false);
    openForm();
  } else if (event.key === "Escape") mark([]);
  else return;
  event.preventDefault();
}

// A comment beside its last line: a link to the thread, in plain text.
function showBeside(thread) {
  const found = /^lines:(\d+):(\d+)-(\d+)$/.exec(thread.dataset.anchor);
  const message = found?.[1] ?? /^message:(\d+)$/.exec(thread.dataset.anchor)?.[1];
  if (!message) return;
  const line = found
    ? lineAt(message, Number(found[3]))
    : lines.find((one) => one.dataset.message === message);
  if (!line) return;
  const note = document.createElement("a");
  note.className = `line-note${thread.classList.contains("resolved") ? " resolved" : ""}`;
  note.href = `#${thread.id}`;
  const said = thread.querySelector(".words").textContent.trim();
  const who = thread.querySelector("strong").textContent;
  note.textContent = `${who}: ${said.length > 140 ? `${said.slice(0, 139)}…` : said}`;
  rowOf(line).after(note);
  const fold = line.closest("details:not([open])");
  if (fold) fold.open = true;
}

for (const thread of [...document.querySelectorAll("[data-thread]")].reverse()) showBeside(thread);

if (form) {
  form.querySelector("[data-unanchor]").addEventListener("click", closeForm);
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && home !== form.parentElement) closeForm();
  });
  for (const one of document.querySelectorAll("details.case[data-case]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = "Comment on this case";
    button.addEventListener("click", () => {
      mark([]);
      about(`case:${one.dataset.case}`, `case ${one.dataset.case}`);
      button.after(form);
      form.elements.text.focus();
    });
    one.querySelector(".case-body").append(button);
  }
}

if (form && texts.dataset.anchors === "yes" && lines.length) {
  document.querySelector("[data-hint]").hidden = false;
  for (const line of lines) {
    line.tabIndex = -1;
    line.setAttribute("aria-keyshortcuts", "Enter");
    line.addEventListener("keydown", onKey);
    line.addEventListener("click", (event) => {
      if (event.target.closest("a, button, summary, textarea, input")) return;
      if (String(window.getSelection())) return; // somebody is copying words
      choose(line, event.shiftKey);
      openForm();
    });
  }
  const first = lines.find((line) => !line.closest("details:not([open])")) ?? lines[0];
  first.tabIndex = 0;
}

// What is typed in the bar grows, so that it is read before it is sent.
const words = document.querySelector(".bar textarea");
words?.addEventListener("input", () => {
  words.style.height = "auto";
  words.style.height = `${words.scrollHeight + 2}px`;
});
