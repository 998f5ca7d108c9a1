// What the pages do beyond HTML and htmx: pause and trim the live list, and draw charts from their tables.
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

// A chart draws a table: rows are its categories, columns of figures its series. It says no more than the table does.
const figure = (cell) => Number(cell.textContent.replace(/[,%]/g, ""));
for (const chart of window.echarts ? document.querySelectorAll(".chart[data-table]") : []) {
  const table = document.getElementById(chart.dataset.table);
  const columns = [...table.tHead.rows[0].cells].map((cell, at) => ({ at, name: cell.textContent, shown: cell.matches(".n:not(.only)") }));
  const rows = [...table.tBodies[0].rows];
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(`--${name}`).trim();
  const { stack, across, line } = chart.dataset;
  const categories = { type: "category", data: rows.map((row) => row.cells[0].textContent.trim()), inverse: across !== undefined, axisLabel: { color: color("muted") }, axisTick: { show: false } };
  const values = { type: "value", minInterval: line === undefined ? 1 : 0, max: line === undefined ? undefined : 100, axisLabel: { color: color("muted"), formatter: line === undefined ? "{value}" : "{value}%" }, splitLine: { lineStyle: { color: color("line") } } };
  const drawing = window.echarts.init(chart);
  drawing.setOption({
    animation: false,
    color: chart.dataset.colors.split(" ").map(color),
    textStyle: { fontFamily: "inherit" },
    grid: { top: 12, right: 12, bottom: 4, left: 4, containLabel: true },
    xAxis: across === undefined ? categories : values,
    yAxis: across === undefined ? values : categories,
    series: columns.filter((column) => column.shown).map(({ at, name }) => ({
      name, type: line === undefined ? "bar" : "line", stack: stack === undefined ? undefined : "all", symbolSize: 8,
      data: rows.map((row) => figure(row.cells[at])),
    })),
  });
  window.addEventListener("resize", () => drawing.resize());
}
