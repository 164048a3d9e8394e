// What a person typed, taken apart: docs/normalization.md, step 1. No numbering plan yet.

const BYTES_MAX = 256;
const DIGITS_BEFORE_SUB_ADDRESS = 6;
const LETTERS_OF_VANITY_NUMBER = 3;

// Unicode has its decimal digits in runs of ten; where runs touch, all of them are whole.
function digitValue(character) {
  const code = character.codePointAt(0);
  let runBegin = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(runBegin - 1))) --runBegin;
  return (code - runBegin) % 10;
}

function toAscii(typed) {
  let ascii = '';
  for (const character of typed) {
    const code = character.codePointAt(0);
    if (code >= 0x20 && code < 0x7f) ascii += character;
    else if (/\p{Nd}/u.test(character)) ascii += digitValue(character);
    else if (code >= 0xff01 && code <= 0xff5e) ascii += String.fromCodePoint(code - 0xff01 + 0x21);
    else if (/\p{Cf}/u.test(character)) continue;
    else if (/\p{Pd}|\p{Sm}/u.test(character)) ascii += '-';
    else ascii += ' ';
  }
  return ascii.trim();
}

const digitsIn = (text) => text.replace(/[^0-9]/g, '');

function takeUriParameters(uri, number) {
  const decoded = uri
    .replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)))
    .replace(/[^ -~]/g, ' ');
  const [text, ...parameters] = decoded.split(';');
  for (const parameter of parameters) {
    const [, name, value] = /^([^=]*)=?(.*)$/s.exec(parameter);
    if (name.toLowerCase() === 'ext') number.subAddress = digitsIn(value);
    if (name.toLowerCase() === 'phone-context') number.context = value.toLowerCase();
  }
  return text;
}

const SUB_ADDRESS =
  /^(.*?)(?:;?\s*(?:extension|extn|ext|xtn|x|int|anexo|durchwahl|dw)[\s.:=]*|\s*[,;pw][\s,;pw]*)([0-9]{1,7})\s*$/is;

function takeSubAddress(text, number) {
  const found = SUB_ADDRESS.exec(text);
  if (found === null || digitsIn(found[1]).length < DIGITS_BEFORE_SUB_ADDRESS) return text;
  number.subAddress = found[2];
  return found[1];
}

const KEYPAD = '22233344455566677778889999';
const keyOf = (letter) => KEYPAD[letter.toUpperCase().charCodeAt(0) - 65];

function takeDigits(text, number) {
  const begin = text.search(/[+0-9]/);
  if (begin < 0) return;
  const rest = text.slice(begin);
  const vanity = (rest.match(/[a-z]/gi) ?? []).length >= LETTERS_OF_VANITY_NUMBER;
  let firstGroupEnded = false;
  for (const character of rest) {
    if (character === '+' && !number.plus) {
      number.plus = true;
      number.beforePlus = number.digits;
      number.digits = '';
    } else if (/[0-9]/.test(character)) {
      number.digits += character;
      if (!firstGroupEnded) ++number.firstGroup;
    } else if (vanity && /[a-z]/i.test(character)) {
      number.digits += keyOf(character);
    } else if (number.digits !== '') {
      firstGroupEnded = true;
    }
  }
}

// { plus, beforePlus, digits, firstGroup, subAddress, context, serviceCode }; null if it is too long to be a number
// or has half a surrogate pair, which no UTF-8 has.
export function readTypedNumber(typed) {
  if (Buffer.byteLength(typed) > BYTES_MAX || /\p{Surrogate}/u.test(typed)) return null;
  const number = {
    plus: false, beforePlus: '', digits: '', firstGroup: 0, subAddress: '', context: null, serviceCode: false,
  };
  let text = toAscii(typed);
  if (/^tel:/i.test(text)) text = takeUriParameters(text.slice(4), number);
  if (number.subAddress === '') text = takeSubAddress(text, number);
  number.serviceCode = /[*#]/.test(text);
  takeDigits(text, number);
  return number;
}
