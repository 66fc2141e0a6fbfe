// Style sheets of pages that few visitors open.

/** Adds one of our style sheets, once and before the owner's own; resolves when it applies. */
export function addStyle(address) {
  const ours = [...document.querySelectorAll('link[rel="stylesheet"][href*="static/"]')];
  if (ours.some((one) => one.href === address)) return Promise.resolve();
  return new Promise((done, fail) => {
    const link = document.createElement("link");
    const onerror = () => {
      link.remove(); // the next call tries again
      fail(new Error(address));
    };
    Object.assign(link, { rel: "stylesheet", href: address, onload: done, onerror });
    ours.at(-1).after(link);
  });
}
