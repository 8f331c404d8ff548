// The monitor: its charts, their tables, and what is renewed every 30 seconds under the reader.

import { draw, timeWords, valueWords } from "./chart.js";

const PAUSE = 30000;
const charts = new Map();

function read(id) {
  const found = document.getElementById(id);
  return found ? JSON.parse(found.textContent) : {};
}

function drawAll() {
  const marks = read("marks");
  for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
    charts.get(canvas)?.destroy();
    charts.delete(canvas);
    const data = read(canvas.dataset.from)[canvas.dataset.chart];
    // A canvas in something closed has no size yet; it is drawn when that is opened.
    if (!data || !canvas.offsetParent) continue;
    charts.set(canvas, draw(canvas, data, marks.length ? marks : []));
  }
}

function fillTable(details) {
  const data = read(details.dataset.from)[details.dataset.table];
  if (!data || !details.open) return;
  const span = data.treatment.length ? data.treatment.at(-1)[0] - data.treatment[0][0] : 0;
  const rows = data.treatment.map((pair, at) => {
    const row = document.createElement("tr");
    const band = data.band[at];
    const word = (value) => valueWords(data.unit, value);
    const cells = [timeWords(pair[0], Math.min(span, 2 * 86400000)), word(pair[1]), band ? `${word(band[1])} – ${word(band[2])}` : "–", data.control[at] ? word(data.control[at][1]) : "–", data.rail[at] ? word(data.rail[at][1]) : "–"];
    for (const text of cells) row.insertCell().textContent = text;
    return row;
  });
  details.querySelector("tbody").replaceChildren(...rows.reverse());
}

// What has the focus, or somebody is typing in, stays as it is; what is open stays open.
function renew(part, fresh) {
  if (part.innerHTML === fresh.innerHTML || part.contains(document.activeElement)) return;
  const typed = [...part.querySelectorAll("input[type=text]")].some((field) => field.value);
  if (typed) return;
  const open = [...part.querySelectorAll("details[open][id]")].map((details) => details.id);
  part.replaceChildren(...document.adoptNode(fresh).childNodes);
  for (const id of open) {
    const details = document.getElementById(id);
    if (details) details.open = true;
  }
}

function take(fresh) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const twin = fresh.querySelector(`[data-live="${CSS.escape(part.dataset.live)}"]`);
    if (twin) renew(part, twin);
  }
  for (const data of document.querySelectorAll("script[type='application/json']")) {
    const twin = data.id && fresh.getElementById(data.id);
    if (twin) data.textContent = twin.textContent;
  }
  drawAll();
  for (const details of document.querySelectorAll("details[data-table]")) fillTable(details);
}

async function look() {
  try {
    if (!document.hidden) {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.ok && !answer.redirected) take(new DOMParser().parseFromString(await answer.text(), "text/html"));
    }
  } catch {
    // The server may be restarting: the next look comes anyway.
  }
  setTimeout(look, PAUSE);
}

document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details[data-part]")) drawAll();
  if (event.target.matches?.("details[data-table]")) fillTable(event.target);
}, true);
new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["class"] });
drawAll();
setTimeout(look, PAUSE);
