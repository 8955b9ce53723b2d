// form[data-mask], after Back: the browser puts the text into the box again (masked, as it was sent), and its answer is asked for again.
// Only that it was asked is remembered, in this tab's history; the text is the browser's own, and the server keeps nothing.
{
  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-mask][hx-post]") && !event.submitter?.hasAttribute("data-plain")) history.replaceState({ ...history.state, asked: true }, "");
  });
  window.addEventListener("pageshow", (event) => {
    const form = document.querySelector("form[data-mask][hx-post]"), answer = document.querySelector("#answer");
    const back = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
    if (event.persisted || !back || !history.state?.asked || !form || !answer || answer.children.length) return;
    if (form.elements.pasted.value.trim()) form.requestSubmit(form.querySelector("[type=submit]"));
  });
}
