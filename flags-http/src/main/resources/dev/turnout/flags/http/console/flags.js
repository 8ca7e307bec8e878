// The list of flags, and the page of one.

import { useEffect, useState } from "/vendor/hooks.js";
import { call, get } from "./api.js";
import { Recent } from "./history.js";
import { ErrorNotice, EVERYONE, LastChange, ReasonField, ShareField, StaleNotice, html, percent, useMessage, useSeconds } from "./parts.js";

export function Flags({ revision }) {
  const [list, setList] = useState(null);
  const [error, setError] = useState(null);
  const [search, setSearch] = useState("");
  useSeconds();
  useEffect(() => {
    get("flags").then(view => { setList(view.flags); setError(null); }, setError);
  }, [revision]);
  const wanted = search.trim().toLowerCase();
  const shown = (list || []).filter(flag =>
    flag.name.toLowerCase().includes(wanted) || flag.value.description.toLowerCase().includes(wanted));
  return html`<main class="page">
    <header class="title"><h1>Flags</h1><span class="grow"></span>
      <input type="search" placeholder="Search" aria-label="Search flags" value=${search}
        onInput=${event => setSearch(event.target.value)} /></header>
    <${ErrorNotice} error=${error} />
    ${list && html`<section class="panel"><table class="flags">
      <thead><tr><th>Flag</th><th>Type</th><th>Default</th><th>Who gets what</th><th>Last change</th></tr></thead>
      <tbody>${shown.map(flag => html`<tr key=${flag.name}>
        <td><a href="#/flags/${flag.name}">${flag.name}</a>
          ${flag.value.description && html`<div class="small muted">${flag.value.description}</div>`}</td>
        <td>${flag.value.type}</td>
        <td><${Variant} name=${flag.value.default} /></td>
        <td>${!flag.value.enabled ? html`<span class="tag warn">turned off</span>`
          : flag.value.rules.length === 0 ? html`<span class="muted">everyone the default</span>`
          : flag.value.rules.map(rule => html`<div class="small"><${Rule} rule=${rule} /></div>`)}</td>
        <td class="small"><${LastChange} change=${flag.lastChange} /></td></tr>`)}
        ${shown.length === 0 && html`<tr><td colspan="5" class="muted">${list.length ? "No flag matches." : "There is no flag yet."}</td></tr>`}
      </tbody></table></section>`}
  </main>`;
}

function Variant({ name }) {
  return html`<code>${name}</code>`;
}

function condition(one) {
  return `${one.attribute} ${"equals" in one ? one.equals : one.in.join(" or ")}`;
}

/** Whom a rule is about. */
function who(rule) {
  const cohorts = rule.cohorts.length ? `cohort ${rule.cohorts.join(" or ")}` : "everyone";
  return rule.when.length ? `${cohorts} with ${rule.when.map(condition).join(" and ")}` : cohorts;
}

/** A rule as a sentence: who gets which variant. */
function Rule({ rule }) {
  return html`<span>${rule.share < EVERYONE && html`<b>${percent(rule.share)}</b> of `}${who(rule)} → <${Variant} name=${rule.variant} /></span>`;
}

export function FlagPage({ name, revision }) {
  const [flag, setFlag] = useState(null);
  const [error, setError] = useState(null);
  useSeconds();
  useEffect(() => {
    get(`flags/${name}`).then(view => { setFlag(view); setError(null); }, setError);
  }, [name, revision]);
  if (!flag) {
    return html`<main class="page"><${ErrorNotice} error=${error} /></main>`;
  }
  return html`<main class="page">
    <header class="title"><h1>${name}</h1>
      <span class="tag">${flag.value.type}</span>
      ${!flag.value.enabled && html`<span class="tag warn">turned off</span>`}
      <span class="grow"></span><span class="small"><${LastChange} change=${flag.lastChange} /></span></header>
    ${flag.value.description && html`<p>${flag.value.description}</p>`}
    <${ErrorNotice} error=${error} />
    <div class="columns">
      <div class="left">
        <section class="panel"><h3>Rules, in order</h3>
          <ol class="rules">${flag.value.rules.map(rule => html`<li><${Rule} rule=${rule} />
            <div class="bar"><progress max=${EVERYONE} value=${rule.share} aria-hidden="true"></progress></div></li>`)}
            <li><span>everyone else → <${Variant} name=${flag.value.default} /> <span class="muted">(default)</span></span></li></ol>
        </section>
        <section class="panel"><h3>Variants</h3>
          <dl class="variants">${Object.entries(flag.value.variants).map(([variant, value]) => html`
            <dt><${Variant} name=${variant} /></dt><dd>${JSON.stringify(value)}</dd>`)}</dl>
          <p class="small muted">Subjects are put into parts by <code>${flag.value.bucketing.hash}</code> with the salt
            <code>${flag.value.bucketing.salt}</code>: raising a share only adds subjects, lowering it removes those added last.</p>
        </section>
      </div>
      <div class="right"><${FlagForm} key=${name} flag=${flag} onSaved=${setFlag} /></div>
    </div>
    <${Recent} kind="FLAG" name=${name} revision=${revision} />
  </main>`;
}

