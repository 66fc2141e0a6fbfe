// The admin's servers: added, connected, edited, hidden, deleted.
import { html, useCallback, useEffect, useMemo, useRef, useState } from "../base/html.js";
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
import { Bulk } from "./bulk.js";
import { useChosen } from "./chosen.js";
import { Connect } from "./connect.js";
import { FirstServer, FirstSteps } from "./first_steps.js";
import { useDrag } from "./drag.js";
import { forgetDraft, useKeptState } from "./drafts.js";
import { Muted } from "./mute.js";
import { indexesFor, moved, saveIndexes, withIndexes } from "./order.js";
import { EditServer, NewSecret, serverKey } from "./server.js";

const HEIGHTS = { wide: 64, narrow: 108 }; // a line's height in admin.css, in hundredths of a rem
const ANSWERS = 2;
const MANY = 5; // from this many servers on, there is a search

/** path: from the address, the ID of a server to edit, or "new", optionally followed by the new server's name. */
export function Servers({ live, path: [id, named] }) {
  const [open, setOpen] = useKeptState("servers", null); // {kind, server, secret}
  const [search, setSearch] = useKeptState("search of servers", "");
  const servers = live.data.servers;
  const { narrow, unit } = useView();
  const heightOf = useCallback(() => unit * (narrow ? HEIGHTS.narrow : HEIGHTS.wide), [narrow, unit]);
  const { shown, drag, unsaved } = useOrder({ servers, search, height: heightOf(), live });
  const chosen = useChosen(servers);
  const asked = servers.find((one) => one.id === Number(id));
  useEffect(() => {
    if (open?.kind === "connect") return; // its secret would be lost
    if (asked) setOpen({ kind: "edit", server: asked });
    else if (id === "new") setOpen({ kind: "new", named: named && decoded(named) });
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
    ${servers.length > 0 && html`<${Bulk} chosen=${chosen} shown=${shown} servers=${servers} onDone=${live.refresh} />`}
    <${Unsaved} ...${unsaved} />
    ${servers.length > 0 && shown.length === 0 && html`<${Empty} title=${t("nothingFound")} />`}
    ${shown.length > 0 &&
    html`<div ref=${drag.box}>
      <${Windowed}
        class=${`card lines ${drag.held === null ? "" : "dragging"}`}
        role="list"
        lines=${shown}
        heightOf=${heightOf}
        view=${(server, place) => html`<${Line} key=${server.id} ...${{ server, place, shown, chosen, drag }} onOpen=${setOpen} />`}
      />
    </div>`}
    ${open && html`<${Opened} open=${open} setOpen=${setOpen} servers=${servers} close=${close} done=${done} onMade=${onMade} live=${live} />`}
  `;
}

/**
 * The servers that the search finds, in the order that people give them here. unsaved: the changes that could not be
 * saved, with a way to try again. While a line is being dragged, the list does not change.
 */
function useOrder({ servers, search, height, live }) {
  const [indexes, setIndexes] = useState(() => new Map()); // those that are being saved, or could not be saved
  const [failed, setFailed] = useState([]);
  const saved = useRef(0); // how many answers to wait for
  const box = useRef(null);
  const now = useMemo(() => select(withIndexes(servers, indexes), { words: search }), [servers, indexes, search]);
  const still = useRef(now);

  async function save(wanted) {
    setIndexes(wanted);
    setFailed([]);
    saved.current = 0;
    const wrong = await saveIndexes(wanted);
    setFailed(wrong);
    if (!wrong.length) saved.current = ANSWERS;
    live.refresh();
  }
  // An answer that was requested before the order was saved may still contain the old one.
  useEffect(() => {
    if (!saved.current) return;
    saved.current -= 1;
    if (!saved.current || servers.every((one) => (indexes.get(one.id) ?? one.display_index) === one.display_index)) {
      saved.current = 0;
      setIndexes(new Map());
    }
  }, [servers]);
  function onDrop(from, to) {
    const all = withIndexes(servers, indexes);
    const order = moved(still.current, from, to);
    const placed = order[to];
    const others = all.filter((one) => one.id !== placed.id);
    const next = order[to + 1];
    const place = next ? others.findIndex((one) => one.id === next.id) : others.findIndex((one) => one.id === order[to - 1].id) + 1;
    const wanted = [...others.slice(0, place), placed, ...others.slice(place)];
    save(new Map([...indexes, ...indexesFor(wanted, place)]));
  }
  const drag = useDrag({ box, count: now.length, height, onDrop });
  if (drag.held === null) still.current = now;
  return {
    shown: still.current,
    drag: { ...drag, box },
    unsaved: { failed, again: () => save(indexes), undo: () => (setIndexes(new Map()), setFailed([])) },
  };
}

function Unsaved({ failed, again, undo }) {
  return html`<div role="alert">
    ${failed.length > 0 &&
    html`<div class="notice">
      <span>${t("orderNotSaved", { why: failed[0].words })}</span>
      <button class="button" type="button" onClick=${again}>${t("tryAgain")}</button>
      <button class="button" type="button" onClick=${undo}>${t("undo")}</button>
    </div>`}
  </div>`;
}

function Line({ server, place, shown, chosen, drag, onOpen }) {
  const opens = (kind) => () => onOpen({ kind, server });
  const when = server.online ? t("stateOnline") : server.seen ? ago(server.silence) : t("waiting");
  const { held, to } = drag;
  const lifted = held === place;
  const offset = drag.shift(place);
  return html`<div
    class=${`line server ${lifted ? "lifted" : ""} ${chosen.has(server.id) ? "chosen" : ""}`}
    role="listitem"
    style=${{ transform: offset ? `translateY(${offset}px)` : "" }}
  >
    <span class="hold">
      <button
        class="grip"
        type="button"
        aria-label=${t("moveOf", { name: server.label })}
        aria-pressed=${lifted}
        title=${t("moveHint")}
        ...${drag.handle(place)}
      >
        <${Icon} name="grip" />
      </button>
      <label class="box">
        <input
          type="checkbox"
          aria-label=${t("chooseOf", { name: server.label })}
          checked=${chosen.has(server.id)}
          onClick=${(event) => chosen.toggle(place, shown, event)}
        />
      </label>
    </span>
    ${lifted && html`<span class="unseen" role="status">${t("movedTo", { name: server.label, place: to + 1, count: shown.length })}</span>`}
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

/** A part of the address; "" if it is not encoded correctly. */
function decoded(text) {
  try {
    return decodeURIComponent(text).slice(0, 128);
  } catch {
    return "";
  }
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
      forgetDraft(serverKey(server));
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
  return html`<${EditServer} server=${server} named=${open.named} servers=${servers} onSaved=${onSaved} onClose=${close} />`;
}
