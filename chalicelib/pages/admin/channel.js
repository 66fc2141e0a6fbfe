// The editor of a channel. Stored secrets are never shown again.
import { html, useEffect, useState } from "../base/html.js";
import { send } from "../base/api.js";
import { Dialog } from "../frame/dialog.js";
import { Buttons, Check, Choice, Text, needed } from "../frame/form.js";
import { explained } from "../text/errors.js";
import { label } from "../text/format.js";
import { t } from "../text/strings.js";
import { useKeptForm } from "./drafts.js";

/** The services to choose from, common ones first, each with a URL to start from. */
const SERVICES = {
  telegram: { words: "Telegram", url: "tgram://BOT_TOKEN/CHAT_ID" },
  discord: { words: "Discord", url: "discord://WEBHOOK_ID/WEBHOOK_TOKEN" },
  slack: { words: "Slack", url: "slack://TOKEN_A/TOKEN_B/TOKEN_C/#channel" },
  mail: { words: "serviceMail", url: "mailtos://USER:PASSWORD@example.com?to=me@example.com" },
  ntfy: { words: "ntfy", url: "ntfys://ntfy.sh/TOPIC" },
  webhook: { words: "serviceWebhook", url: "https://example.com/hook" },
  other: { words: "serviceOther", url: "bark://DEVICE_KEY@api.day.app" },
};
const TRANSLATED = ["serviceMail", "serviceWebhook", "serviceOther"];
const nameOf = ({ words }) => (TRANSLATED.includes(words) ? t(words) : words);

export const channelKey = (channel) => `channel ${channel?.id ?? "new"}`;

/** channel: undefined for a new one. */
export function EditChannel({ channel, onSaved, onClose }) {
  const form = useKeptForm(
    channelKey(channel),
    {
      name: channel?.name ?? "",
      service: !channel ? "telegram" : channel.kind === "webhook" ? "webhook" : "other",
      url: "",
      method: channel?.method ?? "POST",
      headers: "",
      body: channel ? "" : '{"text": "#NEZHA#"}',
      form: channel?.form ?? false,
      verify: channel?.verify ?? true,
      heartbeat: channel?.heartbeat ?? false,
    },
    {
      check: ({ name, url }) => ({ name: needed(name), url: channel ? undefined : needed(url) }),
      submit: async (values) => {
        await send(channel ? "PATCH" : "POST", channel ? `api/channel/${channel.id}` : "api/channel", bodyOf(values, channel));
        form.settle(values);
        onSaved();
      },
    },
  );
  const cancel = () => (form.discard(), onClose());
  const service = SERVICES[form.values.service];
  const keep = channel && t("channelKeep", { url: label(channel.url) });
  const title = channel ? t("editOf", { name: label(channel.name) }) : t("newChannel");
  return html`<${Dialog} title=${html`<bdi>${title}</bdi>`} onClose=${cancel}>
    <form onSubmit=${form.onSubmit} novalidate>
      <${Text} form=${form} name="name" label=${t("name")} most="128" autofocus />
      <${Choice}
        form=${form}
        name="service"
        label=${t("service")}
        choices=${Object.entries(SERVICES).map(([key, one]) => [key, nameOf(one)])}
      />
      <${Text}
        form=${form}
        name="url"
        label=${t("channelUrl")}
        hint=${keep || t("channelUrlHint", { url: service.url })}
        most="4096"
        spellcheck="false"
        autocapitalize="none"
      />
      ${form.values.service === "webhook" && html`<${Webhook} form=${form} keep=${keep} />`}
      <${Buttons} form=${form} words=${channel ? t("save") : t("add")} onCancel=${cancel} />
    </form>
  <//>`;
}

function Webhook({ form }) {
  return html`
    <${Choice} form=${form} name="method" label=${t("method")} choices=${["POST", "GET"].map((one) => [one, one])} />
    <${Text} form=${form} name="headers" label=${t("headers")} hint=${t("headersHint")} lines="2" spellcheck="false" />
    ${form.values.method === "POST" &&
    html`
      <${Text} form=${form} name="body" label=${t("webhookBody")} hint=${t("webhookBodyHint")} lines="3" most="16384" spellcheck="false" />
      <${Check} form=${form} name="form" label=${t("sendForm")} />
    `}
    <${Check} form=${form} name="verify" label=${t("verifyCertificate")} />
    <${Check} form=${form} name="heartbeat" label=${t("heartbeat")} hint=${t("heartbeatHint")} />
  `;
}

/** Fields that were left empty keep their stored values. */
function bodyOf({ name, service, url, method, headers, body, form, verify, heartbeat }, channel) {
  const kind = service === "webhook" ? "webhook" : "apprise";
  const given = { name, kind, ...(url.trim() ? { url: url.trim() } : {}) };
  if (kind === "apprise") return { ...given, heartbeat: false };
  const lines = headers.split("\n").filter((line) => line.trim());
  const pairs = lines.map((line) => [line.split(":")[0].trim(), line.slice(line.indexOf(":") + 1).trim()]);
  return {
    ...given,
    method,
    form,
    verify,
    heartbeat,
    ...(body || !channel ? { body } : {}),
    ...(lines.length || !channel ? { headers: Object.fromEntries(pairs) } : {}),
  };
}

export function TestChannel({ channel, onClose }) {
  const [said, setSaid] = useState(null);
  useEffect(() => {
    send("POST", `api/channel/${channel.id}/test`)
      .then(({ delivered, error }) => setSaid(delivered ? t("testDelivered") : t("notDelivered", { why: error })))
      .catch((error) => setSaid(explained(error)));
  }, []);
  const name = label(channel.name);
  return html`<${Dialog} title=${html`<bdi>${t("testOf", { name })}</bdi>`} onClose=${onClose}>
    <p role="status">${said ?? t("testing")}</p>
    <div class="buttons"><button class="button primary" type="button" onClick=${onClose}>${t("done")}</button></div>
  <//>`;
}
