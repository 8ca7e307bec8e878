// The page of one migration, and the list of all.

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "/vendor/hooks.js";
import { call, get, listen } from "./api.js";
import { Blockers } from "./blockers.js";
import { Chart } from "./charts.js";
import { Recent } from "./history.js";
import {
  Confirm, ErrorNotice, EVERYONE, LastChange, ReasonField, ShareField, StaleNotice, duration, html, percent, rate, useMessage, useSeconds,
} from "./parts.js";
import { EXPLAINED, STAGES, Track } from "./track.js";

const REMEMBERED = 180;

export function Migrations({ stateId }) {
  const [list, setList] = useState(null);
  const [error, setError] = useState(null);
  useEffect(() => {
    get("migrations").then(view => { setList(view.migrations); setError(null); }, setError);
  }, [stateId]);
  if (!list) {
    return html`<${ErrorNotice} error=${error} />`;
  }
  return html`<main class="page">
    <h1>Migrations</h1>
    ${list.length === 0 && html`<p class="muted">There is none yet. A service that builds a Migration and registers it with this server
      shows up here, and so does every migration in the flag store.</p>`}
    ${list.map(migration => html`<a class="panel card" href="#/migrations/${migration.name}" key=${migration.name}>
      <div class="card-head"><h2>${migration.name}</h2><${State} migration=${migration} /></div>
      <${Track} position=${migration.position} goal=${migration.goal} />
      <p class="small"><${LastChange} change=${migration.lastChange} /></p>
    </a>`)}
  </main>`;
}

/** In a word: is it where it is wanted? */
function State({ migration }) {
  if (migration.atGoal) {
    return html`<span class="tag good">at its goal: ${migration.goal.text}</span>`;
  }
  if (migration.paused) {
    return html`<span class="tag warn">paused on the way to ${migration.goal.text}</span>`;
  }
  if (migration.blockers.length > 0) {
    return html`<span class="tag warn">blocked on the way to ${migration.goal.text}</span>`;
  }
  return html`<span class="tag busy">moving to ${migration.goal.text}</span>`;
}

export function MigrationPage({ name, stateId }) {
  const [migration, setMigration] = useState(null);
  const [error, setError] = useState(null);
  const [samples, setSamples] = useState([]);
  const [newest, setNewest] = useState(null);
  const [stage, setStage] = useState(null);
  useSeconds();

  const load = useCallback(() => get(`migrations/${name}`).then(view => { setMigration(view); setError(null); }, setError), [name]);
  useEffect(() => { load(); }, [name, stateId]);
  useEffect(() => listen(`migrations/${name}/samples`, (event, data) => {
    if (event === "recent") {
      setSamples(data);
    } else {
      setNewest(data);
      setSamples(before => [...before.slice(1 - REMEMBERED), data]);
    }
  }), [name]);
  // What blocks the way changes without a new revision.
  useEffect(() => { load(); }, [newest && Math.floor(newest.at / 2000)]);

  if (!migration) {
    return html`<main class="page"><${ErrorNotice} error=${error} /></main>`;
  }
  const position = newest && newest.revision >= migration.revision ? newest.position : migration.position;
  return html`<main class="page migration">
    <header class="title">
      <h1>${migration.name}</h1><${State} migration=${migration} />
      <span class="grow"></span>
      <span class="small"><${LastChange} change=${migration.lastChange} /></span>
    </header>
    ${error && html`<${ErrorNotice} error=${error} />`}
    <section class="panel"><${Track} position=${position} goal=${migration.goal} chosen=${stage} onChoose=${setStage} /></section>
    <div class="columns">
      <div class="left">
        <div class="charts">
          <${Chart} title="Calls per second" samples=${samples} series=${RATES} format=${rate} />
          <${Chart} title="Read latency" samples=${samples} series=${LATENCIES} format=${duration} log />
          <${Chart} title="Failed calls per second" samples=${samples} series=${FAILURES} format=${rate} />
        </div>
        <${Counters} samples=${samples} />
        <${Nodes} members=${newest ? newest.members : migration.members} version=${newest ? newest.version : migration.version}
          nodes=${newest ? newest.nodes : []} />
      </div>
      <div class="right">
        <${RollBack} migration=${migration} onSaved=${setMigration} />
        <${Gates} migration=${migration} />
        <${MoveForm} key=${name} migration=${migration} stage=${stage} onStage=${setStage} onSaved=${setMigration} />
      </div>
    </div>
    <${Recent} kind="MIGRATION" name=${name} stateId=${stateId} />
  </main>`;
}

const reads = path => sample => sample[path].reads.perSecond;
const writes = path => sample => sample[path].writes.perSecond;
const latency = (path, quantile) => sample => sample[path].reads[quantile] || null;

