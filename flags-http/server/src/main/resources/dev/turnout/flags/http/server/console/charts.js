// Live charts of what the paths do.

import uPlot from "/vendor/uplot.js";
import { useEffect, useRef } from "/vendor/hooks.js";
import { html } from "./parts.js";

const LONGEST_SECONDS = 180;
const SHORTEST_SECONDS = 30;
const TICKS = 4;

/** What the time axis shows: all there is, up to three minutes. */
function span(_, min, max) {
  return [max - Math.min(LONGEST_SECONDS, Math.max(SHORTEST_SECONDS, max - min)), max];
}

function timeSplits(_, index, min, max) {
  return Array.from({ length: TICKS }, (_, i) => min + (max - min) * i / (TICKS - 1));
}

function timeValues(_, splits) {
  const now = splits[splits.length - 1];
  return splits.map(split => (split === now ? "now" : `−${Math.round(now - split)} s`));
}

/** Latencies differ by factors, and one slow call must not flatten all others. */
function logRange(_, min, max) {
  return [Math.max(min || 1e3, 1e3) * 0.8, Math.max(max || 1e6, 1e4) * 1.25];
}

function logSplits(_, index, min, max) {
  const splits = [];
  for (let decade = 10 ** Math.floor(Math.log10(min)); decade <= max; decade *= 10) {
    splits.push(...[1, 3].map(step => step * decade).filter(split => split >= min && split <= max));
  }
  return splits.length > 1 ? splits : [min, max];
}

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


function options(element, series, format, log) {
  return {
    width: element.clientWidth,
    height: element.clientHeight,
    cursor: { show: false },
    legend: { show: false },
    scales: {
      x: { time: true, range: span },
      y: log ? { distr: 3, range: logRange } : { range: (_, min, max) => [0, Math.max(max * 1.15, 1)] },
    },
    axes: [
      { ...axis(28), gap: 8, splits: timeSplits, values: timeValues },
      { ...axis(52, format), ...(log ? { splits: logSplits, filter: (_, splits) => splits } : {}) },
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
 * One chart. Each of `series` is {label, color, light, of: sample => number or null}. With `log`, values are nanoseconds.
 */
export function Chart({ title, samples, series, format, log = false }) {
  const element = useRef(null);
  const plot = useRef(null);
  const data = [samples.map(sample => sample.at / 1000), ...series.map(one => samples.map(one.of))];
  const latest = useRef(data);
  latest.current = data;

  useEffect(() => {
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(element.current, series, format, log), latest.current, element.current);
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
