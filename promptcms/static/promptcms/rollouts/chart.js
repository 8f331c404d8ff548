// One chart of a rollout: dots of hours, lines so far, a shaded bound, the guardrail, what happened.
// Lines differ by dash and marker as well as by colour.

const LOOKS = {
  light: { ours: "#1d4ed8", theirs: "#475569", rail: "#b91c1c", ink: "#475569", grid: "#e2e8f0", band: "rgba(29, 78, 216, .14)", mark: "#64748b", end: "#b91c1c" },
  dark: { ours: "#93c5fd", theirs: "#cbd5e1", rail: "#fca5a5", ink: "#cbd5e1", grid: "#334155", band: "rgba(147, 197, 253, .2)", mark: "#94a3b8", end: "#fca5a5" },
};
const HOUR = 3600000;
const DAY = 24 * HOUR;
const STEPS = [60000, 300000, 900000, HOUR / 2, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY];
const TICKS = 7;

export function look() {
  return document.documentElement.classList.contains("dark") ? LOOKS.dark : LOOKS.light;
}

export function valueWords(unit, value) {
  if (unit === "share") return `${value < 1 ? value.toFixed(2) : value.toFixed(1)} %`;
  if (unit === "log_ms") return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(2)} s`;
  if (unit === "dollars") return value < 0.1 ? `$${value.toFixed(4)}` : `$${value.toFixed(2)}`;
  if (unit === "score") return value.toFixed(2);
  return Math.round(value).toLocaleString("en");
}

export function timeWords(at, span) {
  const zone = document.querySelector("[data-zone]")?.dataset.zone || undefined;
  const parts = span > 3 * DAY ? { day: "numeric", month: "short" }
    : span > DAY ? { weekday: "short", hour: "2-digit", minute: "2-digit" } : { hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: zone }).format(at);
}

// Whole hours or days, a few of them.
function times(first, last) {
  const step = STEPS.find((one) => (last - first) / one <= TICKS) ?? 30 * DAY;
  const found = [];
  for (let at = Math.ceil(first / step) * step; at <= last; at += step) found.push({ value: at });
  return found;
}

const points = (pairs, column = 1) => pairs.map((pair) => ({ x: pair[0], y: pair[column], n: pair[2] }));

function lines(data, names, colours) {
  const line = (label, pairs, colour, more) => ({
    label, data: points(pairs), borderColor: colour, backgroundColor: colour, borderWidth: 2, pointRadius: 0, pointHitRadius: 6, ...more,
  });
  const dots = (label, pairs, colour, more) => ({
    label, data: points(pairs), showLine: false, borderColor: colour, pointRadius: 2.5, borderWidth: 1, pointBackgroundColor: "transparent", isDots: true, ...more,
  });
  const edge = { borderWidth: 0, pointRadius: 0, pointHitRadius: 0, isEdge: true };
  return [
    line(names.ours, data.treatment, colours.ours, { pointStyle: "line" }),
    ...(data.control.length ? [line(names.theirs, data.control, colours.theirs, { borderDash: [6, 3], pointStyle: "line" })] : []),
    ...(data.rail.length ? [line("guardrail", data.rail, colours.rail, { borderDash: [2, 3], pointStyle: "line" })] : []),
    dots(`${names.theirs}, single`, data.control_dots, colours.theirs, { pointStyle: "rect" }),
    dots(`${names.ours}, single`, data.treatment_dots, colours.ours, { pointStyle: "circle" }),
    { label: "", data: points(data.band, 1), ...edge },
    { label: `${names.ours}, surely in here`, data: points(data.band, 2), ...edge, fill: "-1", backgroundColor: colours.band, pointStyle: "rect" },
  ];
}

// What happened, as upright lines with a word, each word on the first row that is free.
const happenings = {
  id: "happenings",
  afterDatasetsDraw(chart, _, { marks, colours }) {
    const { ctx, chartArea: area, scales: { x } } = chart;
    const rows = [];
    ctx.save();
    ctx.font = "11px Inter, system-ui, sans-serif";
    for (const mark of marks) {
      const at = x.getPixelForValue(mark.at);
      if (at < area.left - 1 || at > area.right + 1) continue;
      const bad = mark.tone === "bad";
      ctx.strokeStyle = ctx.fillStyle = bad ? colours.end : colours.mark;
      ctx.setLineDash(bad ? [] : [3, 3]);
      ctx.lineWidth = bad ? 2 : 1;
      ctx.beginPath();
      ctx.moveTo(at, area.top - 4);
      ctx.lineTo(at, area.bottom);
      ctx.stroke();
      const width = ctx.measureText(mark.words).width;
      const left = Math.min(at + 3, area.right - width);
      const row = [0, 1].find((one) => (rows[one] ?? -1) < left) ?? 0;
      rows[row] = left + width + 6;
      ctx.fillText(mark.words, left, area.top - 8 - 12 * row);
    }
    ctx.restore();
  },
};

// Lines with their dashes; what are dots, or empty, is not named.
function legend(chart, colours) {
  return chart.data.datasets.flatMap((set, at) => (set.isDots || !set.label || !set.data.length ? [] : [{
    text: set.label, datasetIndex: at, fontColor: colours.ink, fillStyle: set.backgroundColor,
    strokeStyle: set.borderColor ?? set.backgroundColor, lineDash: set.borderDash ?? [], lineWidth: 2, pointStyle: set.pointStyle,
  }]));
}

function options(data, marks, colours, span) {
  const [min, max] = data.axis;
  return {
    animation: false, responsive: true, maintainAspectRatio: false, parsing: false,
    layout: { padding: { top: marks.length ? 28 : 4, right: 8 } },
    interaction: { mode: "nearest", axis: "x", intersect: false },
    plugins: {
      happenings: { marks, colours },
      legend: {
        position: "bottom", align: "start",
        onClick: null,
        labels: { color: colours.ink, usePointStyle: true, boxHeight: 8, pointStyleWidth: 26, generateLabels: (chart) => legend(chart, colours) },
      },
      tooltip: {
        filter: (item) => !item.dataset.isEdge,
        callbacks: {
          title: (items) => (items.length ? timeWords(items[0].raw.x, 2 * DAY) : ""),
          label: (item) => `${item.dataset.label}: ${valueWords(data.unit, item.raw.y)}${item.raw.n ? ` (${item.raw.n.toLocaleString("en")} calls)` : ""}`,
        },
      },
    },
    scales: {
      x: {
        type: "linear", grid: { display: false },
        afterBuildTicks: (axis) => { axis.ticks = times(axis.min, axis.max); },
        ticks: { color: colours.ink, maxRotation: 0, autoSkipPadding: 12, callback: (at) => timeWords(at, span) },
      },
      y: { min, max, ticks: { color: colours.ink, maxTicksLimit: 6, includeBounds: false, callback: (value) => valueWords(data.unit, value) }, grid: { color: colours.grid } },
    },
  };
}

export function draw(canvas, data, marks) {
  if (!window.Chart) return null;
  const colours = look();
  const moments = [...data.treatment, ...data.treatment_dots, ...data.control_dots].map((pair) => pair[0]);
  if (!moments.length) return null;
  const first = Math.min(...moments);
  const last = Math.max(...moments);
  const names = { ours: canvas.dataset.ours, theirs: canvas.dataset.theirs };
  const settings = options(data, marks, colours, last - first);
  settings.scales.x.min = first;
  settings.scales.x.max = last;
  return new window.Chart(canvas, { type: "line", data: { datasets: lines(data, names, colours) }, options: settings, plugins: [happenings] });
}
