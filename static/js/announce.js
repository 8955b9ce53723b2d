// One polite live region. data-milestone="sentence" is read once when it appears, whatever is swapped how often.
{
  const said = new Set();
  const say = (text) => {
    const region = document.getElementById("announcer");
    if (region) region.textContent = text;
  };
  const milestones = (root) => [...root.querySelectorAll("[data-milestone]")].map((node) => node.dataset.milestone).filter((text) => text && !said.has(text));
  document.addEventListener("DOMContentLoaded", () => milestones(document).forEach((text) => said.add(text))); // the page itself is read anyway
  document.addEventListener("htmx:afterSettle", () => {
    const fresh = milestones(document);
    fresh.forEach((text) => said.add(text));
    if (fresh.length) say(fresh.join(" "));
  });
  document.addEventListener("announce", (event) => say(event.detail));
}
