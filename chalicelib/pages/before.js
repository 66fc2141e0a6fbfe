// Runs before the page is drawn, so that it never flashes in the wrong theme or language.
(() => {
  const root = document.documentElement;
  const texts = {
    en: ["./text/en/pages.js", "./text/en/errors.js"],
    "zh-CN": ["./text/zh/pages.js", "./text/zh/errors.js"],
    "zh-TW": ["./text/zh_tw/pages.js", "./text/zh_tw/errors.js"],
    ru: ["./text/ru/pages.js", "./text/ru/errors.js"],
    de: ["./text/de/pages.js", "./text/de/errors.js"],
  };
  const traditional = ["tw", "hk", "mo", "hant"];
  const remembered = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null; // storage may be switched off
    }
  };
  const supported = (tag) => {
    const [language, ...rest] = tag.toLowerCase().split("-");
    if (language === "zh") return rest.some((part) => traditional.includes(part)) ? "zh-TW" : "zh-CN";
    return Object.hasOwn(texts, language) ? language : undefined;
  };

  const theme = remembered("theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;

  // The visitor's choice comes first, then the browser's languages, then the site's setting.
  const own = [remembered("language"), ...navigator.languages].filter(Boolean).map(supported).find(Boolean);
  const site = supported(remembered("site-language") ?? "en") ?? "en";
  if (!own) root.dataset.siteLanguage = ""; // tells strings.js to follow the setting
  root.lang = own ?? site;

  // These are made absolute: otherwise, they would change when a page goes to another address within the document.
  for (const one of document.querySelectorAll("link[rel$=icon], link[rel=manifest]")) one.href = new URL(one.href);

  for (const file of texts[root.lang]) {
    const link = document.createElement("link");
    link.rel = "modulepreload";
    link.href = new URL(file, document.currentScript.src);
    document.head.append(link);
  }
})();
