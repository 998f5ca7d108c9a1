// What the pages do beyond HTML and htmx: pause and trim the live list, and draw the day from its table.
"use strict";

document.documentElement.classList.add("with-js");

const LISTED = 100;
const list = document.getElementById("receipts");
const pause = document.getElementById("pause");

// Only attributes that htmx acts on by itself are used, so nothing here needs eval.
if (list && pause) {
  pause.addEventListener("click", () => {
    const on = pause.getAttribute("aria-pressed") !== "true";
    pause.setAttribute("aria-pressed", String(on));
    pause.textContent = on ? pause.dataset.on : pause.dataset.off;
  });
  const held = () => pause.getAttribute("aria-pressed") === "true" || list.contains(document.activeElement);
  list.addEventListener("htmx:sseBeforeMessage", (event) => {
    if (held()) event.preventDefault(); // nobody loses the row under hand or the button in focus
  });
  list.addEventListener("htmx:sseMessage", () => {
    document.getElementById("no-receipts")?.remove();
    while (list.children.length > LISTED) list.lastElementChild.remove();
  });
}

const chart = document.getElementById("chart");
if (chart && window.echarts) {
  const table = document.getElementById("by-hour");
  const names = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent);
  const rows = [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent));
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(name).trim();
  const drawing = window.echarts.init(chart);
  drawing.setOption({
    animation: false,
    color: [color("--reject"), color("--chart-label"), color("--chart-ring")],
    textStyle: { fontFamily: "inherit" },
    grid: { top: 12, right: 4, bottom: 24, left: 40 },
    xAxis: { type: "category", data: rows.map((row) => row[0]), axisLabel: { color: color("--muted") }, axisTick: { show: false } },
    yAxis: { type: "value", minInterval: 1, axisLabel: { color: color("--muted") }, splitLine: { lineStyle: { color: color("--line") } } },
    series: names.map((name, at) => ({ name, type: "bar", stack: "calls", data: rows.map((row) => Number(row[at + 1])) })),
  });
  window.addEventListener("resize", () => drawing.resize());
}
