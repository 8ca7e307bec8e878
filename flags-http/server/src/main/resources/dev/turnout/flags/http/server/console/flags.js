// The list of flags, and the page of one.

import { useEffect, useLayoutEffect, useState } from "/vendor/hooks.js";
import { call, get } from "./api.js";
import { Explain } from "./explain.js";
import { Recent } from "./history.js";
import {
  ErrorNotice, EVERYONE, LastChange, ReasonField, ShareField, SplitField, StaleNotice, html, percent, splitProblem, useMessage, useSeconds,
} from "./parts.js";
import {
  About, Limits, Rule, RuleBar, Steps, Variant, cohortsOf, gives, inSteps, json, members, partsOf, shareOf, who,
} from "./words.js";

const MANY = 100;

/** The text by which users search for a flag. */
function findable({ name, value }) {
  return [name, value.description, value.owner || "", ...(value.tags || [])].map(text => text.toLowerCase());
}

export function Flags({ stateId }) {
  const [list, setList] = useState(null);
  const [error, setError] = useState(null);
  const [search, setSearch] = useState("");
  useSeconds();
  useEffect(() => {
    get("flags").then(view => { setList(view.flags); setError(null); }, setError);
  }, [stateId]);
  const wanted = search.trim().toLowerCase();
  const shown = (list || []).filter(flag => findable(flag).some(text => text.includes(wanted)));
  return html`<main class="page">
    <header class="title"><h1>Flags</h1><span class="grow"></span>
      <input type="search" placeholder="Search" aria-label="Search flags" value=${search}
        onInput=${event => setSearch(event.target.value)} /></header>
    <${ErrorNotice} error=${error} />
    ${list && html`<section class="panel wide"><table class="flags">
      <thead><tr><th>Flag</th><th>Type</th><th>Default</th><th>Who gets what</th><th>Last change</th></tr></thead>
      <tbody>${shown.map(flag => html`<tr key=${flag.name}>
        <td><a href="#/flags/${flag.name}">${flag.name}</a>
          ${flag.value.description && html`<div class="small muted">${flag.value.description}</div>`}
          <div class="about"><${About} flag=${flag.value} /></div></td>
        <td>${flag.value.type}</td>
        <td><${Variant} name=${flag.value.default} /></td>
        <td>${!flag.value.enabled ? html`<span class="tag warn">turned off</span>`
          : flag.value.rules.length === 0 ? html`<span class="muted">everyone the default</span>`
          : flag.value.rules.map(rule => html`<div class="small"><${Rule} rule=${rule} /></div>`)}
          ${flag.value.enabled && html`<${Limits} flag=${flag.value} />`}</td>
        <td class="small"><${LastChange} change=${flag.lastChange} /></td></tr>`)}
        ${shown.length === 0 && html`<tr><td colspan="5" class="muted">${list.length ? "No flag matches." : "There is no flag yet."}</td></tr>`}
      </tbody></table></section>`}
  </main>`;
}

export function FlagPage({ name, stateId }) {
  const [flag, setFlag] = useState(null);
  const [error, setError] = useState(null);
  useSeconds();
  useEffect(() => {
    get(`flags/${name}`).then(view => { setFlag(view); setError(null); }, setError);
  }, [name, stateId]);
  if (!flag) {
    return html`<main class="page"><${ErrorNotice} error=${error} /></main>`;
  }
  return html`<main class="page">
    <header class="title"><h1>${name}</h1>
      <span class="tag">${flag.value.type}</span>
      ${!flag.value.enabled && html`<span class="tag warn">turned off</span>`}
      <span class="grow"></span><span class="small"><${LastChange} change=${flag.lastChange} /></span></header>
    ${flag.value.description && html`<p>${flag.value.description}</p>`}
    <div class="about"><${About} flag=${flag.value} /></div>
    <${ErrorNotice} error=${error} />
    <div class="columns">
      <div class="left">
        <section class="panel"><h3>Rules, in order</h3>
          <${Limits} flag=${flag.value} />
          <ol class="rules">${flag.value.rules.map(rule => html`<li><${Rule} rule=${rule} most=${MANY} short />
            <${RuleBar} rule=${rule} />${inSteps(rule) && html`<${Steps} rule=${rule} />`}</li>`)}
            <li><span>everyone else → <${Variant} name=${flag.value.default} /> <span class="muted">(default)</span></span></li></ol>
        </section>
        <section class="panel"><h3>Variants</h3>
          <dl class="variants">${Object.entries(flag.value.variants).map(([variant, value]) => html`
            <dt><${Variant} name=${variant} /></dt><dd>${json(value)}</dd>`)}</dl>
          <p class="small muted">Subjects are put into parts by <code>${flag.value.bucketing.hash}</code>${
            flag.value.bucketing.by && html` of their attribute <code>${flag.value.bucketing.by}</code>`} with the salt ${
            html`<code>${flag.value.bucketing.salt}</code>`}: raising a share only adds subjects, lowering it removes those added last.</p>
        </section>
        <${Cohorts} rules=${flag.value.rules} stateId=${stateId} />
        <${Explain} name=${name} stateId=${stateId} />
      </div>
      <div class="right"><${FlagForm} key=${name} flag=${flag} onSaved=${setFlag} /></div>
    </div>
    <${Recent} kind="FLAG" name=${name} stateId=${stateId} />
  </main>`;
}

