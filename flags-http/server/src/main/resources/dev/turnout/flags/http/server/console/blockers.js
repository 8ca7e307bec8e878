// Why keys cannot move: each blocker in words, by its code and its facts, and the page that helps.

import htm from "/vendor/htm.js";
import { h } from "/vendor/preact.js";

const html = htm.bind(h);

const OPERATING = "docs/operating.md";
const TABLE = "docs/migrate-a-table.md";

const listed = (some, words) => some.map((one, i) => html`${i > 0 && ", "}${words(one)}`);
const names = nodes => listed(nodes, node => html`<b>${node}</b>`);
const count = number => number.toLocaleString("en");
const keys = number => `${count(number)} ${number === 1 ? "key" : "keys"}`;

function time(seconds) {
  const [value, unit] = seconds < 120 ? [seconds, "s"] : seconds < 7200 ? [seconds / 60, "min"] : [seconds / 3600, "h"];
  return `${Number(value.toPrecision(3))}\u00a0${unit}`;
}

const EDITS = {
  SAME_INCARNATION: () => "The incarnation of an entry cannot change.",
  SAME_BUCKETING: () => "The salt of a running migration cannot change: keys would jump between the paths.",
  NEXT_VERSION: ({ version, edited }) => `Version ${version + 1} follows version ${version}, but it was ${edited}.`,
  SAME_VERSION: () => "The version grows with the position alone, and that is the same.",
  LATER_VERSION: ({ version, edited }) => `Version ${edited} does not come after version ${version}, so it was not lost.`,
};

