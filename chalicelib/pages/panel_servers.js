// The panel's servers: added, connected, edited, hidden, deleted.
import { html, useCallback, useMemo, useState } from "./html.js";
import { ROOT, send } from "./api.js";
import { Confirm } from "./confirm.js";
import { Dialog } from "./dialog.js";
import { Dot } from "./figures.js";
import { select, tagsOf } from "./servers_data.js";
import { Buttons, Check, Text, needed, useForm } from "./form.js";
import { ago, label } from "./text/format.js";
import { Connect } from "./panel_connect.js";
import { Empty, Icon } from "./site.js";
import { useView } from "./view.js";
import { Windowed } from "./windowed.js";
import { t } from "./text/strings.js";

const HEIGHTS = { wide: 57, narrow: 95 }; // of a line in the style sheet, in hundredths of a rem

export function Servers({ live }) {
  const [open, setOpen] = useState(null); // {kind, server, secret}
  const [search, setSearch] = useState("");
  const servers = live.data.servers;
  const { narrow, unit } = useView();
  const heightOf = useCallback(() => unit * (narrow ? HEIGHTS.narrow : HEIGHTS.wide), [narrow, unit]);
  const found = useMemo(() => select(servers, { search, tag: null, state: "all" }), [servers, search]);
  const close = () => setOpen(null);
  const done = () => {
    close();
    live.refresh();
  };
  return html`
    <div class="bar-of">
      <h1>${t("servers")}</h1>
      ${servers.length > 5 &&
      html`<label class="search">
        <span class="unseen">${t("search")}</span><${Icon} name="search" />
        <input type="search" value=${search} placeholder=${t("searchHint")} onInput=${(event) => setSearch(event.target.value)} />
      </label>`}
      <button type="button" class="primary" onClick=${() => setOpen({ kind: "new" })}>
        <${Icon} name="plus" />${t("addServer")}
      </button>
    </div>
    ${servers.length === 0 && html`<${Empty} title=${t("noServersPanel")} hint=${t("noServersPanelHint")} />`}
    ${servers.length > 0 && found.length === 0 && html`<${Empty} title=${t("nothingFound")} />`}
    ${found.length > 0 &&
    html`<${Windowed}
      class="list"
      role="list"
      lines=${found}
      heightOf=${heightOf}
      view=${(server) => html`<${Line} key=${server.id} server=${server} onOpen=${setOpen} />`}
    />`}
    ${open && html`<${Opened} open=${open} setOpen=${setOpen} servers=${servers} close=${close} done=${done} live=${live} />`}
  `;
}

function Line({ server, onOpen }) {
  const opens = (kind) => () => onOpen({ kind, server });
  return html`<div class="line" role="listitem">
    <${Dot} state=${server.state} />
    <div class="who">
      <a href=${new URL(`#${server.id}`, ROOT).href} title=${t("details", { name: server.label })}><bdi>${server.label}</bdi></a>
      <span class="sub">
        <span>#${server.id}</span>
        ${server.hide_for_guest && html`<em class="badge">${t("hidden")}</em>`}
        <bdi>${[server.tagLabel, label(server.note, "")].filter(Boolean).join(" · ").slice(0, 200)}</bdi>
      </span>
    </div>
    <span class="when">${server.on ? t("stateOn") : server.seen ? ago(server.silence) : t("waiting")}</span>
    <div class="does">
      <button type="button" class="quiet" onClick=${opens("edit")} aria-label=${t("editOf", { name: server.label })}>${t("edit")}</button>
      <button type="button" class="quiet" onClick=${opens("secret")} aria-label=${t("newSecretOf", { name: server.label })}>${t("newSecret")}</button>
      <button type="button" class="quiet" onClick=${opens("delete")} aria-label=${t("deleteOf", { name: server.label })}>${t("delete")}</button>
    </div>
  </div>`;
}

function Opened({ open, setOpen, servers, close, done, live }) {
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
  const onSaved = (made, name) => {
    if (kind === "edit") return done();
    live.refresh();
    return setOpen({ kind: "connect", server: { id: made.id, label: label(name) }, secret: made.secret });
  };
  return html`<${Edit} server=${server} servers=${servers} onSaved=${onSaved} onClose=${close} />`;
}

/** server: undefined for a new one. */
function Edit({ server, servers, onSaved, onClose }) {
  const form = useForm(
    server
      ? { ...pick(server), display_index: String(server.display_index) }
      : { name: "", tag: "", note: "", display_index: "0", hide_for_guest: false },
    {
      check: ({ name, display_index }) => ({
        name: needed(name),
        display_index: /^-?\d{1,10}$/.test(display_index.trim()) ? undefined : t("wholeNumber"),
      }),
      submit: async (values) => {
        const body = { ...values, display_index: Number(values.display_index) };
        const made = await send(server ? "PATCH" : "POST", server ? `api/server/${server.id}` : "api/server", body);
        onSaved(made, values.name);
      },
    },
  );
  const title = server ? t("editOf", { name: server.label }) : t("newServer");
  return html`<${Dialog} title=${html`<bdi>${title}</bdi>`} onClose=${onClose}>
    <form onSubmit=${form.onSubmit} novalidate>
      <${Text} form=${form} name="name" label=${t("name")} hint=${t("nameHint")} most="128" autofocus />
      <${Text} form=${form} name="tag" label=${t("tag")} hint=${t("tagHint")} most="128" list="tags" />
      <datalist id="tags">${tagsOf(servers).map(([tag]) => tag && html`<option value=${tag}></option>`)}</datalist>
      <${Text} form=${form} name="note" label=${t("note")} hint=${t("noteHint")} most="1024" lines="3" />
      <${Text} form=${form} name="display_index" label=${t("order")} hint=${t("orderHint")} inputmode="numeric" />
      <${Check} form=${form} name="hide_for_guest" label=${t("hideForGuest")} hint=${t("hideForGuestHint")} />
      <${Buttons} form=${form} words=${server ? t("save") : t("add")} onCancel=${onClose} />
    </form>
  <//>`;
}

const pick = ({ name, tag, note, hide_for_guest }) => ({ name, tag, note, hide_for_guest });

function NewSecret({ server, onMade, onClose }) {
  const form = useForm(
    {},
    { submit: async () => onMade((await send("POST", `api/server/${server.id}/secret`)).secret) },
  );
  return html`<${Dialog} title=${html`<bdi>${t("newSecretOf", { name: server.label })}</bdi>`} onClose=${onClose}>
    <form onSubmit=${form.onSubmit}>
      <p>${t("newSecretLead")}</p>
      <${Buttons} form=${form} words=${t("makeNewSecret")} onCancel=${onClose} />
    </form>
  <//>`;
}