/** The cohorts that rules name, or that those name in turn. */
function Cohorts({ rules, stateId }) {
  const [all, setAll] = useState([]);
  useEffect(() => {
    get("cohorts").then(view => setAll(view.cohorts), () => setAll([])); // the flag's own notice shows what is wrong
  }, [stateId]);
  const wanted = new Set(rules.flatMap(cohortsOf));
  wanted.forEach(name => all.filter(cohort => cohort.name === name) // a set also visits what is added meanwhile
    .forEach(cohort => cohortsOf({ when: cohort.value.when }).forEach(other => wanted.add(other))));
  const shown = all.filter(cohort => wanted.has(cohort.name));
  return shown.length > 0 && html`<section class="panel"><h3>Cohorts</h3>
    <dl class="variants cohorts">${shown.map(cohort => html`<dt>${cohort.name}</dt><dd>${members(cohort.value)}</dd>`)}</dl></section>`;
}

/** Who gets what of a rule, in parts of the million; as the rule language has it. */
function ranges(parts, share) {
  let start = 0;
  return parts.map(([variant, ppm]) => {
    const range = { variant, from: start, to: start + ppm * share / EVERYONE };
    start += ppm;
    return range;
  });
}

/** How many parts of the million no longer get what they have. */
function moved(before, after) {
  return before.reduce((sum, { variant, from, to }) => {
    const same = after.find(range => range.variant === variant);
    return sum + (to - from) - Math.max(0, Math.min(to, same.to) - Math.max(from, same.from));
  }, 0);
}

/** What a new share, or a new split, means for the subjects. */
function effect(rule, share, parts) {
  const of = rule.cohorts.length || rule.when.length ? "of those this rule is about" : "of all subjects";
  const [was, what] = [shareOf(rule), gives(rule)];
  const change = share - was;
  if (parts.some(([, ppm], i) => ppm !== partsOf(rule)[i][1])) {
    const others = Math.round(moved(ranges(partsOf(rule), was), ranges(parts, share)));
    return others === 0 ? "No subject loses the variant that it has."
      : `${percent(others)} ${of} no longer get the variant that they have, but another one or what comes after this rule.`;
  }
  if (change === 0) return `As it is: ${percent(share)} ${of} get ${what}.`;
  return change > 0
    ? `${percent(was)} → ${percent(share)}: another ${percent(change)} ${of} get ${what}; no subject that has it loses it.`
    : `${percent(was)} → ${percent(share)}: ${percent(-change)} ${of}, the ones added last, no longer get ${what}; no other subject changes.`;
}

/** Why fewer than a rule's share may get anything of it. */
function limits(flag, index, enabled) {
  const { from, until } = flag.schedule || {};
  const before = index === 1 ? "the rule before does not decide" : `the ${index} rules before do not decide`;
  return [
    ...(enabled ? [] : ["The flag is turned off: until it is turned on, no subject gets anything of this."]),
    ...(from && Date.parse(from) > Date.now() ? ["The flag's time has not begun: no subject gets anything of this yet."] : []),
    ...(until && Date.parse(until) <= Date.now() ? ["The flag's time is over: no subject gets anything of this."] : []),
    ...(index > 0 ? [`It is about those only for whom ${before}.`] : []),
    ...Object.entries(flag.requires || {}).map(([other, variants]) => `It is about those only to whom ${other} gives ${variants.join(" or ")}.`),
  ];
}

/** What makes a rule the same one after others have changed the flag: whom it is about and what it gives, not how many. */
const identity = rule => json([rule.cohorts, rule.when, rule.split ? Object.keys(rule.split).sort() : [rule.variant], inSteps(rule)]);

/** Where a rule is now: its place, and -1 if it is gone, or if there are several of which it could be each. */
function placeOf(rule, rules) {
  const same = rules.map((one, i) => (identity(one) === identity(rule) ? i : -1)).filter(i => i >= 0);
  return same.length === 1 ? same[0] : -1;
}

/** A name as a step of a JSON pointer. */
const pointerStep = name => name.replaceAll("~", "~0").replaceAll("/", "~1");

