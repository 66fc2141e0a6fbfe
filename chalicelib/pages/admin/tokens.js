// The admin's API tokens.
import { html } from "../base/html.js";
import { ROOT, send } from "../base/api.js";
import { Code, Confirm } from "../frame/confirm.js";
import { Dialog } from "../frame/dialog.js";
import { Buttons, Check, Choice, Text } from "../frame/form.js";
import { day, dayInUtc, label } from "../text/format.js";
import { Icon } from "../frame/icons.js";
import { Empty } from "../frame/notices.js";
import { t } from "../text/strings.js";
import { useKeptForm, useKeptState } from "./drafts.js";

const DAY = 86_400;
const SCOPES = { read: "scopeRead", register: "scopeRegister" };

export function Tokens({ live }) {
  const [open, setOpen] = useKeptState("tokens", null); // {kind, token}
  const { tokens, now } = live.data;
  const close = () => setOpen(null);
  const done = () => {
    close();
    live.refresh();
  };
  const onDelete = async () => {
    await send("DELETE", `api/token/${open.token.id}`);
    done();
  };
  const onMade = (credential) => {
    live.refresh();
    setOpen({ kind: "made", credential });
  };
  return html`
    <div class="pagehead">
      <h1>${t("tokens")}</h1>
      <button class="button primary" type="button" onClick=${() => setOpen({ kind: "new" })}>
        <${Icon} name="plus" />${t("newToken")}
      </button>
    </div>
    ${tokens.length === 0
      ? html`<${Empty} title=${t("noTokens")} hint=${t("noTokensHint")} />`
      : html`<div class="card lines" role="list">
          ${[...tokens].reverse().map(
            (token) => html`<${Line} key=${token.id} token=${token} now=${now} onDelete=${() => setOpen({ kind: "delete", token })} />`,
          )}
        </div>`}
    ${open?.kind === "new" && html`<${New} now=${now} onMade=${onMade} onClose=${close} />`}
    ${open?.kind === "made" && html`<${Made} credential=${open.credential} onClose=${done} />`}
    ${open?.kind === "delete" &&
    html`<${Confirm}
      title=${t("deleteToken")}
      lead=${[t("deleteTokenLead"), t("deleteTokenLeadNote", { head: label(open.token.head) })]}
      name=${label(open.token.note, "") || open.token.head}
      onDelete=${onDelete}
      onClose=${close}
    />`}
  `;
}

function Line({ token, now, onDelete }) {
  const note = label(token.note, "");
  const name = note || `${label(token.head)}…`;
  const over = token.expires && token.expires <= now;
  return html`<div class="line token" role="listitem">
    <div class="what">
      <b><bdi>${note.slice(0, 300) || t("noNote")}</bdi></b>
      <span class="sub">
        <code>${label(token.head)}…</code>
        ${token.scopes.map((scope) => html`<em class="badge">${scope in SCOPES ? t(SCOPES[scope]) : label(scope)}</em>`)}
      </span>
    </div>
    <dl class="dates">
      <div><dt>${t("created")}</dt><dd>${token.created ? day(token.created) : "–"}</dd></div>
      <div><dt>${t("lastUsed")}</dt><dd>${token.last_used ? dayInUtc(token.last_used) : t("neverUsed")}</dd></div>
      <div><dt>${t("expires")}</dt><dd>${over ? t("expired") : token.expires ? day(token.expires) : t("never")}</dd></div>
    </dl>
    <div class="does">
      <button class="button quiet danger" type="button" onClick=${onDelete} aria-label=${t("deleteOf", { name })}>${t("delete")}</button>
    </div>
  </div>`;
}

function New({ now, onMade, onClose }) {
  const form = useKeptForm(
    "token",
    { note: "", read: true, register: true, expires: "0" },
    {
      check: ({ read, register }) => ({ register: read || register ? undefined : t("scopesMissing") }),
      submit: async (values) => {
        const { note, expires, ...may } = values;
        const body = {
          note,
          scopes: Object.keys(SCOPES).filter((scope) => may[scope]),
          expires: Number(expires) && Math.floor(now) + Number(expires) * DAY,
        };
        const { token } = await send("POST", "api/token", body);
        form.settle(values);
        onMade(token);
      },
    },
  );
  const cancel = () => (form.discard(), onClose());
  return html`<${Dialog} title=${t("newToken")} onClose=${cancel}>
    <form onSubmit=${form.onSubmit} novalidate>
      <${Text} form=${form} name="note" label=${t("note")} hint=${t("tokenNoteHint")} most="1024" autofocus />
      <fieldset class="plain">
        <legend>${t("scopes")}</legend>
        ${Object.entries(SCOPES).map(([name, words]) => html`<${Check} form=${form} name=${name} label=${t(words)} />`)}
      </fieldset>
      <${Choice}
        form=${form}
        name="expires"
        label=${t("expires")}
        choices=${[
          ["0", t("never")],
          ["30", t("in30")],
          ["90", t("in90")],
          ["365", t("in365")],
        ]}
      />
      <${Buttons} form=${form} words=${t("create")} onCancel=${cancel} />
    </form>
  <//>`;
}

function Made({ credential, onClose }) {
  const command = `curl -H 'Authorization: ${credential}' ${ROOT.href}api/v1/server/list`;
  return html`<${Dialog} title=${t("tokenMade")} onClose=${onClose}>
    <div class="connect">
      <${Code} text=${credential} what=${t("token")} />
      <p class="hint">${t("secretOnce")}</p>
      <h3>${t("tokenTry")}</h3>
      <${Code} text=${command} what=${t("tokenTry")} />
      <div class="buttons"><button class="button primary" type="button" onClick=${onClose}>${t("done")}</button></div>
    </div>
  <//>`;
}
