// The console: which page is shown, and whether the server is there.

import { render } from "/vendor/preact.js";
import { useEffect, useState } from "/vendor/hooks.js";
import { forgetToken, hasToken, listen, setToken, whenTokenNeeded } from "./api.js";
import { FlagPage, Flags } from "./flags.js";
import { History } from "./history.js";
import { MigrationPage, Migrations } from "./migration.js";
import { html } from "./parts.js";

function route() {
  const [section = "", name = ""] = location.hash.replace(/^#\/?/, "").split("/");
  return { section: section || "migrations", name };
}

function Page({ section, name, stateId }) {
  switch (section) {
    case "migrations":
      return name ? html`<${MigrationPage} key=${name} name=${name} stateId=${stateId} />` : html`<${Migrations} stateId=${stateId} />`;
    case "flags":
      return name ? html`<${FlagPage} key=${name} name=${name} stateId=${stateId} />` : html`<${Flags} stateId=${stateId} />`;
    case "history":
      return html`<${History} stateId=${stateId} />`;
    default:
      return html`<main class="page"><p>There is no such page. <a href="#/migrations">Migrations</a></p></main>`;
  }
}

function Login({ wrong, onDone }) {
  const [token, setTyped] = useState("");
  const submit = event => {
    event.preventDefault();
    setToken(token.trim());
    onDone();
  };
  return html`<main class="page narrow"><form class="panel" onSubmit=${submit}>
    <h1>Token</h1>
    <p>This server asks for a token. It is kept until this tab is closed.</p>
    ${wrong && html`<div class="notice bad" role="alert"><p>That token is not known here.</p></div>`}
    <label>Token <input type="password" autocomplete="off" required autofocus value=${token}
      onInput=${event => setTyped(event.target.value)} /></label>
    <button type="submit">Continue</button>
  </form></main>`;
}

function App() {
  const [where, setWhere] = useState(route());
  const [state, setState] = useState({ revision: -1, id: "" }); // of the flag store; a revision alone may come twice
  const [connected, setConnected] = useState(null);
  const [silent, setSilent] = useState(0); // for how many seconds the flag store has not answered
  const [login, setLogin] = useState(null); // null, or whether a token was refused
  const [session, setSession] = useState(0);

  useEffect(() => {
    const changed = () => setWhere(route());
    addEventListener("hashchange", changed);
    whenTokenNeeded(wrong => setLogin({ wrong }));
    return () => removeEventListener("hashchange", changed);
  }, []);
  useEffect(() => {
    if (login) {
      return undefined;
    }
    return listen("watch", (event, data) => {
      setSilent(data.silentSeconds);
      if (event === "change") {
        setState(data);
      }
    }, setConnected);
  }, [session, login === null]);
  useEffect(() => {
    document.title = where.name ? `${where.name} – Turnout` : "Turnout";
  }, [where]);

  const tab = (section, label) => html`<a href="#/${section}" aria-current=${where.section === section ? "page" : undefined}>${label}</a>`;
  return html`
    <nav class="top">
      <a class="brand" href="#/"><img src="/favicon.svg" alt="" width="24" height="24" /> Turnout</a>
      ${tab("migrations", "Migrations")}${tab("flags", "Flags")}${tab("history", "History")}
      <span class="grow"></span>
      ${state.revision >= 0 && html`<span class="small muted">revision ${state.revision}</span>`}
      <span class="connection ${connected && !silent ? "up" : "down"}" role="status">${
        connected === null ? "connecting" : !connected ? "server away; trying again"
          : silent ? `flag store silent for ${silent} s; nothing can be saved` : "live"}</span>
      ${hasToken() && html`<button type="button" class="chip" onClick=${() => { forgetToken(); setLogin({ wrong: false }); }}>Sign out</button>`}
    </nav>
    ${login ? html`<${Login} wrong=${login.wrong} onDone=${() => { setLogin(null); setSession(session + 1); }} />`
      : html`<${Page} key=${session} ...${where} stateId=${state.id} />`}`;
}

document.getElementById("app").replaceChildren();
render(html`<${App} />`, document.getElementById("app"));
