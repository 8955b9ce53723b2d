// maskSecrets(text) -> [text without what looks like a secret, how many]. Shared by what sends texts and by the searches.
const maskSecrets = (() => {
  const NAME = "(?:api[_-]?key|apikey|key|token|secret|password|passwd|passphrase|pwd|sig|signature|credential|auth)";
  const HEADER = "(?:(?:proxy-)?authorization|x-api-key|api-key|x-goog-api-key|x-auth-token|x-amz-security-token)";
  const VALUE = "[^\\s\"'&<>,;{}\\[\\u2026]{6,}";
  const PAIR = "[^\\s;,<>=\\u2026]{1,80}=[^\\s;,<>\\u2026]*";
  const KEYS = "sk-ant-[a-z]+\\d*-[\\w.*-]{8,}|(?:sk-(?:proj|svcacct|admin|or-v1)-|gsk_|xai-|AIza|eyJ)[\\w.*-]{8,}|sk-(?!ant-|proj-|svcacct-|admin-|or-)[\\w.*-]{12,}|(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_\\w{20,}|github_pat_\\w{20,}|glpat-[\\w-]{16,}|xox[a-z]-[\\w-]{10,}|hf_\\w{20,}|ABSK[\\w+/]{80,}|[0-9a-f]{32}\\.[A-Za-z0-9]{16}(?![A-Za-z0-9])";
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
  const REPORT = /BEGIN\s+TROUBLESHOOTER\s+REPORT|"schema"\s*:\s*"troubleshooter\.report\//;

  const looksRandom = (piece) => {
    const bare = piece.replace(/^[.:!?]+|[.:!?]+$/g, "");
    return !/^[\d.]+$/.test(bare) && !/^\d{4}-\d{2}-\d{2}/.test(bare) && (/\d/.test(bare) || bare.endsWith("=") || (bare.slice(1) !== bare.slice(1).toLowerCase() && bare !== bare.toUpperCase()));
  };
  const shape = (secret) => {
    const prefix = PREFIX.exec(secret)?.[0] ?? "", last = secret.slice(-4);
    const shown = secret.length - prefix.length >= 28 ? `${prefix}…${/^[A-Za-z0-9]+$/.test(last) ? last : ""}` : `${prefix}… (${secret.length} characters)`;
    return `[${shown}]${"\n".repeat(secret.split("\n").length - 1)}`;
  };
  return (text) => {
    let count = 0;
    if (REPORT.test(text)) return [text, 0]; // the probe has masked it, and its block must stay as it is
    for (const [pattern, random] of TELLTALES) {
      text = text.replace(pattern, (all, before, secret) => {
        if (!secret || (random && !looksRandom(secret))) return all;
        count += 1;
        return before + shape(secret);
      });
    }
    return [text, count];
  };
})();
