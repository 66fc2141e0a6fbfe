// The language in force, and its texts. {name} in a text is filled in.
import { remember, remembered } from "./storage.js";
import { EN } from "./strings_en.js";
import { ZH } from "./strings_zh.js";

export const LANGUAGES = { en: "English", zh: "中文" };
const TEXTS = { en: EN, zh: ZH };

let language = document.documentElement.lang === "zh" ? "zh" : "en";
const listeners = new Set();

/** The text under this key in the language in force. */
export function t(key, values = {}) {
  return TEXTS[language][key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

export const currentLanguage = () => language;

/** A person's choice. */
export function chooseLanguage(wanted) {
  remember("language", wanted);
  apply(wanted);
}

/** The site's own language counts for who has not chosen. */
export function siteLanguage(wanted) {
  if (!(wanted in LANGUAGES)) return;
  remember("site-language", wanted);
  if (!remembered("language")) apply(wanted);
}

/** Calls back after every change; the result stops that. */
export function onLanguage(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function apply(wanted) {
  if (wanted === language) return;
  language = wanted;
  document.documentElement.lang = wanted === "zh" ? "zh" : "en";
  for (const listener of listeners) listener();
}
