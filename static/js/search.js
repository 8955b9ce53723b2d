// input[data-results=id]: arrow keys go from it through the links of that element and back. A whole error pasted into it stays here.
// input[data-search]: what is typed there goes into an address, so a secret is taken out of the box before anybody sends it.
{
  const SECRET = /(?:sk-|sk_live_|gsk_|xai-|AIza|eyJ|AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|xox[a-z]-|hf_|npm_)[\w.*-]{12,}|:\/\/[^\s/@]*:[^\s@]+@|(?:key|token|secret|passw\w*|authorization|bearer|basic)["']?[\s:=]+["']?(?=\S*\d)\S{8,}|-----BEGIN/i;
  const refuse = (event, box) => {
    if (!SECRET.test(box.value)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    box.value = "";
    const note = Object.assign(document.createElement("div"), { className: "notice notice-warning", id: "refused-secret", textContent: "That was a key, a token or a password. Nothing was sent. Search without it." });
    document.getElementById("refused-secret")?.remove();
    document.getElementById("messages").append(note);
  };
  // Before htmx hears of it, and again when it asks.
  document.addEventListener("input", (event) => event.target.matches("[data-search]") && refuse(event, event.target), true);
  for (const name of ["submit", "htmx:configRequest"]) {
    document.addEventListener(name, (event) => {
      const box = event.target.querySelector("[data-search]");
      if (box) refuse(event, box);
    }, true);
  }
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