const RATES = [
  { label: "old reads", color: "--old", of: reads("oldPath") },
  { label: "new reads", color: "--new", of: reads("newPath") },
  { label: "old writes", color: "--old", light: true, of: writes("oldPath") },
  { label: "new writes", color: "--new", light: true, of: writes("newPath") },
];

const failed = (path, calls) => sample => sample[path][calls].failedPerSecond;

const FAILURES = [
  { label: "old reads", color: "--old", of: failed("oldPath", "reads") },
  { label: "new reads", color: "--new", of: failed("newPath", "reads") },
  { label: "old writes", color: "--old", light: true, of: failed("oldPath", "writes") },
  { label: "new writes", color: "--new", light: true, of: failed("newPath", "writes") },
];

const LATENCIES = [
  { label: "old p99", color: "--old", of: latency("oldPath", "p99Nanos") },
  { label: "new p99", color: "--new", of: latency("newPath", "p99Nanos") },
  { label: "old p50", color: "--old", light: true, of: latency("oldPath", "p50Nanos") },
  { label: "new p50", color: "--new", light: true, of: latency("newPath", "p50Nanos") },
];

function Counters({ samples }) {
  const sum = name => samples.reduce((total, sample) => total + sample[name], 0);
  const last = samples[samples.length - 1];
  const compared = sum("compared");
  const notCompared = sum("notCompared");
  const share = compared + notCompared === 0 ? 0 : 100 * notCompared / (compared + notCompared);
  const different = sum("different");
  const tiles = [
    ["Keys to repair", last ? last.journalDepth : "–", "in the journal now", last && last.journalDepth > 0 ? "warn" : ""],
    ["Differences", different, `of ${compared.toLocaleString("en")} compared`, different > 0 ? "bad" : ""],
    ["Repaired", sum("repaired"), "keys", ""],
    ["Mirror failures", sum("mirrorFailed"), "writes", sum("mirrorFailed") > 0 ? "warn" : ""],
    ["Left to repair", sum("mirrorShed"), "writes, too many waited for the mirror", sum("mirrorShed") > 0 ? "warn" : ""],
    ["Not compared", notCompared, `${share.toLocaleString("en", { maximumFractionDigits: 1 })} % of what was due`, ""],
  ];
  return html`<section class="tiles" title="In the last 3 minutes, on the nodes of this process">
    ${tiles.map(([label, value, unit, mood]) => html`<div class="panel tile ${mood}">
      <span class="label">${label}</span><b>${typeof value === "number" ? value.toLocaleString("en") : value}</b>
      <span class="unit">${unit}</span></div>`)}
  </section>`;
}

const COSTS = {
  NOTHING: "all keys are there",
  ONE_VERSION: "at once",
  ACKNOWLEDGEMENTS: "every node has to acknowledge SYNC",
  SWEEP_OF_RECORDED_KEYS: "every node has to acknowledge SYNC; then a sweep of the recorded keys",
  SWEEP_OF_ALL_KEYS: "a sweep of all keys first",
};

/** What stands between all keys and each stage, and the brake. */
function Gates({ migration }) {
  const [error, setError] = useState(null);
  const brake = () => call("POST", `migrations/${migration.name}/${migration.paused ? "resume" : "pause"}`,
    { reason: `${migration.paused ? "resumed" : "paused"} from the console` }).then(() => setError(null), setError);
  return html`<section class="panel gates">
    <h3>Ways from here, for all keys</h3>
    ${migration.gates.length > 0 && html`<table><tbody>
      ${migration.gates.map(gate => html`<tr key=${gate.to}>
        <td><span class="tag ${gate.cost === "NOTHING" ? "" : gate.open ? "good" : "warn"}">${gate.to}</span></td>
        <td class="small">${COSTS[gate.cost]}${gate.keys > 0 ? `, ${gate.keys.toLocaleString("en")} now` : ""}<${
          Blockers} blockers=${gate.blockers} /></td></tr>`)}
    </tbody></table>`}
    <button type="button" class="outline" disabled=${!migration.operable} onClick=${brake}
      title="Keys stay where they are until an operator resumes it, moves it, or rolls it back">${migration.paused ? "Resume" : "Pause"}</button>
    <${ErrorNotice} error=${error} />
  </section>`;
}

