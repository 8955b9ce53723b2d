// Keys outside text fields: ? / j k y, g + letter of data-goto, and the letter of any data-key button or link.
{
  let going = 0;
  const typing = (node) => node.closest("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");
  const click = (selector) => { const node = document.querySelector(selector); node?.click(); return Boolean(node); };
  const search = () => { const node = document.querySelector("main [data-search]") || [...document.querySelectorAll("[data-search]")].find((one) => one.offsetParent); node?.focus(); node?.select(); return node ? true : click(".site-search-link"); };
  const move = (by) => document.dispatchEvent(new CustomEvent("move-row", { detail: by }));
  const plain = {
    "?": () => click("[data-dialog=keys]"),
    "/": search,
    j: () => move(1),
    k: () => move(-1),
    y: () => click("[data-page-link]"),
    g: () => { going = Date.now(); return true; },
  };
  // Where the address names a place, browsers leave autofocus alone, and going to that place (until the page has loaded) takes focus away.
  const land = () => { if (document.activeElement === document.body) document.querySelector("[autofocus]")?.focus(); };
  if (location.hash) {
    land();
    addEventListener("load", () => requestAnimationFrame(() => requestAnimationFrame(land)));
    document.addEventListener("htmx:afterSettle", () => requestAnimationFrame(land));
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || typing(event.target) || document.querySelector("dialog[open]")) return;
    const letter = CSS.escape(event.key);
    const after = Date.now() - going < 1500;
    going = 0;
    const done = after ? click(`[data-goto="${letter}"]`) : plain[event.key]?.() ?? click(`[data-key="${letter}"]`);
    if (done !== false) event.preventDefault();
  });
}
