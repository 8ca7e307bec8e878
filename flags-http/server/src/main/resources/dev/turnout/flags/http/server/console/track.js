// The railway: where a migration's keys are. The old line runs above, the new one below, and SYNC is the turnout between them.

import { html, percent } from "./parts.js";

export const STAGES = ["OFF", "DUAL_WRITE", "SHADOW", "SYNC", "LIVE", "RAMP_DOWN", "COMPLETE"];

const OLD_Y = 66;
const NEW_Y = 116;
const STATIONS = {
  OFF: { x: 122, y: OLD_Y, side: "old", does: "reads old · writes old" },
  DUAL_WRITE: { x: 288, y: OLD_Y, side: "old", does: "reads old · writes both" },
  SHADOW: { x: 454, y: OLD_Y, side: "old", does: "reads old, compares" },
  SYNC: { x: 600, y: (OLD_Y + NEW_Y) / 2, side: "sync", does: "" },
  LIVE: { x: 746, y: NEW_Y, side: "new", does: "reads new, compares" },
  RAMP_DOWN: { x: 912, y: NEW_Y, side: "new", does: "reads new · writes both" },
  COMPLETE: { x: 1078, y: NEW_Y, side: "new", does: "reads new · writes new" },
};

export const EXPLAINED = {
  OFF: "The old path answers and takes all writes; the new one is not touched.",
  DUAL_WRITE: "The old path answers; writes go to both, so the new path fills up.",
  SHADOW: "The old path answers; writes go to both, and reads are compared with the new path.",
  LIVE: "The new path answers; the old one is kept complete, so the rollback needs nothing of the new.",
  RAMP_DOWN: "The new path answers; writes still go to both, but the old one may lag.",
  COMPLETE: "The new path answers and takes all writes; the old one is no longer written.",
};

function Rail({ d, kind }) {
  return html`<g class="rail ${kind}"><path class="ties" d=${d} /><path class="line" d=${d} /></g>`;
}

/** Keys at a station: the more there are, the longer the train. */
function Train({ station, ppm }) {
  const width = 58 + 38 * ppm / 1_000_000;
  return html`<g class="train ${station.side}">
    <rect x=${station.x - width / 2} y=${station.y - 13} width=${width} height="26" rx="8" />
    <text x=${station.x} y=${station.y + 5}>${percent(ppm)}</text>
  </g>`;
}

function Station({ name, ppm, goal, chosen, onChoose }) {
  const station = STATIONS[name];
  const above = station.side === "old";
  const sync = name === "SYNC";
  const labelY = sync ? station.y + 44 : above ? station.y - 36 : station.y + 36;
  const choose = sync || !onChoose ? undefined : () => onChoose(name);
  return html`<g class="station ${station.side} ${ppm > 0 ? "occupied" : ""} ${chosen ? "chosen" : ""}" onClick=${choose}>
    ${ppm > 0 ? html`<${Train} station=${station} ppm=${ppm} />`
      : html`<circle cx=${station.x} cy=${station.y} r=${sync ? 5 : 8} />`}
    <text class="name" x=${sync ? station.x + 48 : station.x} y=${sync ? station.y - 16 : labelY}>${name}</text>
    ${!sync && html`<text class="does" x=${station.x} y=${labelY + 15}>${station.does}</text>`}
    ${goal && html`<g class="goal">
      <rect x=${station.x - 44} y=${above ? station.y + 20 : station.y - 38} width="88" height="19" rx="9.5" />
      <text x=${station.x} y=${above ? station.y + 34 : station.y - 24}>goal ${goal}</text>
    </g>`}
  </g>`;
}

/** Where there is no room for a railway, its stations are a list. `position` and `goal` are as the server sends them; `chosen` is the stage that the form below has. */
export function Track({ position, goal, chosen, onChoose }) {
  const where = STAGES.filter(stage => position.shares[stage] > 0).map(stage => `${percent(position.shares[stage])} at ${stage}`);
  const cohorts = Object.entries(position.cohorts);
  return html`<figure class="track">
    <svg viewBox="8 14 1160 156" role="img" aria-label="Keys: ${where.join(", ")}. Goal: ${goal.text}.">
      <text class="line-name old" x="14" y=${OLD_Y + 4}>OLD PATH</text>
      <text class="line-name new" x="14" y=${NEW_Y + 4}>NEW PATH</text>
      <${Rail} kind="unused" d="M96 ${NEW_Y}H288" />
      <${Rail} kind="mirror" d="M288 ${NEW_Y}H700" />
      <${Rail} kind="mirror" d="M500 ${OLD_Y}H912" />
      <${Rail} kind="unused" d="M912 ${OLD_Y}H1140" />
      <${Rail} kind="old" d="M96 ${OLD_Y}H520" />
      <${Rail} kind="sync" d="M520 ${OLD_Y}C570 ${OLD_Y} 630 ${NEW_Y} 680 ${NEW_Y}" />
      <${Rail} kind="new" d="M680 ${NEW_Y}H1140" />
      ${STAGES.map(name => html`<${Station} key=${name} name=${name} ppm=${position.shares[name]}
        goal=${goal.stage === name ? percent(goal.sharePpm) : ""} chosen=${chosen === name} onChoose=${onChoose} />`)}
    </svg>
    <ol class="stops" aria-hidden="true">${STAGES.map(name => html`<li key=${name}
        class="${STATIONS[name].side} ${position.shares[name] > 0 ? "occupied" : ""}" onClick=${onChoose && name !== "SYNC" ? () => onChoose(name) : undefined}>
      <b>${name}</b><span>${STATIONS[name].does}</span>
      <span class="keys">${position.shares[name] > 0 ? percent(position.shares[name]) : ""}${goal.stage === name ? ` goal ${percent(goal.sharePpm)}` : ""}</span></li>`)}</ol>
    ${cohorts.length > 0 && html`<figcaption>Cohorts on their own:
      ${cohorts.map(([cohort, stage]) => html` <span class="tag ${STATIONS[stage].side}">${cohort} at ${stage}</span>`)}</figcaption>`}
  </figure>`;
}
