// The admin's servers: added, connected, edited, hidden, deleted.
import { html, useCallback, useEffect, useMemo, useState } from "../base/html.js";
import { href } from "../base/address.js";
import { send } from "../base/api.js";
import { useView } from "../base/view.js";
import { Windowed } from "../base/windowed.js";
import { Dot } from "../figures/marks.js";
import { select } from "../figures/servers.js";
import { Confirm } from "../frame/confirm.js";
import { Icon } from "../frame/icons.js";
import { Empty } from "../frame/notices.js";
import { ago, label } from "../text/format.js";
import { t } from "../text/strings.js";
import { Connect } from "./connect.js";
import { FirstServer, FirstSteps } from "./first_steps.js";
import { Muted } from "./mute.js";
import { EditServer, NewSecret } from "./server.js";

const HEIGHTS = { wide: 64, narrow: 108 }; // of a line in admin.css, in hundredths of a rem
const MANY = 5; // servers from which on there is something to search

/** id: of a server to edit at once, or "new", from the address. */
export function Servers({ live, id }) {
  const [open, setOpen] = useState(null); // {kind, server, secret}
  const [search, setSearch] = useState("");
  const servers = live.data.servers;
  const { narrow, unit } = useView();
  const heightOf = useCallback(() => unit * (narrow ? HEIGHTS.narrow : HEIGHTS.wide), [narrow, unit]);
  const found = useMemo(() => select(servers, { words: search }), [servers, search]);
  const asked = servers.find((one) => one.id === Number(id));
  useEffect(() => {
    if (asked) setOpen({ kind: "edit", server: asked });
    else if (id === "new") setOpen({ kind: "new" });
  }, [asked?.id ?? id]);
  const close = () => {
    setOpen(null);
    if (id) location.hash = "#servers";
  };
  const done = () => {
    close();
    live.refresh();
  };
  const onMade = (made, name) => {
    live.refresh();
    setOpen({ kind: "connect", server: { id: made.id, label: label(name) }, secret: made.secret });
  };
  return html`
    <div class="pagehead">
      <h1>${t("servers")}</h1>
      ${servers.length > MANY &&
      html`<label class="filter-field">
        <span class="unseen">${t("search")}</span><${Icon} name="search" />
        <input type="search" value=${search} placeholder=${t("searchHint")} onInput=${(event) => setSearch(event.target.value)} />
      </label>`}
      ${servers.length > 0 &&
      html`<button class="button primary" type="button" onClick=${() => setOpen({ kind: "new" })}>
        <${Icon} name="plus" />${t("addServer")}
      </button>`}
    </div>
    ${servers.length === 0 && html`<${FirstServer} onMade=${onMade} />`}
    <${FirstSteps} live=${live} />
    ${servers.length > 0 && found.length === 0 && html`<${Empty} title=${t("nothingFound")} />`}
    ${found.length > 0 &&
    html`<${Windowed}
      class="card lines"
      role="list"
      lines=${found}
      heightOf=${heightOf}
      view=${(server) => html`<${Line} key=${server.id} server=${server} onOpen=${setOpen} />`}
    />`}
    ${open && html`<${Opened} open=${open} setOpen=${setOpen} servers=${servers} close=${close} done=${done} onMade=${onMade} live=${live} />`}
  `;
}

function Line({ server, onOpen }) {
  const opens = (kind) => () => onOpen({ kind, server });
  const when = server.online ? t("stateOnline") : server.seen ? ago(server.silence) : t("waiting");
  return html`<div class="line" role="listitem">
    <${Dot} state=${server.state} />
    <div class="what">
      <a href=${href(`server/${server.id}`)} title=${server.label}><bdi>${server.label}</bdi></a>
      <span class="sub">
        <span>#${server.id}</span>
        ${server.hide_for_guest && html`<em class="badge">${t("hidden")}</em>`}
        <${Muted} until=${server.muted_until} />
        <bdi>${[server.tagLabel, label(server.note, "")].filter(Boolean).join(" · ").slice(0, 200)}</bdi>
      </span>
    </div>
    <span class=${`when ${server.state === "offline" ? "bad" : ""}`}>${when}</span>
    <div class="does">
      <button class="button quiet" type="button" onClick=${opens("edit")} aria-label=${t("editOf", { name: server.label })}>${t("edit")}</button>
      <button class="button quiet" type="button" onClick=${opens("secret")} aria-label=${t("newSecretOf", { name: server.label })}>${t("newSecret")}</button>
      <button class="button quiet danger" type="button" onClick=${opens("delete")} aria-label=${t("deleteOf", { name: server.label })}>${t("delete")}</button>
    </div>
  </div>`;
}

function Opened({ open, setOpen, servers, close, done, onMade, live }) {
  const { kind, server } = open;
  if (kind === "connect") return html`<${Connect} ...${open} servers=${servers} live=${live} onClose=${done} />`;
  if (kind === "secret") {
    return html`<${NewSecret} server=${server} onClose=${close} onMade=${(secret) => setOpen({ kind: "connect", server, secret })} />`;
  }
  if (kind === "delete") {
    const onDelete = async () => {
      await send("DELETE", `api/server/${server.id}`);
      done();
    };
    return html`<${Confirm}
      title=${t("deleteServer")}
      lead=${t("deleteServerLead")}
      name=${server.label}
      onDelete=${onDelete}
      onClose=${close}
    />`;
  }
  const onSaved = kind === "edit" ? done : onMade;
  return html`<${EditServer} server=${server} servers=${servers} onSaved=${onSaved} onClose=${close} />`;
}
