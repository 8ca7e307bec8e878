// Flags and cohorts in words.

import { COLORS, EVERYONE, html, percent } from "./parts.js";

const DAY_MILLIS = 86_400_000;
const MOST_LISTED = 5;
const BOUNDS = { above: "above", atLeast: "at least", below: "below", atMost: "at most" };
const SCALES = ["number", "semver", "date"];
const TEXTS = { contains: "contains", startsWith: "starts with", endsWith: "ends with" };

/** A value as JSON. */
export function json(value) {
  return JSON.stringify(value, (_, one) => (typeof one === "bigint" ? (JSON.rawJSON || String)(String(one)) : one));
}

/** A moment in milliseconds; far beyond what JavaScript knows of time it is infinite. */
function millis(iso) {
  const found = Date.parse(iso);
  return Number.isNaN(found) ? (iso.startsWith("-") ? -Infinity : Infinity) : found;
}

/** A moment in the time zone of the user; the title has it exactly. */
export function Moment({ at }) {
  const known = Number.isFinite(millis(at));
  return html`<time datetime=${at} title=${at}>${known
    ? new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }) : at}</time>`;
}

const quoted = value => (typeof value === "string" ? `“${value}”` : String(value));

function listed(values, most, word = "or") {
  const shown = values.slice(0, most).map(quoted);
  return [...shown, ...(values.length > most ? [`${values.length - most} others`] : [])].join(` ${word} `);
}

const joined = (conditions, word, most) => conditions.map(one => condition(one, most)).join(`, ${word} `);

function grouped(conditions, word, most) {
  return conditions.length === 1 ? condition(conditions[0], most) : `(${joined(conditions, word, most)})`;
}

/** Of long lists, the first `most` are shown. */
function condition(one, most) {
  if (!("attribute" in one)) {
    if ("cohort" in one) return `in cohort ${one.cohort}`;
    if ("all" in one) return grouped(one.all, "and", most);
    if ("any" in one) return grouped(one.any, "or", most);
    if ("not" in one) {
      const part = condition(one.not, most);
      return "cohort" in one.not || part.startsWith("(") ? `not ${part}` : `not (${part})`;
    }
    return json(one);
  }
  const name = one.attribute;
  if ("equals" in one) return `${name} is ${quoted(one.equals)}`;
  if ("in" in one) return `${name} is ${listed(one.in, most)}`;
  if ("cidr" in one) return `${name} is an address in ${one.cidr.join(" or ")}`;
  if ("matches" in one) return `${name} matches /${one.matches}/`;
  if ("present" in one) return `${name} is ${one.present ? "there" : "not there"}`;
  const text = Object.keys(TEXTS).find(word => word in one);
  if (text) return `${name} ${TEXTS[text]} ${listed(one[text], most)}`;
  const scale = SCALES.find(word => word in one);
  if (scale) return `${name} is ${Object.keys(BOUNDS).filter(word => word in one[scale])
    .map(word => `${BOUNDS[word]} ${one[scale][word]}`).join(" and ")}`;
  return `${name}: ${json({ ...one, attribute: undefined })}`;
}

/** Whom a rule is about. */
export function who(rule, most = MOST_LISTED) {
  const cohorts = rule.cohorts.length ? `cohort ${rule.cohorts.join(" or ")}` : "everyone";
  return rule.when.length ? `${cohorts} where ${joined(rule.when, "and", most)}` : cohorts;
}

/** Who is in a cohort. */
export function members(cohort) {
  const parts = [];
  if (cohort.members.length) parts.push(listed(cohort.members, 20, "and"));
  if (cohort.when.length) parts.push(`everyone where ${joined(cohort.when, "and", 20)}`);
  return parts.join(", and ") || "no subjects";
}

/** The cohorts that rules or cohorts name themselves. */
export function cohortsOf({ cohorts = [], when }) {
  const below = one => [...(one.all || []), ...(one.any || []), ...(one.not ? [one.not] : [])];
  const named = one => ("attribute" in one ? [] : "cohort" in one ? [one.cohort] : below(one).flatMap(named));
  return [...cohorts, ...when.flatMap(named)];
}

export const inSteps = rule => Array.isArray(rule.share);

