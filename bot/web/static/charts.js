// Draws what pages hold in data-chart: {"x": [seconds], "series": [{"label", "color", "values"}]}.
// Colours are names of console.css; "bars" draws bars instead of lines.
"use strict";

const DAYS = [1, 2, 7, 14, 30, 90].map((days) => days * 86400);

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function draw(element) {
  const { x, series, bars } = JSON.parse(element.dataset.chart);
  const axis = { stroke: colour("quiet"), grid: { stroke: colour("line"), width: 1 }, ticks: { show: false } };
  const zh = document.documentElement.lang.startsWith("zh");
  const day = (seconds) => {
    const date = new Date(seconds * 1000);
    return zh ? `${date.getUTCMonth() + 1}月${date.getUTCDate()}日` : date.toISOString().slice(5, 10);
  };
  const chart = new uPlot(
    {
      width: element.clientWidth,
      height: 220,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      cursor: { points: { size: 7 } },
      axes: [
        { ...axis, values: (_, ticks) => ticks.map(day), space: 64, incrs: DAYS },
        { ...axis, size: 48, values: (_, ticks) => ticks.map((n) => (Number.isInteger(n) ? n : "")) },
      ],
      scales: { y: { range: (_, __, most) => [0, Math.max(4, most * 1.1)] } },
      series: [
        { label: zh ? "日期" : "Day", value: (_, seconds) => (seconds == null ? "—" : day(seconds)) },
        ...series.map(({ label, color }) => ({
          label,
          stroke: colour(color),
          width: 2,
          fill: bars ? `${colour(color)}55` : undefined,
          paths: bars ? uPlot.paths.bars({ size: [0.7, 40] }) : undefined,
          points: { size: 5 },
        })),
      ],
    },
    [x, ...series.map(({ values }) => values)],
    element,
  );
  new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: 220 })).observe(element);
}

document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  for (const element of [elt, ...elt.querySelectorAll("*")])
    if (element.dataset?.chart && !element.firstElementChild) draw(element);
});
