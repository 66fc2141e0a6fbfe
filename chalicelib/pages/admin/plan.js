// A server's plan in its form: price, paid until, traffic quota.
import { html } from "../base/html.js";
import { Check, Choice, Text } from "../frame/form.js";
import { bytes, moment } from "../text/format.js";
import { t } from "../text/strings.js";

const GB = 2 ** 30;
const BILLINGS = { "": "planNoBilling", month: "planMonth", quarter: "planQuarter", half_year: "planHalfYear", year: "planYear" };
const KINDS = { both: "planBoth", in: "received", out: "sent", larger: "planLarger" };
const NONE = { price: null, currency: "", cycle: null, expires: null, traffic_limit: 0, traffic_kind: "both", reset_day: 1, public: false };

/** A form's values, by the names that the dashboard's errors use. plan: null for none. */
export function planValues(plan) {
  const { price, currency, cycle, expires, traffic_limit: limit, traffic_kind: kind, reset_day: day, public: shown } = plan ?? NONE;
  return {
    "plan.price": price === null ? "" : String(price),
    "plan.currency": currency,
    "plan.cycle": cycle ?? "",
    "plan.expires": expires ? dateOf(expires) : "",
    "plan.traffic_limit": limit ? String(limit / GB) : "",
    "plan.traffic_kind": kind,
    "plan.reset_day": String(day),
    "plan.public": shown,
  };
}

/** The date in the reader's time zone, in the format of a date field. */
function dateOf(seconds) {
  const date = new Date(seconds * 1000);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

/** Errors by field. */
export const planErrors = (values) => ({
  "plan.price": isAmount(values["plan.price"]) ? undefined : t("error_not_a_number"),
  "plan.traffic_limit": isAmount(values["plan.traffic_limit"]) ? undefined : t("error_not_a_number"),
  "plan.reset_day": /^\d{1,2}$/.test(values["plan.reset_day"].trim()) ? undefined : t("wholeNumber"),
});

const isAmount = (text) => /^\d*[.,]?\d*$/.test(text.trim());
const amount = (text) => Number(text.trim().replace(",", "."));

/** The plan in a form, in the dashboard's format; undefined if nothing was changed. */
export function planIn(values, before) {
  const unchanged = Object.entries(planValues(before)).every(([name, value]) => values[name] === value);
  if (unchanged) return undefined;
  return {
    price: values["plan.price"].trim() ? amount(values["plan.price"]) : null,
    currency: values["plan.currency"].trim().toUpperCase(),
    cycle: values["plan.cycle"] || null,
    expires: values["plan.expires"] ? Math.floor(new Date(`${values["plan.expires"]}T12:00`).getTime() / 1000) : null,
    traffic_limit: Math.round(amount(values["plan.traffic_limit"]) * GB),
    traffic_kind: values["plan.traffic_kind"],
    reset_day: Number(values["plan.reset_day"]),
    public: values["plan.public"],
  };
}

const choices = (named) => Object.entries(named).map(([value, words]) => [value, t(words)]);

/** What was used since the current cycle began. */
const usedText = (plan) =>
  Number.isFinite(plan?.traffic_used) ? t("planUsed", { amount: bytes(plan.traffic_used), time: moment(plan.cycle_began) }) : undefined;

/** open: whether it is open at first. plan: the stored one. */
export function PlanFields({ form, open, plan }) {
  return html`<details class="plan" open=${open}>
    <summary>${t("plan")}</summary>
    <div class="pair">
      <${Text} form=${form} name="plan.price" label=${t("planPrice")} inputmode="decimal" most="12" />
      <${Text} form=${form} name="plan.currency" label=${t("planCurrency")} hint="EUR, USD, CNY" most="8" />
    </div>
    <div class="pair">
      <${Choice} form=${form} name="plan.cycle" label=${t("planBilling")} choices=${choices(BILLINGS)} />
      <${Text} form=${form} name="plan.expires" label=${t("planExpires")} type="date" />
    </div>
    <div class="pair">
      <${Text} form=${form} name="plan.traffic_limit" label=${t("planTraffic")} inputmode="decimal" most="12" />
      <${Choice} form=${form} name="plan.traffic_kind" label=${t("planKind")} choices=${choices(KINDS)} />
    </div>
    <${Text} form=${form} name="plan.reset_day" label=${t("planReset")} hint=${usedText(plan)} inputmode="numeric" most="2" />
    <${Check} form=${form} name="plan.public" label=${t("planPublic")} />
  </details>`;
}