/** The share of a rule at a moment, in parts per million. */
export function shareOf(rule, now = Date.now()) {
  return inSteps(rule) ? rule.share.reduce((ppm, step) => (millis(step.from) <= now ? step.share : ppm), 0) : rule.share;
}

/** What a rule gives: [[variant, parts per million], ...]. */
export const partsOf = rule => (rule.split ? Object.entries(rule.split) : [[rule.variant, EVERYONE]]);

/** What a rule gives, in words. */
export const gives = rule => partsOf(rule).map(([variant]) => variant).join(" or ");

export function Variant({ name }) {
  return html`<code>${name}</code>`;
}

/** A rule as a sentence: who gets which variant. With `short`, a split is only mentioned. */
export function Rule({ rule, most, short }) {
  const share = shareOf(rule);
  return html`<span>${(share < EVERYONE || inSteps(rule)) && html`<b>${percent(share)}</b>${inSteps(rule) && " now"} of `}${who(rule, most)} → ${
    rule.split && short ? "divided among" : rule.split ? partsOf(rule).map(([variant, ppm], i) => html`${i > 0 && ", "}${percent(ppm)} <${Variant} name=${variant} />`)
      : html`<${Variant} name=${rule.variant} />`}</span>`;
}

/** How a rule divides its subjects; those in the empty part continue with the next rule. */
export function RuleBar({ rule }) {
  const share = shareOf(rule) / EVERYONE;
  let x = 0;
  return html`<svg class="bar" viewBox="0 0 ${EVERYONE} 10" preserveAspectRatio="none" aria-hidden="true">
      ${partsOf(rule).map(([, ppm], i) => {
        const from = x;
        x += ppm * share;
        return html`<rect class="part-${i % COLORS}" x=${from} y="0" width=${ppm * share} height="10" />`;
      })}
    </svg>
    ${rule.split && html`<ul class="parts small">${partsOf(rule).map(([variant, ppm], i) => html`
      <li><span class="key part-${i % COLORS}"></span><${Variant} name=${variant} /> ${percent(ppm)}</li>`)}</ul>`}`;
}

/** A share that changes with time. */
export function Steps({ rule }) {
  const now = Date.now();
  const current = rule.share.findLastIndex(step => millis(step.from) <= now);
  return html`<ol class="steps small">
    <li class=${current < 0 ? "now" : "muted"}>before: ${percent(0)}</li>
    ${rule.share.map((step, i) => html`<li class=${i === current ? "now" : i < current ? "muted" : ""}>
      from <${Moment} at=${step.from} />: ${percent(step.share)}${i === current && " (now)"}</li>`)}</ol>`;
}

/** Whom and when a flag's rules are for at all. */
export function Limits({ flag }) {
  const { from, until } = flag.schedule || {};
  const over = until && millis(until) <= Date.now();
  const early = from && millis(from) > Date.now();
  return html`
    ${Object.entries(flag.requires || {}).map(([other, variants]) => html`<p class="small">Only for those to whom ${
      html`<a href="#/flags/${other}">${other}</a>`} gives ${variants.map((variant, i) => html`${i > 0 && " or "}<${Variant} name=${variant} />`)}.</p>`)}
    ${(from || until) && html`<p class="small">Only ${from && html`from <${Moment} at=${from} />`}${from && until && " "}${
      until && html`until <${Moment} at=${until} />`}. ${over ? html`<span class="tag warn">over</span>`
        : early ? html`<span class="tag">not yet</span>` : html`<span class="tag good">now</span>`}</p>`}`;
}

/** After its day, a flag should be gone. */
export function Expiry({ expires }) {
  if (!expires) {
    return null;
  }
  const over = millis(expires) + DAY_MILLIS <= Date.now();
  return html`<span class="tag ${over ? "warn" : ""}" title=${over ? "It should be gone from code and store." : undefined}>${
    over ? "expired" : "expires"} ${expires}</span>`;
}

export function About({ flag }) {
  return html`${flag.owner && html`<span class="small">owner <b>${flag.owner}</b></span>`}
    ${(flag.tags || []).map(tag => html`<span class="tag">${tag}</span>`)}
    <${Expiry} expires=${flag.expires} />`;
}
