// data-copy="text": a click copies it, else what stands before it, and says so.
{
  const byHand = (text) => { // over plain http there is no clipboard API
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  };
  const put = async (text) => {
    try { await navigator.clipboard.writeText(text); return true; } catch { return byHand(text); }
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const done = await put(button.dataset.copy || button.parentNode.previousElementSibling.textContent);
    const label = button.querySelector("span") || button;
    const was = button.dataset.label ||= label.textContent;
    label.textContent = done ? "Copied" : "Press Ctrl+C";
    button.toggleAttribute("data-done", done);
    button.focus();
    document.dispatchEvent(new CustomEvent("announce", { detail: done ? "Copied" : "Could not copy" }));
    setTimeout(() => { label.textContent = was; button.removeAttribute("data-done"); }, 1600);
  });
}
