// Sets the chosen theme before the first paint and marks that scripts run. The choice stays on this device.
{
  const names = ["system", "light", "dark"];
  const read = () => { try { return localStorage.getItem("theme") || "system"; } catch { return "system"; } };
  const show = (name) => {
    if (name === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
  };
  const label = (button) => {
    const text = `Theme: ${read() === "system" ? "as the system" : read()}`;
    button.title = text;
    button.setAttribute("aria-label", text);
  };
  document.documentElement.dataset.js = "";
  show(read());
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-theme-toggle]").forEach(label));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-toggle]");
    if (!button) return;
    const next = names[(names.indexOf(read()) + 1) % names.length];
    try { localStorage.setItem("theme", next); } catch { /* private mode: holds for this page only */ }
    show(next);
    label(button);
  });
}