function FlagForm({ flag, onSaved }) {
  const lastShared = rules => Math.max(0, rules.findLastIndex(rule => inSteps(rule) || rule.split || rule.share < EVERYONE));
  const [base, setBase] = useState(flag);
  const [index, setIndex] = useState(lastShared(flag.value.rules));
  const [share, setShare] = useState(null);
  const [parts, setParts] = useState(null);
  const [enabled, setEnabled] = useState(null);
  const [reason, setReason] = useState("");
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useMessage();
  const changed = share !== null || parts !== null || enabled !== null;
  const leaveRule = () => { setShare(null); setParts(null); };
  const reset = to => { setBase(to); setIndex(lastShared(to.value.rules)); leaveRule(); setEnabled(null); setError(null); };
  // An untouched form follows other users' changes; at once, so input typed meanwhile is not taken for untouched.
  useLayoutEffect(() => { if (!changed && reason === "") reset(flag); }, [flag.id]);

  const rule = base.value.rules[index];
  const shownShare = share === null && rule ? shareOf(rule) : share;
  const shownParts = parts === null && rule ? partsOf(rule) : parts;
  const shownEnabled = enabled === null ? base.value.enabled : enabled;
  const problem = parts ? splitProblem(parts) : "";

  /** Sends what was touched, and nothing else. */
  async function send(id, place = index) {
    setBusy(true);
    setError(null);
    setDone("");
    const edits = [
      ...(enabled === null ? [] : [{ pointer: "/enabled", value: enabled }]),
      ...(share === null ? [] : [{ pointer: `/rules/${place}/share`, value: share }]),
      ...(parts || []).map(([variant, ppm]) => ({ pointer: `/rules/${place}/split/${pointerStep(variant)}`, value: ppm })),
    ];
    try {
      const saved = await call("PATCH", `flags/${flag.name}`, { reason, edits }, id);
      reset(saved);
      setReason("");
      setDone("Saved.");
      onSaved(saved);
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  }

  const stale = error && error.status === 412 ? overwriting(error.problem.current) : null;

  /** What it would mean to put what was touched over another user's change of this flag. */
  function overwriting(current) {
    const touchesRule = share !== null || parts !== null;
    const theirs = current ? current.value : null;
    const place = theirs && touchesRule ? placeOf(rule, theirs.rules) : index;
    const other = theirs && place >= 0 ? theirs.rules[place] : null;
    return {
      current,
      place,
      cannot: theirs && touchesRule && !other ? "The rule that you changed is not there any more, or there are several like it now: yours cannot be put over it." : "",
      differences: !theirs ? [] : [
        ...(enabled === null ? [] : [["Turned on", theirs.enabled ? "yes" : "no", enabled ? "yes" : "no"]]),
        ...(share === null || !other ? [] : [[`Share of rule ${place + 1}`, percent(shareOf(other)), percent(share)]]),
        ...(parts === null || !other ? [] : parts.map(([variant, ppm]) =>
          [`Part of ${variant} in rule ${place + 1}`, percent(Object.fromEntries(partsOf(other))[variant]), percent(ppm)])),
      ],
    };
  }

  const disabled = !flag.editable || busy;
  const submit = event => { event.preventDefault(); send(base.id); };
  return html`<form class="panel change" onSubmit=${submit}>
    <h3>Change</h3>
    ${base.value.rules.length > 1 && html`<label>Rule
      <select value=${index} disabled=${disabled} onChange=${event => { setIndex(Number(event.target.value)); leaveRule(); }}>
        ${base.value.rules.map((one, i) => html`<option value=${i}>${i + 1}: ${who(one)} → ${gives(one)}</option>`)}
      </select></label>`}
    ${!rule && html`<p class="small muted">This flag has no rule; everyone gets <${Variant} name=${base.value.default} />.</p>`}
    ${rule && (inSteps(rule)
      ? html`<div><label>Share</label><${Steps} rule=${rule} />
          <p class="small muted">This share follows its steps; they can be seen here, but not changed.</p></div>`
      : html`<${ShareField} label=${rule.split ? "Share that takes part" : "Share"} ppm=${shownShare} onChange=${setShare} disabled=${disabled} />`)}
    ${rule && rule.split && html`<${SplitField} key=${index} parts=${shownParts} onChange=${setParts} disabled=${disabled} />`}
    ${rule && !problem && html`<p class="small explained">${effect(rule, shownShare, shownParts)}</p>
      ${limits(base.value, index, shownEnabled).map(limit => html`<p class="small explained limit">${limit}</p>`)}`}
    <label class="switch"><input type="checkbox" role="switch" checked=${shownEnabled} disabled=${disabled}
      onChange=${event => setEnabled(event.target.checked)} /> Turned on
      <span class="small muted">${shownEnabled ? "" : "callers get the default of their own code"}</span></label>
    <${ReasonField} value=${reason} onChange=${setReason} disabled=${disabled} />
    ${stale
      ? html`<${StaleNotice} ...${stale} onLoad=${() => reset(stale.current ? { ...flag, ...stale.current } : flag)}
          onOverwrite=${() => send(stale.current.id, stale.place)} />`
      : html`<${ErrorNotice} error=${error} />`}
    ${done && html`<p class="small done" role="status">${done}</p>`}
    <div class="buttons"><button type="submit" disabled=${disabled || !reason.trim() || !changed || problem !== ""}>Save</button></div>
    ${!flag.editable && html`<p class="small muted">${flag.whyNotEditable}</p>`}
  </form>`;
}
