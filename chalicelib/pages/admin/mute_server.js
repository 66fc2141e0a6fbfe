// The dialog that mutes a server on its public page. Fetched when somebody opens it, with the texts of the admin pages.
import { html } from "../base/html.js";
import { send } from "../base/api.js";
import { addStyle } from "../base/style.js";
import { Dialog } from "../frame/dialog.js";
import { Buttons } from "../frame/form.js";
import { t, withAdminTexts } from "../text/strings.js";
import { useKeptForm } from "./drafts.js";
import { MuteFields, isMuted, muteErrors, muteShown, mutedUntil } from "./mute.js";

/** Resolves to the component when its texts and its style sheet are loaded. */
export async function dialog() {
  await Promise.all([withAdminTexts(), addStyle(new URL("../css/form.css", import.meta.url).href)]);
  return MuteServer;
}

function MuteServer({ server, onSaved, onClose }) {
  const before = server.muted_until;
  const values = muteShown(before);
  const form = useKeptForm(`mute ${server.id}`, isMuted(before) ? values : { ...values, muted_until: "3600" }, {
    check: muteErrors,
    submit: async (chosen) => {
      const change = mutedUntil(chosen, before);
      if ("muted_until" in change) await send("PATCH", `api/server/${server.id}`, change);
      form.settle(chosen);
      onSaved();
    },
  });
  const cancel = () => (form.discard(), onClose());
  return html`<${Dialog} title=${html`<bdi>${t("muteOf", { name: server.label })}</bdi>`} onClose=${cancel}>
    <form onSubmit=${form.onSubmit} novalidate>
      <${MuteFields} form=${form} until=${before} />
      <${Buttons} form=${form} words=${t("save")} onCancel=${cancel} />
    </form>
  <//>`;
}
