// input[data-results=id]: arrow keys go from it through the links of that element and back. A whole error pasted into it stays here.
{
  const links = (id) => [...document.querySelectorAll(`#${id} a[href]`)];
  document.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const box = document.querySelector("[data-results]");
    if (!by || !box || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const all = [box, ...links(box.dataset.results)];
    const at = all.indexOf(document.activeElement);
    if (at < 0 || !all[at + by]) return;
    event.preventDefault();
    all[at + by].focus();
  });
  document.addEventListener("paste", (event) => {
    const box = event.target.closest?.("[data-whole], [data-whole-page]");
    const text = event.clipboardData?.getData("text").trim() || "";
    if (!box || (text.length <= 120 && !text.includes("\n"))) return;
    event.preventDefault();
    if (box.dataset.wholePage) { location.assign(box.dataset.wholePage); return; }
    const note = document.getElementById(box.dataset.whole);
    note.hidden = false;
    document.dispatchEvent(new CustomEvent("announce", { detail: note.textContent.trim() }));
  });
}
