// Style sheets of pages that few visitors open.

/** Adds one of our style sheets, once and before the owner's own; resolves when it applies, or could not be had. */
export function addStyle(address) {
  const ours = [...document.querySelectorAll('link[rel="stylesheet"][href*="static/"]')];
  if (ours.some((one) => one.href === address)) return Promise.resolve();
  return new Promise((done) => {
    const link = document.createElement("link");
    Object.assign(link, { rel: "stylesheet", href: address, onload: done, onerror: done });
    ours.at(-1).after(link);
  });
}