/** What a new share means for people. */
function effect(rule, share) {
  const of = rule.cohorts.length || rule.when.length ? "of those this rule is about" : "of all subjects";
  const change = share - rule.share;
  if (change === 0) return `As it is: ${percent(share)} ${of} get ${rule.variant}.`;
  return change > 0
    ? `${percent(rule.share)} → ${percent(share)}: another ${percent(change)} ${of} get ${rule.variant}; nobody who has it loses it.`
    : `${percent(rule.share)} → ${percent(share)}: ${percent(-change)} ${of}, the ones added last, no longer get ${rule.variant}; nobody else is touched.`;
}

function FlagForm({ flag, onSaved }) {
  const split = rules => Math.max(0, rules.findLastIndex(rule => rule.share < EVERYONE));
  const [base, setBase] = useState(flag);
  const [index, setIndex] = useState(split(flag.value.rules));
  const [share, setShare] = useState(null);
  const [enabled, setEnabled] = useState(null);
  const [reason, setReason] = useState("");
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useMessage();
  const untouched = share === null && enabled === null && reason === "";
  const reset = to => { setBase(to); setIndex(split(to.value.rules)); setShare(null); setEnabled(null); setError(null); };
  useEffect(() => { if (untouched) reset(flag); }, [flag.revision]);

  const rule = base.value.rules[index];
  const shownShare = share === null && rule ? rule.share : share;
  const shownEnabled = enabled === null ? base.value.enabled : enabled;

  async function send(from) {
    setBusy(true);
    setError(null);
    setDone("");
    const rules = from.value.rules.map((one, i) => (i === index && share !== null ? { ...one, share } : one));
    try {
      const saved = await call("PUT", `flags/${flag.name}`, { reason, value: { ...from.value, enabled: shownEnabled, rules } }, from.revision);
      reset(saved);
      setReason("");
      setDone("Saved.");
      onSaved(saved);
    } catch (problem) {
      setError(problem);
    }
    setBusy(false);
  }

  const disabled = !flag.editable || busy;
  const submit = event => { event.preventDefault(); send(base); };
  return html`<form class="panel" onSubmit=${submit}>
    <h3>Change</h3>
    ${base.value.rules.length > 1 && html`<label>Rule
      <select value=${index} disabled=${disabled} onChange=${event => { setIndex(Number(event.target.value)); setShare(null); }}>
        ${base.value.rules.map((one, i) => html`<option value=${i}>${i + 1}: ${who(one)} → ${one.variant}</option>`)}
      </select></label>`}
    ${rule ? html`<${ShareField} label="Share" ppm=${shownShare} onChange=${setShare} disabled=${disabled} />
      <p class="small explained">${effect(rule, shownShare)}</p>`
      : html`<p class="small muted">This flag has no rule; everyone gets <${Variant} name=${base.value.default} />.</p>`}
    <label class="switch"><input type="checkbox" role="switch" checked=${shownEnabled} disabled=${disabled}
      onChange=${event => setEnabled(event.target.checked)} /> Turned on
      <span class="small muted">${shownEnabled ? "" : "callers get the default of their own code"}</span></label>
    <${ReasonField} value=${reason} onChange=${setReason} disabled=${disabled} />
    ${error && error.status === 412
      ? html`<${StaleNotice} current=${error.problem.current} onLoad=${() => reset(error.problem.current ? { ...flag, ...error.problem.current } : flag)}
          onOverwrite=${() => send(error.problem.current)} />`
      : html`<${ErrorNotice} error=${error} />`}
    ${done && html`<p class="small done" role="status">${done}</p>`}
    <div class="buttons"><button type="submit" disabled=${disabled || !reason.trim()}>Save</button></div>
    ${!flag.editable && html`<p class="small muted">This server's flag store can be read only.</p>`}
  </form>`;
}
