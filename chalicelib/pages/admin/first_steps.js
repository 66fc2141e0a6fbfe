// The first steps with a new dashboard: your own password, a machine, a channel. Hidden when done or dismissed.
import { html, useCallback, useEffect, useState } from "../base/html.js";
import { get, send } from "../base/api.js";
import { useLive } from "../base/live.js";
import { needed } from "../frame/form.js";
import { Icon } from "../frame/icons.js";
import { Tide } from "../frame/tide.js";
import { explained } from "../text/errors.js";
import { t } from "../text/strings.js";
import { useKeptForm } from "./drafts.js";

/** The steps in the order in which to do them. about(known): [whether it is done, keys of its hint and its link]. */
const STEPS = [
  {
    icon: "key",
    words: "stepPassword",
    about: ({ generated }) => [!generated, generated ? "stepPasswordHint" : "stepPasswordDone", "passwordChange"],
    address: "#settings/password",
  },
  {
    icon: "terminal",
    words: "stepServer",
    about: ({ servers }) => {
      if (servers.some((one) => one.seen)) return [true, "stepServerDone", ""];
      return servers.length ? [false, "stepServerWaits", ""] : [false, "stepServerHint", "addServer"];
    },
    address: "#servers/new",
  },
  {
    icon: "bell",
    words: "stepChannel",
    about: ({ channels }) => [channels.length > 0, "stepChannelHint", "newChannel"],
    address: "#alerts/channels/new",
  },
];

/** live: the admin's data, whose settings determine whether the steps are shown. */
export function FirstSteps({ live }) {
  const wanted = live.data.settings.first_steps;
  return wanted ? html`<${Wanted} live=${live} />` : null;
}

const SECONDS = 30;

function Wanted({ live }) {
  const known = useLive(useCallback(readKnown, []), () => SECONDS).data;
  const [problem, setProblem] = useState("");
  const steps = known ? stepsOf({ ...known, servers: live.data.servers }) : [];
  const done = steps.filter((one) => one.done).length;
  const finished = known !== null && done === steps.length;
  async function retire() {
    try {
      await send("PATCH", "api/settings", { first_steps: false });
      live.refresh();
    } catch (error) {
      setProblem(explained(error));
    }
  }
  useEffect(() => {
    if (finished) retire();
  }, [finished]);
  if (!known || finished) return null;
  return html`<section class="first-steps" aria-labelledby="first-steps">
    <div class="steps-head">
      <h2 id="first-steps">${t("firstSteps")}</h2>
      <span class="progress" role="img" aria-label=${t("stepsDone", { done, count: steps.length })}>
        ${steps.map((step) => html`<i key=${step.words} class=${step.done ? "done" : ""}></i>`)}
      </span>
      <button class="button quiet" type="button" onClick=${retire}>${t("hideSteps")}</button>
    </div>
    <p class="error" role="alert">${problem}</p>
    <ol class="steps">${steps.map((step) => html`<${Step} key=${step.words} ...${step} />`)}</ol>
  </section>`;
}

const readKnown = async () => {
  const [{ generated }, channels] = await Promise.all([get("api/password"), get("api/channel")]);
  return { generated, channels };
};

const stepsOf = (known) =>
  STEPS.map(({ about, ...step }) => {
    const [done, hint, action] = about(known);
    return { ...step, done, hint, action };
  });

function Step({ icon, words, hint, action, address, done }) {
  return html`<li class=${`card ${done ? "done" : ""}`}>
    <span class="glyph"><${Icon} name=${done ? "check" : icon} /></span>
    <b>${t(words)}${done && html`<span class="unseen"> (${t("stepDone")})</span>`}</b>
    <p>${t(hint)}</p>
    ${!done && action && html`<a class="button" href=${`dashboard${address}`}>${t(action)}</a>`}
  </li>`;
}

/** Shown instead of the list while there is no server: asks for a name, then shows the command. */
export function FirstServer({ onMade }) {
  const form = useKeptForm(
    "first server",
    { name: "" },
    {
      check: ({ name }) => ({ name: needed(name) }),
      submit: async ({ name }) => {
        const made = await send("POST", "api/server", { name, tag: "", hide_for_guest: false });
        form.settle({ name });
        onMade(made, name);
      },
    },
  );
  const error = form.errors.name;
  return html`<section class="start">
    <${Tide} />
    <h2>${t("firstServer")}</h2>
    <p>${t("firstServerLead")}</p>
    <form onSubmit=${form.onSubmit} novalidate>
      <div class="start-row">
        <input
          id="first-server"
          aria-label=${t("name")}
          aria-invalid=${error ? "true" : undefined}
          aria-describedby="first-server-error"
          placeholder=${t("firstServerName")}
          maxlength="128"
          autocomplete="off"
          value=${form.values.name}
          onInput=${(event) => form.set("name", event.target.value)}
        />
        <button class="button primary" type="submit" disabled=${form.busy}>${t("getCommand")}</button>
      </div>
      <p class="error" id="first-server-error" role="alert">${error || form.problem}</p>
    </form>
  </section>`;
}
