// form[data-mask]: secrets in its text are masked before anything is sent, and how many is said. A file is read here, not sent.
{
  const NAME = "(?:api[_-]?key|apikey|key|token|secret|password|passwd|passphrase|pwd|sig|signature|credential|auth)";
  const HEADER = "(?:(?:proxy-)?authorization|x-api-key|api-key|x-goog-api-key|x-auth-token|x-amz-security-token)";
  const VALUE = "[^\\s\"'&<>,;{}\\[\\u2026]{6,}";
  const PAIR = "[^\\s;,<>=\\u2026]{1,80}=[^\\s;,<>\\u2026]*";
  const KEYS = "sk-ant-[a-z]+\\d*-[\\w.*-]{8,}|(?:sk-(?:proj|svcacct|admin|or-v1)-|gsk_|xai-|AIza|eyJ)[\\w.*-]{8,}|sk-(?!ant-|proj-|svcacct-|admin-|or-)[\\w.*-]{12,}|(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_\\w{20,}|github_pat_\\w{20,}|glpat-[\\w-]{16,}|xox[a-z]-[\\w-]{10,}|hf_\\w{20,}";
  // What stands before it stays, and then the secret. The last word says whether it has to look random.
  const TELLTALES = [
    [`((?<![A-Za-z0-9]))(${KEYS})`],
    ["()(-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----(?:[\\w\\s+/=\\\\-]*?-----END [A-Z ]{0,20}PRIVATE KEY-----|[\\w\\s+/=\\\\-]*))"],
    ["(://(?![^\\s/@:]{0,300}:\\d{1,5}[/?#]))([^\\s/@:\"'<>\\[]{0,300}(?::[^\\s@\"'<>\\[]{0,300})?)(?=@)"],
    ["(\\b(?:set-)?cookie2?\\s*[:=]\\s*)(" + PAIR + "(?:;\\s*" + PAIR + ")*)"],
    ["(\\b(?:basic|bearer)[ +:=]+(?!realm=|error=|scope=))([\\w.~+/=-]{8,})", true],
    [`(\\b${HEADER}["']?\\s*[:=]\\s*["']?(?:(?:basic|bearer|digest|negotiate|ntlm)\\s+)?)(${VALUE})`, true],
    [`((?<![A-Za-z])${NAME}["']?\\s*[=:]\\s*["']?)(${VALUE})`, true],
  ].map(([pattern, random]) => [new RegExp(pattern, "gi"), random]);
  const PREFIX = /^(sk-ant-[a-z]+\d*-|sk-proj-|sk-svcacct-|sk-admin-|sk-or-v1-|sk-|gsk_|xai-|AIza|eyJ)/;
  const REPORT = /(BEGIN\s+TROUBLESHOOTER\s+REPORT(?:(?!BEGIN\s)[\w\s+/>|&;\u00ad\u200b-\u200f\u2060\ufeff]|[-\u2010-\u2015\u2212](?=[-\u2010-\u2015\u2212\s]|END))*?END\s+TROUBLESHOOTER\s+REPORT)/;
  const MOST = 5e6;

  const looksRandom = (piece) => {
    const bare = piece.replace(/^[.:!?]+|[.:!?]+$/g, "");
    return !/^[\d.]+$/.test(bare) && !/^\d{4}-\d{2}-\d{2}/.test(bare) && (/\d/.test(bare) || bare.endsWith("=") || (bare.slice(1) !== bare.slice(1).toLowerCase() && bare !== bare.toUpperCase()));
  };
  const shape = (secret) => {
    const prefix = PREFIX.exec(secret)?.[0] ?? "", last = secret.slice(-4);
    const shown = secret.length - prefix.length >= 28 ? `${prefix}…${/^[A-Za-z0-9]+$/.test(last) ? last : ""}` : `${prefix}… (${secret.length} characters)`;
    return `[${shown}]${"\n".repeat(secret.split("\n").length - 1)}`;
  };
  const mask = (whole) => {
    let count = 0;
    const part = (text) => TELLTALES.reduce((left, [pattern, random]) => left.replace(pattern, (all, before, secret) => {
      if (!secret || (random && !looksRandom(secret))) return all;
      count += 1;
      return before + shape(secret);
    }), text);
    // A report's block is packed and masked by the probe: it stays as it is. Whatever stands beside it does not.
    return [whole.split(REPORT).map((text, at) => (at % 2 ? text : part(text))).join(""), count];
  };

  const say = (form, words, button) => {
    const place = form.querySelector("[data-mask-says]");
    place.hidden = !words;
    place.textContent = words;
    if (button) place.append(" ", button);
  };
  const secrets = (count) => `${count} secret${count === 1 ? "" : "s"}`;
  const put = (form, field, says) => {
    const [text, count] = mask(field.value);
    if (count) {
      field.value = text;
      say(form, `${secrets(count)} masked here in your browser: ${says}`);
    }
    return count;
  };
  const look = (form, field) => {
    const [, count] = mask(field.value);
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
    if (mask(field.value)[1]) look(form, field);
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