function Nodes({ members, version, nodes }) {
  return html`<section class="panel nodes wide">
    <table>
      <thead><tr><th>Node</th><th class="num">uses version</th><th class="num">acknowledged</th><th class="num">flag revision</th>
        <th class="num">reads/s</th><th class="num">writes/s</th></tr></thead>
      <tbody>
        ${members.map(member => {
          const sample = nodes.find(node => node.node === member.node);
          return html`<tr key=${member.id}>
            <td title="Process ${member.process}">${member.node}${
              member.differs && html`<p class="small"><span class="tag warn">${member.differs}</span></p>`}</td>
            <td class="num">${member.using}</td>
            <td class="num"><span class="tag ${member.acknowledged >= version ? "good" : "warn"}">${member.acknowledged}${
              member.acknowledged >= version ? "" : ` of ${version}`}</span></td>
            <td class="num">${member.revision}</td>
            <td class="num">${sample ? rate(sample.gets.perSecond) : "–"}</td>
            <td class="num">${sample ? rate(sample.puts.perSecond) : "–"}</td></tr>`;
        })}
        ${members.length === 0 && html`<tr><td colspan="6" class="muted">No node routes this migration now.</td></tr>`}
      </tbody>
    </table>
  </section>`;
}

function sameGoal(one, other) {
  const key = goal => JSON.stringify([goal.stage, goal.sharePpm ?? goal.share, goal.cohorts]);
  return key(one) === key(other);
}

function explained(migration, stage, ppm) {
  const rest = STAGES[STAGES.indexOf(stage) - (stage === "LIVE" ? 2 : 1)];
  if (ppm === EVERYONE) {
    return `All keys go to ${stage}. ${EXPLAINED[stage]}`;
  }
  if (stage === "OFF") {
    return "All keys go to OFF.";
  }
  return `${percent(ppm)} of the keys go to ${stage}; the others are at ${rest} or before. ${EXPLAINED[stage]}`;
}

const WORSE = {
  OFF: "In OFF the new path is no longer written: what was copied to it gets old, and has to be copied again before it can answer.",
  RAMP_DOWN: "From RAMP_DOWN on the old path may lag: the rollback sweeps the recorded keys first, and needs the new path.",
  COMPLETE: "In COMPLETE the old path is no longer written: the rollback needs a sweep of all keys.",
};

/** Why a move is easier done than undone; empty if it is not. `position` is where keys are now. */
function worsens(position, stage) {
  const reached = STAGES.filter(one => position.shares[one] > 0).concat(Object.values(position.cohorts));
  const isNews = stage === "OFF" ? reached.some(one => one !== "OFF") : reached.some(one => STAGES.indexOf(one) < STAGES.indexOf(stage));
  return isNews ? WORSE[stage] || "" : "";
}

const goalText = (stage, ppm, cohorts) => `${percent(ppm)} at ${stage}${
  Object.entries(cohorts).map(([cohort, own]) => `, ${cohort} at ${own}`).join("")}`;

/** SYNC is passed, and is never a goal for its own sake. */
function legalText(migration) {
  const legal = migration.legalMoves.filter(stage => stage !== "SYNC");
  return legal.length > 0 ? `Legal at once, for all keys: ${legal.join(", ")}.`
    : "No stage is legal at once for all keys; a goal is walked to by way of SYNC.";
}

