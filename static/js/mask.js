// form[data-mask]: secrets in its text are masked before anything is sent, and how many is said. A file is read here, not sent.
{
  const MOST = 5e6;
  const say = (form, words, button) => {
    const place = form.querySelector("[data-mask-says]");
    place.hidden = !words;
    place.textContent = words;
    if (button) place.append(" ", button);
  };
  const secrets = (count) => `${count} secret${count === 1 ? "" : "s"}`;
  const put = (form, field, says) => {
    const [text, count] = maskSecrets(field.value);
    if (count) {
      field.value = text;
      say(form, `${secrets(count)} masked here in your browser: ${says}`);
    }
    return count;
  };
  const look = (form, field) => {
    const [, count] = maskSecrets(field.value);
    if (!count) return say(form, "");
    const button = Object.assign(document.createElement("button"), { type: "button", className: "copy", textContent: "Mask now and look" });
    button.addEventListener("click", () => { put(form, field, "this is what would be sent."); field.focus(); });
    say(form, `${secrets(count)} found. ${count === 1 ? "It is" : "They are"} masked before anything is sent.`, button);
  };
  const take = async (form, file) => {
    const field = form.elements.pasted;
    if (file.size > MOST) return say(form, "This file is over 5 MB. Paste the part around the error: some hundred lines are plenty.");
    const bytes = new Uint8Array(await file.arrayBuffer());
    const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff); // what Windows PowerShell writes with >
    if (!wide && bytes.subarray(0, 8192).includes(0)) return say(form, "This file is no text. Copy the words out of it, or export the log as text.");
    field.value = new TextDecoder(wide ? (bytes[0] === 0xff ? "utf-16le" : "utf-16be") : "utf-8").decode(bytes);
    form.elements.file.value = "";
    say(form, `${file.name} was read here in your browser.`);
    if (maskSecrets(field.value)[1]) look(form, field);
    field.focus();
  };

  let waiting = 0;
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-mask]");
    if (!form || event.target !== form.elements.pasted) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => look(form, event.target), 200);
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-mask]");
    if (form && event.target === form.elements.file && event.target.files[0]) take(form, event.target.files[0]);
  });
  document.addEventListener("drop", (event) => {
    const form = event.target.closest?.("form[data-mask]");
    if (!form || !event.dataTransfer.files[0]) return;
    event.preventDefault();
    take(form, event.dataTransfer.files[0]);
  });
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("form[data-mask]");
    if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(form.querySelector("[type=submit]"));
  });
  // Before anybody else hears of it: what is sent is what stands in the box then.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-mask]")) return;
    clearTimeout(waiting);
    if (form.elements.pasted.value.length > MOST) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return say(form, "This is over 5 MB. Paste the part around the error: some hundred lines are plenty.");
    }
    put(form, form.elements.pasted, "the box shows what was sent.");
    if (event.submitter?.hasAttribute("data-plain")) event.stopImmediatePropagation(); // leads to another page, without htmx
  }, true);
}
