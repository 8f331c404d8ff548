// The report of a run: its live progress, its chart, and what is opened to be printed.

import { drawTrend } from "./trend.js";

const PAUSE = 2000;

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function showMeans(means) {
  const body = document.getElementById("run-means");
  const compared = body.dataset.compared === "yes";
  body.replaceChildren(
    ...means.map((mean) => {
      const row = document.createElement("tr");
      const name = element("th", mean.name);
      name.scope = "row";
      row.append(name, element("td", mean.candidate));
      if (compared) row.append(element("td", mean.baseline));
      row.append(element("td", mean.note, "muted nowrap"));
      return row;
    }),
  );
}

function failingLine(failing) {
  const line = document.createElement("li");
  const link = element("a", failing.id);
  link.href = failing.url;
  line.dataset.case = failing.id;
  line.append(link, ` ${failing.query} `, element("span", failing.why, "muted"));
  return line;
}

function showFailing(answer) {
  const list = document.getElementById("run-newly");
  // What stands there already stays, so that a link does not vanish under a finger or the focus.
  const known = new Map([...list.children].map((line) => [line.dataset.case, line]));
  answer.newly_failing.forEach((failing, at) => {
    const line = known.get(failing.id) ?? failingLine(failing);
    if (list.children[at] !== line) list.insertBefore(line, list.children[at] ?? null);
  });
  while (list.children.length > answer.newly_failing.length) list.lastElementChild.remove();
  document.getElementById("run-failing").textContent = String(answer.failing);
  document.getElementById("run-none").hidden = answer.failing > 0;
  const more = document.getElementById("run-more");
  more.hidden = answer.more_failing <= 0;
  more.textContent = `and ${answer.more_failing} more`;
}

// Said aloud seldom: each quarter of the way, and when the first case fails.
function announce(panel, answer) {
  const quarter = `${Math.floor(answer.percent / 25)} ${answer.failing > 0}`;
  if (panel.dataset.said === quarter) return;
  panel.dataset.said = quarter;
  const failing = answer.failing ? ` ${answer.failing} newly failing.` : "";
  document.getElementById("run-status").textContent = `${answer.percent} % done.${failing}`;
}

function show(panel, answer) {
  const bar = panel.querySelector("progress");
  bar.value = answer.percent;
  for (const word of panel.querySelectorAll("[data-word]")) {
    word.textContent = answer.words[word.dataset.word];
  }
  document.getElementById("run-headline").textContent = answer.headline;
  showMeans(answer.means);
  showFailing(answer);
  announce(panel, answer);
}

// The verdict takes the place of the progress; the page around it stays where it is.
async function showVerdict() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!response.ok) throw new Error(String(response.status));
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  document.querySelector(".page").replaceWith(document.adoptNode(fresh.querySelector(".page")));
  begin();
  const headline = document.getElementById("run-headline");
  headline.tabIndex = -1;
  headline.setAttribute("role", "status");
  headline.focus({ preventScroll: true });
}

async function look(panel) {
  try {
    const response = await fetch(panel.dataset.url, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(String(response.status));
    const answer = await response.json();
    if (answer.finished) {
      await showVerdict();
      return;
    }
    show(panel, answer);
    setTimeout(look, PAUSE, panel);
  } catch {
    setTimeout(look, PAUSE * 2, panel); // the server may be restarting; the run goes on without us
  }
}

function begin() {
  const panel = document.getElementById("run-progress");
  if (panel) setTimeout(look, PAUSE, panel);
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  drawTrend();
}

// On paper nothing can be opened: what is on the page is printed open, but not what deeds offer.
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll(".page details:not([open], .menu, .mark)")) {
    details.open = true;
    details.dataset.printed = "yes";
  }
  drawTrend(true);
});
window.addEventListener("afterprint", () => {
  for (const details of document.querySelectorAll("details[data-printed]")) details.open = false;
  drawTrend();
});

begin();
