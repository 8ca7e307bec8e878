// Small parts that every page uses.

import htm from "/vendor/htm.js";
import { h } from "/vendor/preact.js";
import { useEffect, useId, useState } from "/vendor/hooks.js";
import { Blockers } from "./blockers.js";

export const html = htm.bind(h);

export const EVERYONE = 1_000_000;

/** How many colours the parts of a split have. */
export const COLORS = 5;

/** A share for display: 12500 is "1.25 %". */
export function percent(ppm) {
  return `${Number((ppm / 10_000).toFixed(4))}\u00a0%`;
}

/** A rate, with as many digits as matter. */
export function rate(perSecond) {
  return perSecond >= 100 ? Math.round(perSecond).toLocaleString("en") : Number(perSecond.toFixed(1)).toString();
}

/** A duration in its most readable unit. */
export function duration(nanos) {
  if (!nanos) {
    return "–";
  }
  const [value, unit] = nanos < 1e6 ? [nanos / 1e3, "µs"] : nanos < 1e9 ? [nanos / 1e6, "ms"] : [nanos / 1e9, "s"];
  return `${Number(value.toPrecision(value >= 100 ? 3 : 2))}\u00a0${unit}`;
}

export function ago(time, now = Date.now()) {
  const seconds = Math.max(0, Math.round((now - Date.parse(time)) / 1000));
  if (seconds < 5) return "just now";
  if (seconds < 90) return `${seconds} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h ago`;
  return new Date(time).toLocaleDateString();
}

/** Who changed something last, when and why. */
export function LastChange({ change }) {
  if (!change) {
    return html`<span class="muted">never changed</span>`;
  }
  return html`<span class="last-change" title=${new Date(change.at).toLocaleString()}>
    <b>${change.by}</b>, ${ago(change.at)}: “${change.reason}”</span>`;
}

export function ErrorNotice({ error }) {
  if (!error) {
    return null;
  }
  const { errors = [], blockers = [], legalMoves } = error.problem || {};
  return html`<div class="notice bad" role="alert">
    <p>${blockers.length ? error.problem.title : error.message}</p>
    <${Blockers} blockers=${blockers} />
    ${legalMoves && html`<p class="small">Legal now: ${legalMoves.join(", ") || "nothing"}.</p>`}
    ${errors.length > 1 && errors.map(one => html`<p class="small"><code>${one.pointer}</code> ${one.detail}</p>`)}
  </div>`;
}

/**
 * Another user was faster. What was typed stays; the user decides whose value holds, and `differences` lists what they
 * would overwrite: [[what, theirs, mine], ...]. `cannot` has the reason why mine cannot be put over theirs, if any.
 */
export function StaleNotice({ current, differences = [], cannot = "", onLoad, onOverwrite }) {
  const change = current && current.lastChange;
  return html`<div class="notice warn" role="alert">
    ${change
      ? html`<p><b>${change.by}</b> has changed this ${ago(change.at)} (revision ${change.revision}): “${change.reason}”.</p>`
      : html`<p>Another user has removed this in the meantime.</p>`}
    <p class="small">Nothing was saved, and what you entered is still here.</p>
    ${change && differences.map(([what, theirs, mine]) => html`<p class="small">${what}: now <b>${theirs}</b>, yours <b>${mine}</b>.</p>`)}
    ${change && cannot && html`<p class="small">${cannot}</p>`}
    <div class="buttons">
      <button type="button" class="secondary" onClick=${onLoad}>Load the new value</button>
      ${change && !cannot && html`<button type="button" class="outline secondary" onClick=${onOverwrite}>Save mine over it</button>`}
    </div>
  </div>`;
}

/** Asks once more before something that is easier done than undone. */
export function Confirm({ text, yes, onYes, onNo }) {
  return html`<div class="notice warn confirm" role="alertdialog" aria-label=${yes}>
    <p>${text}</p>
    <div class="buttons">
      <button type="button" class="outline danger" onClick=${onYes}>${yes}</button>
      <button type="button" class="secondary" onClick=${onNo}>No</button>
    </div>
  </div>`;
}

// The slider is logarithmic, as 0.01 % and 1 % are as far apart as 1 % and 100 % in risk.
const STEPS = 400;
const SMALLEST = 100;

function toPpm(step) {
  if (step <= 0) return 0;
  const ppm = SMALLEST * 10 ** (4 * (step - 1) / (STEPS - 1));
  const unit = 10 ** (Math.floor(Math.log10(ppm)) - 1);
  return Math.round(Math.round(ppm / unit) * unit);
}

