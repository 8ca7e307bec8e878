// What a flag answers for a subject, and why.

import { useEffect, useState } from "/vendor/hooks.js";
import { call } from "./api.js";
import { ErrorNotice, html } from "./parts.js";
import { Variant, json } from "./words.js";

const REASONS = {
  STATIC: "it has no rules",
  DEFAULT: "no rule decided",
  TARGETING_MATCH: "a rule decided",
  SPLIT: "a rule decided, by the share",
  STALE: "from a state that may be out of date",
  ERROR: "it could not be asked",
};

/** An attribute's value as JSON: what is JSON's number, boolean, text in quotes or list is taken as such, all else is text. */
function literal(text) {
  try {
    const value = JSON.parse(text);
    return ["number", "boolean", "string"].includes(typeof value) || Array.isArray(value) ? text : JSON.stringify(text);
  } catch (e) {
    return JSON.stringify(text);
  }
}

/** The members of a JSON object, as text: JavaScript's own objects would round numbers and drop names that stand twice. */
function attributes(lines) {
  return lines.split("\n").map(line => line.trim()).filter(line => line !== "").map(line => {
    const sign = line.indexOf("=");
    if (sign < 1) {
      throw new Error(`“${line}” is not of the form name=value.`);
    }
    return `${JSON.stringify(line.slice(0, sign).trim())}:${literal(line.slice(sign + 1).trim())}`;
  }).join();
}

/** Users count from one. */
const part = step => step.part.replace(/^rule (\d+)$/, (_, index) => `rule ${Number(index) + 1}`);

function Answer({ answer }) {
  return html`<div class="answer" role="status">
    ${answer.variant === null
      ? html`<p>Turned off: callers get the default of their own code.</p>`
      : html`<p>Gets <${Variant} name=${answer.variant} />, which is <b>${json(answer.value)}</b>: ${
          REASONS[answer.reason] || answer.reason}${answer.rule !== null && ` (rule ${answer.rule + 1})`}.</p>`}
    ${answer.error === "TARGETING_KEY_MISSING" && html`<p class="notice warn small">There is nothing to take a share of: without
      a bucketing key no subject is in one.</p>`}
    <ol class="ticks small">${answer.steps.map(step => html`<li class=${step.passed ? "passed" : "failed"}>
      <span class="tick" role="img" aria-label=${step.passed ? "yes" : "no"}>${step.passed ? "✓" : "✗"}</span>
      <span><b>${part(step)}</b>: ${step.why}</span></li>`)}</ol>
    <p class="small muted">As of revision ${answer.revision}.</p>
  </div>`;
}

export function Explain({ name, stateId }) {
  const [targetingKey, setTargetingKey] = useState("");
  const [lines, setLines] = useState("");
  const [asked, setAsked] = useState(null); // the last context, as {json}
  const [answer, setAnswer] = useState(null);
  const [error, setError] = useState(null);
  useEffect(() => {
    if (!asked) {
      return undefined;
    }
    let latest = true; // an answer that was overtaken is not shown
    const show = (newAnswer, problem) => {
      if (latest) {
        setAnswer(newAnswer);
        setError(problem);
      }
    };
    call("POST", `flags/${name}/explain`, asked.json).then(found => show(found, null), problem => show(null, problem));
    return () => { latest = false; };
  }, [asked, stateId]); // after each change it may be another one

  const submit = event => {
    event.preventDefault();
    try {
      setAsked({ json: `{"targetingKey":${JSON.stringify(targetingKey)},"attributes":{${attributes(lines)}}}` });
    } catch (problem) {
      setAsked(null);
      setAnswer(null);
      setError(problem);
    }
  };
  return html`<form class="panel explain" onSubmit=${submit}>
    <h3>Who gets what, and why</h3>
    <label>Targeting key <input type="text" autocomplete="off" value=${targetingKey} placeholder="user-42"
      onInput=${event => setTargetingKey(event.target.value)} /></label>
    <label>Attributes <span class="small muted">one name=value in a line; 33 and true are no text, "33" is; lists as ["a", "b"]</span>
      <textarea rows="3" spellcheck="false" value=${lines} placeholder=${"country=DE\nage=33"}
        onInput=${event => setLines(event.target.value)}></textarea></label>
    <div class="buttons"><button type="submit" class="outline">Explain</button></div>
    <${ErrorNotice} error=${error} />
    ${answer && html`<${Answer} answer=${answer} />`}
  </form>`;
}