/** By code: the words, and the page and section that help. */
const KINDS = {
  "no-nodes": [() => "No node routes this migration now.", `${OPERATING}#fleet-store-down`],
  "nodes-behind": [({ version, nodes }) => html`Every node has to acknowledge version ${version}. Lagging: ${
    listed(nodes, one => html`<b>${one.node}</b> (at ${one.acknowledged})`)}.`, `${OPERATING}#dead-node`],
  "nodes-unaware": [({ nodes }) => html`Nodes that do not route this migration: ${names(nodes)}. Deploy a build that does, or stop them.`,
    `${OPERATING}#dead-node`],
  "revision-unread": [({ revision, nodes }) => html`Nodes that have not read revision ${revision} of the flag store yet: ${names(nodes)}.`,
    `${OPERATING}#stuck-crossing`],
  "position-lost": [({ stored, nodes }) => html`${listed(nodes, one => html`<b>${one.node}</b> routes by version ${one.using.version}`)}. The flag store ${
    stored.version === 0 ? "has no entry of it" : `has version ${stored.version}, which does not follow`}: it was set back, or the entry was created again.`,
    `${OPERATING}#lost-position`],
  "node-overridden": [({ node, stage, lostContact }) => html`An operator has overridden <b>${node}</b> with ${stage}.${
    lostContact ? " It has lost contact, and may work on: end the override there, or stop that node and evict it." : ""}`, `${OPERATING}#manual-rollback`],
  "node-not-fenced": [({ node, problem }) => html`<b>${node}</b> has lost contact, and cannot be evicted before the fences of both paths refuse its late
    writes. The fence failed: ${problem}`, `${OPERATING}#dead-node`],
  "key-texts-differ": [({ texts }) => html`Nodes write keys differently: ${
    listed(texts, one => html`${names(one.nodes)} as ${one.keyText}`)}. Build all with the same keyText, or stop the wrong ones.`,
    `${OPERATING}#stuck-crossing`],
  "journals-differ": [({ nodes }) => html`Nodes record keys in different journals: ${
    listed(nodes, one => html`<b>${one.node}</b> in ${one.journal}`)}. Build each with the same journal.`, `${OPERATING}#stuck-crossing`],
  "sweep-missing": [({ scope }) => (scope === "RECORDED" ? "The sweep of the recorded keys, begun in SYNC, has not finished."
    : "No sweep of all keys has finished since they are written to both paths. Run a backfill."),
    ({ scope }) => (scope === "RECORDED" ? `${OPERATING}#stuck-crossing` : `${TABLE}#6-move-to-dual_write-and-sweep-all-keys`)],
  "sweep-running": [({ reconciled, keys: all }) => (all === 0 ? "A sweep of the recorded keys begins."
    : `A sweep has reconciled ${count(reconciled)} of ${count(all)} recorded keys.`), `${OPERATING}#stuck-crossing`],
  "key-quarantined": [({ key, problem }) => html`Key <b>${key}</b> is quarantined: ${problem}`, `${OPERATING}#quarantined-key`],
  "keys-to-repair": [({ keys: waiting, orMore, most }) => `${orMore ? "At least " : ""}${keys(waiting)} to repair; a crossing begins when at most ${
    count(most)} wait.`, `${OPERATING}#journal-or-path-down`],
  "repair-too-slow": [({ keys: waiting, before, most }) => `${keys(waiting)} to repair, ${
    before < 0 ? "and whether they become fewer is not known yet" : `${count(before)} before`}; they have to become fewer, or at most ${count(most)}.`,
    `${OPERATING}#journal-or-path-down`],
  "paths-unhealthy": [({ nodes }) => html`Calls of a path fail, hang or are slow: ${
    listed(nodes, one => html`on <b>${one.node}</b> ${one.problem}`)}.`, `${OPERATING}#journal-or-path-down`],
  "crossing-timed-out": [({ timeoutSeconds, pauseSeconds }) => `Keys were in SYNC for longer than ${time(timeoutSeconds)} and went back to SHADOW. They
    enter it again after ${time(pauseSeconds)}.`, `${OPERATING}#stuck-crossing`],
  "not-verified": [() => "No verification is known that found all keys equal.", `${TABLE}#7-verify-and-repair`],
  "verified-before-stage": [({ verified, stage, since }) => `Keys were last verified at version ${verified}, before they entered ${stage} at version ${since}.`,
    `${TABLE}#7-verify-and-repair`],
  "verification-too-old": [({ ageSeconds, mostSeconds }) => `Keys were last verified ${time(ageSeconds)} ago, longer than ${time(mostSeconds)}.`,
    `${TABLE}#7-verify-and-repair`],
  "paused": [() => "An operator has paused it.", `${OPERATING}#stuck-crossing`],
  "custom": [({ reason }) => reason, `${OPERATING}#stuck-crossing`],
  "check-failed": [({ problem }) => `A check of the application failed: ${problem}`, `${OPERATING}#stuck-crossing`],
  "step-failed": [({ problem }) => `The last step of the controller failed, and it tries again: ${problem}`, `${OPERATING}#stuck-crossing`],
  "sync-skipped": [({ from, to }) => `From ${from} to ${to} keys have to pass SYNC, or nodes would be on both sides at once.`, `${OPERATING}#refused-changes`],
  "still-moving": [({ goal }) => `It is still moving to ${goal.text}.`, `${OPERATING}#refused-changes`],
  "last-stage": [() => "That is the last stage.", `${OPERATING}#refused-changes`],
  "changed-meanwhile": [() => "It was changed meanwhile. Look again.", `${OPERATING}#refused-changes`],
  "controller-needed": [() => "Only a controller can bring keys out of SYNC on the other side: it knows when they are ready.", `${OPERATING}#refused-changes`],
  "illegal-edit": [edit => EDITS[edit.rule](edit), `${OPERATING}#refused-changes`],
  "not-removable": [({ position }) => `It is at ${position}, and cannot be removed. Bring all keys to OFF or COMPLETE first.`, `${OPERATING}#refused-changes`],
};

/** For a kind that this console does not know, the server's message. */
const UNKNOWN = [({ message }) => `${message}.`, `${OPERATING}#stuck-crossing`];

export function Blockers({ blockers }) {
  return blockers.length > 0 && html`<ul class="blockers">${blockers.map(blocker => {
    const [words, help] = KINDS[blocker.code] ?? UNKNOWN;
    return html`<li class="small" data-code=${blocker.code} title=${blocker.message}>${words(blocker)} <span class="help">Help: ${
      typeof help === "string" ? help : help(blocker)}</span></li>`;
  })}</ul>`;
}
