// The editor of a server.
import { html } from "../base/html.js";
import { send } from "../base/api.js";
import { groupsOf } from "../figures/servers.js";
import { Dialog } from "../frame/dialog.js";
import { Buttons, Check, Text, needed, useForm } from "../frame/form.js";
import { t } from "../text/strings.js";
import { useKeptForm } from "./drafts.js";
import { MuteFields, NOT_MUTED, muteErrors, muteShown, mutedUntil } from "./mute.js";
import { PlanFields, planErrors, planIn, planValues } from "./plan.js";

const NEW = { name: "", tag: "", note: "", display_index: "0", hide_for_guest: false, ...planValues(null), ...NOT_MUTED };
const editable = ({ name, tag, note, display_index, hide_for_guest, plan, muted_until: until }) => ({
  name,
  tag,
  note,
  display_index: String(display_index),
  hide_for_guest,
  ...planValues(plan),
  ...muteShown(until),
});

export const serverKey = (server) => `server ${server?.id ?? "new"}`;

/** server: undefined for a new one. named: its initial name. onSaved(made, name): made has the id and secret of a new one. */
export function EditServer({ server, named = "", servers, onSaved, onClose }) {
  const form = useKeptForm(serverKey(server), server ? editable(server) : { ...NEW, name: named }, {
    check: (values) => ({
      name: needed(values.name),
      display_index: /^-?\d{1,10}$/.test(values.display_index.trim()) ? undefined : t("wholeNumber"),
      ...planErrors(values),
      ...muteErrors(values),
    }),
    submit: async (values) => {
      const { name, tag, note, display_index, hide_for_guest } = values;
      const rest = { plan: planIn(values, server?.plan), ...mutedUntil(values, server?.muted_until) };
      const body = { name, tag, note, display_index: Number(display_index), hide_for_guest, ...rest };
      const made = await send(server ? "PATCH" : "POST", server ? `api/server/${server.id}` : "api/server", body);
      form.settle(values);
      onSaved(made, values.name);
    },
  });
  const cancel = () => (form.discard(), onClose());
  const title = server ? t("editOf", { name: server.label }) : t("newServer");
  const tags = groupsOf(servers).filter((group) => group.tag);
  return html`<${Dialog} title=${html`<bdi>${title}</bdi>`} onClose=${cancel}>
    <form onSubmit=${form.onSubmit} novalidate>
      <${Text} form=${form} name="name" label=${t("name")} hint=${t("nameHint")} most="128" autofocus />
      <${Text} form=${form} name="tag" label=${t("tag")} hint=${t("tagHint")} most="128" list="tag-choices" />
      <datalist id="tag-choices">${tags.map(({ tag }) => html`<option value=${tag}></option>`)}</datalist>
      <${Text} form=${form} name="note" label=${t("note")} hint=${t("noteHint")} most="1024" lines="3" />
      <${Text} form=${form} name="display_index" label=${t("order")} hint=${t("orderHint")} inputmode="numeric" />
      <${Check} form=${form} name="hide_for_guest" label=${t("hideForGuest")} hint=${t("hideForGuestHint")} />
      ${server && html`<${MuteFields} form=${form} until=${server.muted_until} />`}
      <${PlanFields} form=${form} open=${Boolean(server?.plan)} plan=${server?.plan} />
      <${Buttons} form=${form} words=${server ? t("save") : t("add")} onCancel=${cancel} />
    </form>
  <//>`;
}

export function NewSecret({ server, onMade, onClose }) {
  const form = useForm({}, { submit: async () => onMade((await send("POST", `api/server/${server.id}/secret`)).secret) });
  return html`<${Dialog} title=${html`<bdi>${t("newSecretOf", { name: server.label })}</bdi>`} onClose=${onClose}>
    <form onSubmit=${form.onSubmit}>
      <p>${t("newSecretLead")}</p>
      <${Buttons} form=${form} words=${t("makeNewSecret")} onCancel=${onClose} />
    </form>
  <//>`;
}