function MoveForm({ migration, stage: chosen, onStage, onSaved }) {
  const [ppm, setPpm] = useState(migration.goal.sharePpm);
  const [reason, setReason] = useState("");
  const [base, setBase] = useState(migration); // what the form was filled from
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useMessage();
  const [asked, setAsked] = useState(null); // what is to be done if it is confirmed
  const stage = chosen || base.goal.stage;
  const untouched = !chosen && ppm === base.goal.sharePpm && reason === "";

  // An untouched form follows other users' changes; a touched one is its user's. At once, so input typed meanwhile is not lost.
  useLayoutEffect(() => {
    if (untouched) {
      setBase(migration);
      setPpm(migration.goal.sharePpm);
    }
  }, [migration.id]);

  async function send(now, id, attempt = 1) {
    setBusy(true);
    setError(null);
    setDone("");
    const body = { stage, sharePpm: ppm, cohorts: base.goal.cohorts, reason };
    try {
      const saved = now
        ? await call("POST", `migrations/${migration.name}/move`, body, id)
        : await call("PUT", `migrations/${migration.name}/goal`, body, id);
      setBase(saved);
      setReason("");
      onStage(null);
      setDone(now ? "Moved." : "The goal is set; keys move as soon as it is safe.");
      onSaved(saved);
    } catch (problem) {
      const current = problem.status === 412 && problem.problem.current;
      if (current && sameGoal(current.value.goal, base.goal) && attempt < 20) {
        // Only the controller was faster, on the way to the same goal: no person's change is overwritten.
        return send(now, current.id, attempt + 1);
      }
      setError(problem);
    }
    setBusy(false);
  }

  const stale = error && error.status === 412;
  const disabled = !migration.editable || busy;
  const worse = worsens(migration.position, stage);
  /** Does it at once, or asks first. */
  const wish = (yes, now, id) => (worse ? setAsked({ yes, stage, ppm, go: () => send(now, id) }) : send(now, id));
  const isAsked = asked && asked.stage === stage && asked.ppm === ppm; // else it was another question
  const submit = event => {
    event.preventDefault();
    wish("Yes, set the goal", false, base.id);
  };
  const theirs = error && error.status === 412 && error.problem.current ? error.problem.current.value.goal : null;
  const differences = theirs ? [["Goal", goalText(theirs.stage, theirs.share ?? theirs.sharePpm ?? EVERYONE, theirs.cohorts || {}),
    goalText(stage, ppm, base.goal.cohorts)]] : [];
  return html`<form class="panel move" onSubmit=${submit}>
    <h3>Move keys</h3>
    <label class="to-stage"><span>To stage</span>
      <select value=${stage} disabled=${disabled} onChange=${event => onStage(event.target.value)}>
        ${STAGES.filter(one => one !== "SYNC").map(one => html`<option value=${one}>${one}</option>`)}
      </select></label>
    <${ShareField} ppm=${ppm} onChange=${setPpm} disabled=${disabled} />
    <p class="small explained">${explained(migration, stage, ppm)}</p>
    <${ReasonField} value=${reason} onChange=${setReason} disabled=${disabled} />
    ${migration.blockers.length > 0 && html`<div class="notice warn small"><b>Blocked:</b>
      <${Blockers} blockers=${migration.blockers} /></div>`}
    ${stale
      ? html`<${StaleNotice} current=${error.problem.current} differences=${differences}
          onLoad=${() => { onStage(null); setError(null); setBase(migration); setPpm(migration.goal.sharePpm); }}
          onOverwrite=${() => wish("Yes, save mine over it", false, error.problem.current.id)} />`
      : html`<${ErrorNotice} error=${error} />`}
    ${done && html`<p class="small done" role="status">${done}</p>`}
    ${isAsked && html`<${Confirm} text=${worse} yes=${asked.yes} onYes=${() => { setAsked(null); asked.go(); }} onNo=${() => setAsked(null)} />`}
    <div class="buttons">
      <button type="submit" disabled=${disabled || !reason.trim()}>Set goal</button>
      ${migration.controlled && html`<button type="button" class="outline" disabled=${disabled || !reason.trim()}
        title="In one step, or not at all" onClick=${() => wish("Yes, move them now", true, base.id)}>Move at once</button>`}
    </div>
    <p class="small muted">${!migration.editable ? migration.whyNotEditable
      : migration.controlled ? legalText(migration)
      : "No controller runs in this process; that of another node walks to the goal."}</p>
  </form>`;
}

function RollBack({ migration, onSaved }) {
  const [armed, setArmed] = useState(false);
  const [error, setError] = useState(null);
  const [told, setTold] = useState(""); // what the operator has to do
  const [done, setDone] = useMessage();
  const timer = useRef(0);
  const target = migration.rollBackTarget;
  const there = migration.atGoal && migration.goal.text === target.text;
  const blockers = migration.gates.find(gate => gate.to === target.stage)?.blockers ?? [];

  const disarm = () => { clearTimeout(timer.current); setArmed(false); };
  async function click() {
    setDone("");
    if (!armed) {
      setArmed(true);
      timer.current = setTimeout(disarm, 8000);
      return;
    }
    disarm();
    // Where a controller runs it can do something even if the flag store is down.
    const order = migration.controlled ? "rollback-now" : "rollback";
    try {
      const answer = await call("POST", `migrations/${migration.name}/${order}`, { reason: "rolled back from the console" });
      setError(null);
      const alone = migration.controlled && !answer.everywhere;
      setTold(alone ? answer.told : "");
      if (!alone) {
        setDone(migration.controlled ? answer.told : `Moving to ${target.text}.`);
      }
      if (!migration.controlled) {
        onSaved(answer);
      }
    } catch (problem) {
      setError(problem);
    }
  }
  return html`<section class="panel rollback">
    <button type="button" class="danger ${armed ? "armed" : ""}" disabled=${!migration.operable || there || done !== ""} onClick=${click}
      onKeyDown=${event => event.key === "Escape" && disarm()}>
      ${armed ? `Yes, bring all keys to ${target.text}` : "Roll back"}</button>
    <p class="small">${there ? `All keys are at ${target.text} already.`
      : armed ? "Click again to do it; Escape to leave it."
      : html`Brings all keys to <b>${target.text}</b>, where the old path answers.`}</p>
    ${!there && blockers.length > 0 && html`<p class="small">It will be blocked:</p><${Blockers} blockers=${blockers} />`}
    ${done && html`<p class="small done" role="status">${done}</p>`}
    ${told && html`<div class="notice warn small" role="alert">${told}</div>`}
    ${!migration.operable && html`<p class="small muted">${migration.whyNotOperable}</p>`}
    <${ErrorNotice} error=${error} />
  </section>`;
}
