// <time datetime>: relative, from a week on the date; absolute on hover; in UTC or local time, as chosen in the footer.
{
  const steps = [[60, "second", 1], [3600, "minute", 60], [86400, "hour", 3600], [604800, "day", 86400]];
  const zone = () => { try { return localStorage.getItem("zone") || "UTC"; } catch { return "UTC"; } };
  const relative = (date) => {
    const gap = (Date.now() - date) / 1000;
    const step = steps.find(([limit]) => Math.abs(gap) < limit);
    if (!step) return null;
    const count = Math[gap < 0 ? "round" : "floor"](Math.abs(gap) / step[2])
    if (step[1] === "second" && count < 10) return "just now";
    const counted = `${count} ${step[1]}${count === 1 ? "" : "s"}`;
    return gap >= 0 ? `${counted} ago` : `in ${counted}`;
  };
  const at = (date, locale, options) => date.toLocaleString(locale, zone() === "UTC" ? { timeZone: "UTC", ...options } : options);
  const refresh = () => {
    document.querySelectorAll("time[datetime]").forEach((node) => {
      const date = new Date(node.dateTime);
      node.title = at(date, "sv", { timeZoneName: "short" });
      node.textContent = relative(date) ?? at(date, "en-GB", { dateStyle: "medium" });
    });
    document.querySelectorAll("[data-time-zone] span").forEach((node) => { node.textContent = zone() === "UTC" ? "UTC" : "local"; });
  };
  document.addEventListener("DOMContentLoaded", refresh);
  document.addEventListener("htmx:afterSettle", refresh);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-time-zone]")) return;
    try { localStorage.setItem("zone", zone() === "UTC" ? "local" : "UTC"); } catch { return; }
    refresh();
  });
  setInterval(refresh, 30000);
}
