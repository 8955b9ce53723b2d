// j and k move through [data-rows] children that hold a link, Enter opens it. Focus moves only by these keys.
{
  const rows = () => [...document.querySelectorAll("[data-rows] > *")].filter((row) => row.querySelector("a[href]"));
  document.addEventListener("move-row", (event) => {
    const all = rows();
    if (!all.length) return;
    const at = all.findIndex((row) => row.contains(document.activeElement));
    const next = all[at < 0 ? (event.detail > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + event.detail))];
    next.querySelector("a[href]").focus();
    next.scrollIntoView({ block: "nearest" });
  });
  document.addEventListener("focusin", () => rows().forEach((row) => row.toggleAttribute("data-current", row.contains(document.activeElement))));
}
