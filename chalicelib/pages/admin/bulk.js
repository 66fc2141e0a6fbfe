// Changes to many servers at once: tag, visibility to guests, muting, and deletion.
import { html, useState } from "../base/html.js";
import { send } from "../base/api.js";
import { groupsOf } from "../figures/servers.js";
import { Confirm } from "../frame/confirm.js";
import { Dialog } from "../frame/dialog.js";
import { Buttons, Text } from "../frame/form.js";
import { Icon } from "../frame/icons.js";
import { t } from "../text/strings.js";
import { useKeptForm, useKeptState } from "./drafts.js";
import { MuteFields, NOT_MUTED, isMuted, muteErrors, mutedUntil } from "./mute.js";
import { DELETED, EDITED, inParts } from "./parts.js";

const NAMED = 8; // servers that are named; the others are counted

/** chosen: from useChosen. shown: the servers in the list. servers: all servers. onDone(): called after changes. */
export function Bulk({ chosen, shown, servers, onDone }) {
  const [open, setOpen] = useKeptState("bulk", "");
  const [busy, setBusy] = useState(null); // {done, count} while requests are under way
  const [failed, setFailed] = useState([]);
  const { ids } = chosen;
  const every = shown.length > 0 && shown.every((one) => chosen.has(one.id));

  async function run(ask, size = EDITED) {
    setOpen("");
    setFailed([]);
    setBusy({ done: 0, count: ids.length });
    const wrong = await inParts(ids, ask, { size, onPart: (done) => setBusy({ done, count: ids.length }) });
    setBusy(null);
    setFailed(wrong);
    chosen.only(wrong.map((one) => one.id)); // those that failed stay chosen, to try again
    onDone();
    return wrong;
  }
  const edit = (changes) => run((part) => send("PATCH", "api/server", { servers: part.map((id) => ({ id, ...changes })) }));
  const remove = () => run((part) => send("DELETE", `api/server?id=${part.join(",")}`), DELETED);

  const some = servers.filter((one) => chosen.has(one.id));
  const elsewhere = ids.length - shown.filter((one) => chosen.has(one.id)).length;
  const opened = { ids, some, servers, onClose: () => setOpen(""), edit, remove };
  return html`
    <div class="bulk" role="group" aria-label=${t("bulk")}>
      <label class="check">
        <input
          type="checkbox"
          checked=${every}
          indeterminate=${ids.length > 0 && !every}
          onChange=${(event) => chosen.some(shown.map((one) => one.id), event.currentTarget.checked)}
        />
        <span>${ids.length ? t("chosen", { count: ids.length }) : t("chooseAll", { count: shown.length })}</span>
      </label>
      ${elsewhere > 0 && html`<small>${t("chosenElsewhere", { count: elsewhere })}</small>`}
      ${ids.length > 0 && !busy && html`<${Actions} some=${some} open=${setOpen} edit=${edit} none=${() => chosen.only([])} />`}
      ${busy && html`<progress max=${busy.count} value=${busy.done} aria-label=${t("bulkProgress", busy)}></progress>`}
      <span class="unseen" role="status">${busy ? t("bulkProgress", busy) : ids.length ? t("chosen", { count: ids.length }) : ""}</span>
    </div>
    <${Failures} failed=${failed} servers=${servers} onClose=${() => setFailed([])} />
    ${open === "tag" && html`<${Tag} ...${opened} />`} ${open === "mute" && html`<${Mute} ...${opened} />`}
    ${open === "delete" && html`<${Delete} ...${opened} />`}
  `;
}

function Actions({ some, open, edit, none }) {
  const press = (words, onClick, kind = "") => html`<button class=${`button ${kind}`} type="button" onClick=${onClick}>${words}</button>`;
  return html`<div class="acts">
    ${press(t("bulkTag"), () => open("tag"))}
    ${some.some((one) => !one.hide_for_guest) && press(t("bulkHide"), () => edit({ hide_for_guest: true }))}
    ${some.some((one) => one.hide_for_guest) && press(t("bulkShow"), () => edit({ hide_for_guest: false }))}
    ${press(t("bulkMute"), () => open("mute"))}
    ${some.some((one) => isMuted(one.muted_until)) && press(t("bulkUnmute"), () => edit({ muted_until: 0 }))}
    ${press(t("delete"), () => open("delete"), "danger")}
    <button class="icon-button" type="button" aria-label=${t("chooseNone")} title=${t("chooseNone")} onClick=${none}><${Icon} name="close" /></button>
  </div>`;
}

function Failures({ failed, servers, onClose }) {
  const labels = new Map(servers.map((one) => [one.id, one.label]));
  return html`<div role="alert">
    ${failed.length > 0 &&
    html`<div class="notice bulk-failed">
      <div>
        <b>${t("bulkFailed", { count: failed.length })}</b>
        <ul>${failed.map(({ id, words }) => html`<li key=${id}><bdi>${labels.get(id) ?? `#${id}`}</bdi>: ${words}</li>`)}</ul>
      </div>
      <button class="icon-button" type="button" aria-label=${t("close")} onClick=${onClose}><${Icon} name="close" /></button>
    </div>`}
  </div>`;
}

/** The names of the servers that a dialog is about. */
function Named({ some }) {
  return html`<p class="hint"><bdi>${some.slice(0, NAMED).map((one) => one.label).join(", ")}</bdi>${some.length > NAMED && ` ${t("andMore", { count: some.length - NAMED })}`}</p>`;
}

function Tag({ some, servers, edit, onClose }) {
  const form = useKeptForm("bulk tag", { tag: "" }, {
    submit: async ({ tag }) => {
      const wrong = await edit({ tag });
      if (!wrong.length) form.settle({ tag });
    },
  });
  const cancel = () => (form.discard(), onClose());
  const tags = groupsOf(servers).filter((group) => group.tag);
  return html`<${Dialog} title=${t("bulkTagOf", { count: some.length })} onClose=${cancel}>
    <form onSubmit=${form.onSubmit} novalidate>
      <${Named} some=${some} />
      <${Text} form=${form} name="tag" label=${t("tag")} hint=${t("bulkTagHint")} most="128" list="tag-choices" autofocus />
      <datalist id="tag-choices">${tags.map(({ tag }) => html`<option value=${tag}></option>`)}</datalist>
      <${Buttons} form=${form} words=${t("save")} onCancel=${cancel} />
    </form>
  <//>`;
}

function Mute({ some, edit, onClose }) {
  const form = useKeptForm("bulk mute", { ...NOT_MUTED, muted_until: "3600" }, {
    check: muteErrors,
    submit: async (values) => {
      const wrong = await edit({ muted_until: 0, ...mutedUntil(values) });
      if (!wrong.length) form.settle(values);
    },
  });
  const cancel = () => (form.discard(), onClose());
  return html`<${Dialog} title=${t("bulkMuteOf", { count: some.length })} onClose=${cancel}>
    <form onSubmit=${form.onSubmit} novalidate>
      <${Named} some=${some} />
      <${MuteFields} form=${form} until=${0} />
      <${Buttons} form=${form} words=${t("save")} onCancel=${cancel} />
    </form>
  <//>`;
}

/** Asks people to type the number of servers, as the dialog for a single server asks for its name. */
function Delete({ some, remove, onClose }) {
  return html`<${Confirm}
    title=${t("bulkDeleteOf", { count: some.length })}
    lead=${[t("bulkDeleteLead"), html`<${Named} some=${some} />`]}
    name=${some.length === 1 ? some[0].label : t("coverOnlyCount", { count: some.length })}
    onDelete=${remove}
    onClose=${onClose}
  />`;
}
