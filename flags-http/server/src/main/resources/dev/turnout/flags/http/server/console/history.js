// What was changed, by whom and why.

import { useEffect, useState } from "/vendor/hooks.js";
import { get } from "./api.js";
import { ErrorNotice, ago, html } from "./parts.js";

const PAGES = { FLAG: "flags", MIGRATION: "migrations" };

function useHistory(stateId, query) {
  const [changes, setChanges] = useState(null);
  const [error, setError] = useState(null);
  useEffect(() => {
    get(`history?${query}`).then(view => { setChanges(view.changes); setError(null); }, setError);
  }, [stateId, query]);
  return [changes, error];
}

function goalText(goal) {
  return goal ? `${goal.stage} at ${goal.share / 10_000} %` : "";
}

/** One line for what an edit did. */
function did(edit) {
  if (!edit.before) return "created";
  if (!edit.after) return "removed";
  if (edit.kind === "MIGRATION") {
    const [before, after] = [edit.before, edit.after];
    return before.version === after.version ? `goal ${goalText(before.goal)} → ${goalText(after.goal)}` : `moved to version ${after.version}`;
  }
  if (edit.kind === "FLAG" && edit.before.enabled !== edit.after.enabled) {
    return edit.after.enabled ? "turned on" : "turned off";
  }
  return "changed";
}

function Changes({ changes, kind }) {
  return html`<table class="history"><tbody>
    ${changes.map(change => html`<tr key=${change.revision}>
      <td class="num muted">r${change.revision}</td>
      <td class="when" title=${new Date(change.at).toLocaleString()}>${ago(change.at)}</td>
      <td><b>${change.by}</b></td>
      ${!kind && html`<td>${change.edits.map(edit => html`<div>${PAGES[edit.kind]
        ? html`<a href="#/${PAGES[edit.kind]}/${edit.name}">${edit.name}</a>` : edit.name}</div>`)}</td>`}
      <td>${change.step ? html`<span class="muted">controller: ${change.step}</span>`
        : change.edits.map(edit => html`<div>${did(edit)}</div>`)}</td>
      <td>“${change.reason}”</td></tr>`)}
    ${changes.length === 0 && html`<tr><td class="muted">${kind ? "No change of this" : "No change"} is remembered.</td></tr>`}
  </tbody></table>`;
}

function Panel({ changes, error, kind }) {
  return error ? html`<${ErrorNotice} error=${error} />` : changes && html`<div class="wide"><${Changes} changes=${changes} kind=${kind} /></div>`;
}

/** The last changes of one entry. */
export function Recent({ kind, name, stateId }) {
  const [changes, error] = useHistory(stateId, `limit=12&kind=${kind}&name=${name}`);
  return html`<section class="panel"><h3>Last changes</h3><${Panel} changes=${changes} error=${error} kind=${kind} /></section>`;
}

export function History({ stateId }) {
  const [changes, error] = useHistory(stateId, "limit=100");
  return html`<main class="page"><h1>History</h1><section class="panel"><${Panel} changes=${changes} error=${error} /></section></main>`;
}
