// The admin's monitors.
import { html, useMemo, useState } from "../base/html.js";
import { send } from "../base/api.js";
import { Confirm } from "../frame/confirm.js";
import { Dialog } from "../frame/dialog.js";
import { Buttons, Choice, Text, needed } from "../frame/form.js";
import { label } from "../text/format.js";
import { Icon } from "../frame/icons.js";
import { Empty } from "../frame/notices.js";
import { t } from "../text/strings.js";
import { coverChoices, coverShown, coverStored } from "./cover.js";
import { forgetDraft, useKeptForm, useKeptState } from "./drafts.js";

export function Monitors({ live }) {
  const [open, setOpen] = useKeptState("monitors", null); // {kind, monitor}
  const { monitors, servers } = live.data;
  const close = () => setOpen(null);
  const done = () => {
    close();
    live.refresh();
  };
  const onDelete = async () => {
    await send("DELETE", `api/monitor/${open.monitor.id}`);
    forgetDraft(draftKey(open.monitor));
    done();
  };
  return html`
    <div class="pagehead">
      <h1>${t("monitors")}</h1>
      <button class="button primary" type="button" onClick=${() => setOpen({ kind: "edit" })}>
        <${Icon} name="plus" />${t("newMonitor")}
      </button>
    </div>
    ${monitors.length === 0
      ? html`<${Empty} title=${t("noMonitors")} hint=${t("noMonitorsHint")} />`
      : html`<div class="card lines" role="list">
          ${monitors.map((monitor) => html`<${Line} key=${monitor.id} monitor=${monitor} onOpen=${setOpen} />`)}
        </div>`}
    ${open?.kind === "edit" &&
    html`<${Edit} monitor=${open.monitor} servers=${servers} onSaved=${done} onClose=${close} />`}
    ${open?.kind === "delete" &&
    html`<${Confirm}
      title=${t("deleteMonitor")}
      lead=${t("deleteMonitorLead")}
      name=${open.monitor.name}
      onDelete=${onDelete}
      onClose=${close}
    />`}
  `;
}

function Line({ monitor, onOpen }) {
  const name = label(monitor.name);
  const opens = (kind) => () => onOpen({ kind, monitor });
  return html`<div class="line" role="listitem">
    <em class="kind">${monitor.type.toUpperCase()}</em>
    <div class="what">
      <b><bdi>${name}</bdi></b>
      <span class="sub"><bdi>${label(monitor.target)}</bdi></span>
    </div>
    <span class="when">${t("seconds", { seconds: monitor.interval })} · ${coverOf(monitor)}</span>
    <div class="does">
      <button class="button quiet" type="button" onClick=${opens("edit")} aria-label=${t("editOf", { name })}>${t("edit")}</button>
      <button class="button quiet danger" type="button" onClick=${opens("delete")} aria-label=${t("deleteOf", { name })}>${t("delete")}</button>
    </div>
  </div>`;
}

function coverOf({ cover, servers }) {
  if (cover === "only") return t("coverOnlyCount", { count: servers.length });
  return servers.length ? t("coverAllButCount", { count: servers.length }) : t("coverAll");
}

const NEW = { name: "", type: "icmp", target: "", interval: "30", cover: "all", servers: [] };
const draftKey = (monitor) => `monitor ${monitor?.id ?? "new"}`;

