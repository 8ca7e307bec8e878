// Live charts of what the paths do.

import uPlot from "/vendor/uplot.js";
import { useEffect, useRef } from "/vendor/hooks.js";
import { html } from "./parts.js";

const WINDOW_SECONDS = 180;

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function axis(size, format) {
  return {
    size,
    stroke: color("--muted"),
    font: "11px system-ui, sans-serif",
    grid: { stroke: color("--grid"), width: 1 },
    ticks: { show: false },
    gap: 4,
    values: format && ((_, values) => values.map(value => (value === null ? "" : format(value)))),
  };
}


function options(element, series, format) {
  return {
    width: element.clientWidth,
    height: element.clientHeight,
    cursor: { show: false },
    legend: { show: false },
    scales: {
      x: { time: true, range: (_, min, max) => [max - WINDOW_SECONDS, max] },
      y: { range: (_, min, max) => [0, Math.max(max * 1.15, 1)] },
    },
    axes: [
      {
        ...axis(22),
        splits: (_, index, min, max) => [max - 180, max - 120, max - 60, max],
        values: () => ["−3 min", "−2 min", "−1 min", "now"],
      },
      axis(52, format),
    ],
    series: [
      {},
      ...series.map(one => ({
        stroke: color(one.color),
        width: one.light ? 1.25 : 2,
        dash: one.light ? [4, 4] : undefined,
        points: { show: false },
        spanGaps: false,
      })),
    ],
  };
}

/**
 * One chart. Each of `series` is {label, color, light, of: sample => number or null}.
 */
export function Chart({ title, samples, series, format }) {
  const element = useRef(null);
  const plot = useRef(null);
  const data = [samples.map(sample => sample.at / 1000), ...series.map(one => samples.map(one.of))];
  const latest = useRef(data);
  latest.current = data;

  useEffect(() => {
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(element.current, series, format), latest.current, element.current);
    };
    draw();
    const resized = new ResizeObserver(() =>
      plot.current.setSize({ width: element.current.clientWidth, height: element.current.clientHeight }));
    resized.observe(element.current);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", draw);
    return () => {
      resized.disconnect();
      dark.removeEventListener("change", draw);
      plot.current.destroy();
    };
  }, []);
  useEffect(() => {
    plot.current?.setData(data);
  }, [samples]);

  const last = samples[samples.length - 1];
  return html`<section class="panel chart">
    <header><h3>${title}</h3>
      <ul class="legend">${series.map(one => {
        const value = last ? one.of(last) : null;
        return html`<li><i class="key ${one.color.slice(2)} ${one.light ? "light" : ""}"></i>${one.label}
          <b>${value === null || value === undefined ? "–" : format(value)}</b></li>`;
      })}</ul>
    </header>
    <div class="plot" ref=${element}></div>
  </section>`;
}