function toStep(ppm) {
  if (ppm <= 0) return 0;
  return Math.round(1 + (STEPS - 1) * Math.log10(Math.max(ppm, SMALLEST) / SMALLEST) / 4);
}

/** Parts per million of what was typed as percent; null if it is no share. */
function toParts(text) {
  const parts = Math.round(Number(text) * 10_000);
  return text.trim() !== "" && parts >= 0 && parts <= EVERYONE ? parts : null;
}

/** A share as a number of percent. `onChange` gets parts per million, and null for what is no share. */
function PercentInput({ id, ppm, onChange, disabled, label }) {
  const [text, setText] = useState(null);
  // What is being typed stays as it is typed ("1." on the way to "1.5"), unless the share was changed in another way.
  const typed = text === null ? null : toParts(text);
  const value = ppm === null ? "" : String(Number((ppm / 10_000).toFixed(4)));
  const shown = text === null || (typed !== null && typed !== ppm) ? value : text;
  const type = event => {
    setText(event.target.value);
    onChange(toParts(event.target.value));
  };
  return html`<span class="number"><input id=${id} type="number" min="0" max="100" step="0.0001" value=${shown} disabled=${disabled}
    aria-label=${label} onInput=${type} onBlur=${() => setText(null)} />%</span>`;
}

/** A share: slider, number and usual steps. `onChange` gets parts per million. */
export function ShareField({ ppm, onChange, disabled, label = "Share of keys" }) {
  const id = useId();
  return html`<div class="share">
    <label for=${id}>${label}</label>
    <div class="share-inputs">
      <input id=${id} type="range" min="0" max=${STEPS} value=${toStep(ppm)} disabled=${disabled} aria-valuetext=${percent(ppm)}
        onInput=${event => onChange(toPpm(Number(event.target.value)))} />
      <${PercentInput} ppm=${ppm} disabled=${disabled} label="${label} in percent" onChange=${typed => typed !== null && onChange(typed)} />
    </div>
    <div class="share-steps" aria-label="Usual shares">
      ${[1_000, 10_000, 50_000, 100_000, 250_000, 500_000, EVERYONE].map(step => html`
        <button type="button" class="chip ${step === ppm ? "chosen" : ""}" disabled=${disabled}
          onClick=${() => onChange(step)}>${percent(step)}</button>`)}
    </div>
  </div>`;
}

/** What is wrong with the parts of a split; empty if nothing is. */
export function splitProblem(parts) {
  if (parts.some(([, ppm]) => ppm === null)) {
    return "Each part is a number from 0 to 100, with up to four decimals.";
  }
  const sum = parts.reduce((total, [, ppm]) => total + ppm, 0);
  return sum === EVERYONE ? "" : `The parts are ${percent(sum)} together; they must be 100\u00a0%.`;
}

/** The parts of a split, [[variant, parts per million], ...]; null stands for what is no share. */
export function SplitField({ parts, onChange, disabled }) {
  const change = (index, ppm) => onChange(parts.map((part, i) => (i === index ? [part[0], ppm] : part)));
  const problem = splitProblem(parts);
  return html`<fieldset class="split-field"><legend>Divided among</legend>
    ${parts.map(([variant, ppm], i) => html`<div key=${variant}><span class="key part-${i % COLORS}"></span><code>${variant}</code>
      <${PercentInput} ppm=${ppm} disabled=${disabled} label="Part of ${variant} in percent" onChange=${typed => change(i, typed)} /></div>`)}
    ${problem && html`<p class="small notice warn" role="status">${problem}</p>`}
  </fieldset>`;
}

export function ReasonField({ value, onChange, disabled }) {
  const id = useId();
  return html`<div class="reason">
    <label for=${id}>Reason <span class="muted">(for the operator who reads it later)</span></label>
    <input id=${id} type="text" maxlength="1000" required value=${value} disabled=${disabled} autocomplete="off"
      placeholder="first keys, watch the p99" onInput=${event => onChange(event.target.value)} />
  </div>`;
}

/** Something to say for some seconds. */
export function useMessage() {
  const [message, setMessage] = useState("");
  useEffect(() => {
    const timer = message && setTimeout(() => setMessage(""), 6000);
    return () => clearTimeout(timer);
  }, [message]);
  return [message, setMessage];
}

/** Makes the page look again each second, for what is shown relative to now. */
export function useSeconds() {
  const [, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick(tick => tick + 1), 1000);
    return () => clearInterval(timer);
  }, []);
}