/** monitor: undefined for a new one. */
function Edit({ monitor, servers, onSaved, onClose }) {
  const stored = monitor ? { ...monitor, interval: String(monitor.interval), cover: coverShown(monitor) } : NEW;
  const form = useKeptForm(draftKey(monitor), stored, {
    check,
    submit: async (values) => {
      const { id, cover, servers: chosen, interval, ...rest } = values;
      const body = {
        ...rest,
        interval: Number(interval),
        cover: coverStored(cover),
        servers: cover === "all" ? [] : chosen,
      };
      await send(monitor ? "PATCH" : "POST", monitor ? `api/monitor/${id}` : "api/monitor", body);
      form.settle(values);
      onSaved();
    },
  });
  const cancel = () => (form.discard(), onClose());
  const { type, cover } = form.values;
  const title = monitor ? t("editOf", { name: label(monitor.name) }) : t("newMonitor");
  return html`<${Dialog} title=${html`<bdi>${title}</bdi>`} onClose=${cancel}>
    <form onSubmit=${form.onSubmit} novalidate>
      <${Text} form=${form} name="name" label=${t("name")} hint=${t("monitorNameHint")} most="128" autofocus />
      <${Choice}
        form=${form}
        name="type"
        label=${t("type")}
        choices=${[
          ["icmp", t("typeIcmp")],
          ["tcp", t("typeTcp")],
          ["http", t("typeHttp")],
        ]}
      />
      <${Text}
        form=${form}
        name="target"
        label=${t("target")}
        hint=${t({ icmp: "targetHintIcmp", tcp: "targetHintTcp", http: "targetHintHttp" }[type])}
        most=${type === "http" ? "2048" : "253"}
        spellcheck="false"
        autocapitalize="none"
      />
      <${Text} form=${form} name="interval" label=${t("interval")} hint=${t("intervalHint")} inputmode="numeric" />
      <${Choice} form=${form} name="cover" label=${t("cover")} choices=${coverChoices()} />
      ${cover !== "all" && html`<${Chooser} form=${form} servers=${servers} />`}
      <${Buttons} form=${form} words=${monitor ? t("save") : t("add")} onCancel=${cancel} />
    </form>
  <//>`;
}

function check({ name, type, target, interval, cover, servers }) {
  const seconds = /^\d{1,5}$/.test(interval.trim()) ? Number(interval) : 0;
  return {
    name: needed(name),
    target: needed(target) ?? checkTarget(type, target),
    interval: seconds >= 10 && seconds <= 3600 ? undefined : t("badInterval"),
    servers: cover !== "all" && !servers.length ? t("chooseOne") : undefined,
  };
}

/** Finds obvious mistakes; the dashboard finds the others. */
function checkTarget(type, target) {
  if (type === "http") return /^https?:\/\/[^\s/?#@]+([/?][^\s#]*)?$/.test(target) ? undefined : t("badTargetHttp");
  if (type === "tcp") return /^(\[[^\]]+\]|[^\s:/]+):\d{1,5}$/.test(target) ? undefined : t("badTargetTcp");
  return /[\s/]/.test(target) || /^[^:]+:\d+$/.test(target) ? t("badTargetIcmp") : undefined;
}

/** The chosen servers, with a field to search them. */
function Chooser({ form, servers }) {
  const [search, setSearch] = useState("");
  const chosen = useMemo(() => new Set(form.values.servers), [form.values.servers]);
  const word = search.trim().toLowerCase();
  const found = servers.filter((server) => server.words.includes(word)).slice(0, 200);
  function toggle(id) {
    const wanted = new Set(chosen);
    if (!wanted.delete(id)) wanted.add(id);
    form.set("servers", [...wanted].sort((a, b) => a - b));
  }
  return html`<fieldset class="field">
    <legend>${t("choose")} · ${t("chosen", { count: chosen.size })}</legend>
    ${servers.length > 10 &&
    html`<input
      type="search"
      aria-label=${t("search")}
      placeholder=${t("searchHint")}
      value=${search}
      onInput=${(event) => setSearch(event.target.value)}
    />`}
    <div class="choices">
      ${found.map(
        (server) => html`<label class="check" key=${server.id}>
          <input type="checkbox" checked=${chosen.has(server.id)} onChange=${() => toggle(server.id)} />
          <bdi>${server.label}</bdi>
        </label>`,
      )}
    </div>
    <p class="error" role="alert">${form.errors.servers}</p>
  </fieldset>`;
}
