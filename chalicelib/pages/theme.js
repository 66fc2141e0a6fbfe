// Runs before the page is drawn, so that nobody sees the wrong theme or language for a moment.
(() => {
  const read = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null; // storage may be switched off
    }
  };
  const theme = read("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  const language = read("language") || read("site-language");
  if (language === "zh") document.documentElement.lang = "zh";
})();
