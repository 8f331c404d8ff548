// The scores of a prompt over its versions, drawn with the chart library of the theme.

const COLOURS = {
  light: ["#475569", "#1d4ed8", "#b45309", "#0f766e", "#7e22ce", "#be123c"],
  dark: ["#cbd5e1", "#93c5fd", "#fcd34d", "#5eead4", "#d8b4fe", "#fda4af"],
};
const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3], [], [6, 3]];
const POINTS = ["circle", "rect", "triangle", "rectRot", "star", "cross"];

let chart;

function style(onPaper) {
  const dark = !onPaper && document.documentElement.classList.contains("dark");
  const ink = dark ? "#cbd5e1" : "#475569";
  return { colours: dark ? COLOURS.dark : COLOURS.light, ink, grid: dark ? "#334155" : "#e2e8f0" };
}

function lines(trend, colours) {
  return trend.names.map((name, at) => ({
    label: name,
    data: trend.lines[at],
    borderColor: colours[at % colours.length],
    backgroundColor: colours[at % colours.length],
    borderDash: DASHES[at % DASHES.length],
    pointStyle: POINTS[at % POINTS.length],
    borderWidth: 2,
    pointRadius: 4,
    spanGaps: false,
    clip: false,
  }));
}

function options({ ink, grid }) {
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    layout: { padding: { top: 6, right: 8 } },
    interaction: { mode: "index", intersect: false },
    plugins: { legend: { align: "start", labels: { color: ink, usePointStyle: true, boxHeight: 6, pointStyleWidth: 12 } } },
    scales: {
      x: { ticks: { color: ink }, grid: { display: false } },
      y: { suggestedMin: 0.5, max: 1, ticks: { color: ink }, grid: { color: grid } },
    },
  };
}

export function drawTrend(onPaper = false) {
  const canvas = document.getElementById("run-trend");
  const data = document.getElementById("run-trend-data");
  if (!canvas || !data || !window.Chart) return;
  const trend = JSON.parse(data.textContent);
  const look = style(onPaper);
  chart?.destroy();
  chart = new window.Chart(canvas, {
    type: "line",
    data: { labels: trend.labels, datasets: lines(trend, look.colours) },
    options: options(look),
  });
}

new MutationObserver(() => drawTrend()).observe(document.documentElement, { attributeFilter: ["class"] });
