// form[data-mask]: secrets in its text are masked before anything is sent, and how many is said. A file is read here, not sent.
{
  // What looks like a secret stands in the attribute: the server's own patterns, in the order of telltales.FOR_BROWSERS.
  let rules;
  const learn = ({ dataset }) => {
    const [places, cookie, tells, prefix] = JSON.parse(dataset.mask);
    rules = { places: places.map(([pattern, ...more]) => [new RegExp(pattern, "dgi"), ...more]), cookie: new RegExp(cookie, "dg"), tells: new RegExp(tells, "i"), prefix: new RegExp(`^${prefix}`) };
  };
  const REPORT = /(BEGIN\s+TROUBLESHOOTER\s+REPORT[\w\s+/>|&;-]*?END\s+TROUBLESHOOTER\s+REPORT)/;
  const MOST = 5e6, LARGE = "This is over 5 MB. Paste the part around the error: some hundred lines are plenty.";

  const looksRandom = (piece) => {
    const bare = piece.replace(/^[.:!?]+|[.:!?]+$/g, "");
    return !/^[\d.]+$|^\d{4}-\d{2}-\d{2}[T\d:.,Z+-]*$/.test(bare) && (/\d/.test(bare) || bare.endsWith("=") || (bare.slice(1) !== bare.slice(1).toLowerCase() && bare !== bare.toUpperCase()));
  };
  const named = (piece) => piece.length <= 80 && piece.split(/[-_.:/@]/).every((part) => /^([A-Za-z]*\d{0,4}|\d{0,8}|sha\d+With\w+)$/.test(part));
  const isOne = (piece, sort) => ({
    p: () => !rules.tells.test(piece),
    s: () => /[a-z]/.test(piece) && /[A-Z]/.test(piece) && /\d/.test(piece) && !named(piece),
    u: () => looksRandom(piece) && !named(piece),
    r: () => looksRandom(piece) || /^([A-Za-z]{20,}|\d{20,})$/.test(piece),
    "": () => true,
  })[sort]();
  const shape = (secret) => {
    const prefix = rules.prefix.exec(secret)?.[0] ?? "", last = secret.slice(-4);
    const shown = secret.length - prefix.length >= 28 ? `${prefix}…${/^[A-Za-z0-9]+$/.test(last) ? last : ""}` : `${prefix}… (${secret.length} characters)`;
    return `[${shown}]${"\n".repeat(secret.split("\n").length - 1)}`;
  };
  // What a terminal has put on the next lines: it fills them, but in a narrow window, where only a known key goes on.
  const wrapped = (text, begin, end) => {
    const made = [], known = rules.prefix.test(text.slice(begin, end));
    for (let lines = 0; lines < 6; lines += 1) {
      const width = end - 1 - text.lastIndexOf("\n", end - 1), next = /["' \t│|┃]{0,80}\n[ \t│|┃>"']{0,80}([\w.*+/=-]{4,400})/dy;
      next.lastIndex = end;
      const found = next.exec(text);
      if (!found || width < 20 || (width < 40 && !known) || !looksRandom(found[1])) break;
      made.push(found.indices[1]);
      end = found.indices[1][1];
    }
    return made;
  };
  const mask = (form, whole) => {
    if (!rules) learn(form);
    let count = 0;
    const part = (text) => {
      const spans = [];
      for (const [pattern, sort, wraps] of rules.places) {
        for (const { indices } of text.matchAll(pattern)) {
          const [begin, end] = indices.slice(1).findLast(Boolean) ?? indices[0];
          if (sort === "c") for (const { indices: [, [first, last]] } of text.slice(begin, end).matchAll(rules.cookie)) spans.push([begin + first, begin + last]);
          else if (begin < end && isOne(text.slice(begin, end), sort)) spans.push([begin, end], ...(wraps ? wrapped(text, begin, end) : []));
        }
      }
      let made = "", at = 0;
      spans.sort((one, other) => one[0] - other[0] || other[1] - one[1]);
      spans.forEach(([begin, end], place) => {
        while (spans[place + 1]?.[0] <= end) { end = Math.max(end, spans[++place][1]); } // those that touch are one
        if (begin < at) return;
        made += text.slice(at, begin) + shape(text.slice(begin, end));
        at = end;
        count += 1;
      });
      return made + text.slice(at);
    };
    // A report's block is packed and masked by the probe: it stays as it is. Whatever stands beside it does not.
    return [whole.split(REPORT).map((text, at) => (at % 2 ? text : part(text))).join(""), count];
  };

  const say = (form, words, button = "") => {
    const place = form.querySelector("[data-mask-says]");
    place.hidden = !words;
    place.replaceChildren(words, " ", button);
  };
  const secrets = (count) => `${count} secret${count === 1 ? "" : "s"}`;
  const put = (form, field, says) => {
    const [text, count] = mask(form, field.value);
    if (count) {
      field.value = text;
      say(form, `${secrets(count)} masked here in your browser: ${says}`);
    }
    return count;
  };
  const look = (form, field) => {
    const [, count] = mask(form, field.value);
    if (!count) return say(form, "");
    const button = Object.assign(document.createElement("button"), { type: "button", className: "copy", textContent: "Mask now and look", onclick: () => put(form, field, "nothing is sent yet.") });
    say(form, `${secrets(count)} found, to be masked before anything is sent.`, button);
  };
  const take = async (form, file) => {
    const field = form.elements.pasted;
    if (file.size > MOST) return say(form, LARGE);
    const bytes = new Uint8Array(await file.arrayBuffer());
    const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff); // what Windows PowerShell writes with >
    if (!wide && bytes.subarray(0, 8192).includes(0)) return say(form, "This file is no text: export it as text.");
    field.value = new TextDecoder(wide ? (bytes[0] === 0xff ? "utf-16le" : "utf-16be") : "utf-8").decode(bytes);
    form.elements.file.value = "";
    say(form, `${file.name} was read here in your browser.`);
    if (mask(form, field.value)[1]) look(form, field);
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
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("form[data-mask]");
    if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(form.querySelector("[type=submit]"));
  });
  // Before anybody else hears of it.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-mask]")) return;
    clearTimeout(waiting);
    if (form.elements.pasted.value.length > MOST) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return say(form, LARGE);
    }
    put(form, form.elements.pasted, "the box shows what was sent.");
    if (event.submitter?.hasAttribute("data-plain")) event.stopImmediatePropagation(); // leads to another page, without htmx
  }, true);
}
