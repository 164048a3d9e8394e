// The phone numbers of a vCard file, as typed: as much of RFC 6350 and vCard 2.1 as the example address book needs.

function unfold(text) {
  const lines = [];
  for (const line of text.split(/\r?\n/)) {
    const softBreak = lines.length > 0 && /ENCODING=QUOTED-PRINTABLE/i.test(lines.at(-1)) && lines.at(-1).endsWith('=');
    if (softBreak) lines.push(lines.pop().slice(0, -1) + line);
    else if (/^[ \t]/.test(line) && lines.length > 0) lines.push(lines.pop() + line.slice(1));
    else lines.push(line);
  }
  return lines;
}

// `bytes`: the file. Its lines are put together as bytes, because a fold may stand inside a character.
export function vcardNumbers(bytes) {
  const numbers = [];
  for (const line of unfold(bytes.toString('latin1'))) {
    const [, parameters, raw] = /^(?:[\w-]+\.)?TEL((?:;(?:"[^"]*"|[^:"])*)?):(.*)$/i.exec(line) ?? [];
    if (raw === undefined) continue;
    const decoded = /QUOTED-PRINTABLE/i.test(parameters)
      ? raw.replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)))
      : raw.replace(/\\([,;\\])/g, '$1');
    const typed = Buffer.from(decoded, 'latin1').toString('utf8').trim();
    if (typed !== '') numbers.push(typed);
  }
  return numbers;
}
