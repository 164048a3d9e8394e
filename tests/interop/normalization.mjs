// From a typed number to the identifiers that may be matched: docs/normalization.md, steps 2 to 6.

import libphonenumber from 'google-libphonenumber';
import { readTypedNumber } from './typed_number.mjs';

const { PhoneNumberUtil, PhoneNumberFormat, PhoneNumber, ShortNumberInfo } = libphonenumber;
const util = PhoneNumberUtil.getInstance();
const shortNumbers = ShortNumberInfo.getInstance();

const NO_REGION = 'ZZ';
const SHORT_DIGITS_MAX = 6;
const MISSING_PLUS_DIGITS_MIN = 11;
// "What comes out".
const CANONICAL_GLOBAL = /^tel:\+[0-9]{3,15}(?:;ext=[0-9]{1,7})?$/;

// { digits, countryCode, nationalDigits, valid, internationalPrefix }; null unless libphonenumber says IS_POSSIBLE.
function parse(text, region) {
  let number;
  try {
    number = util.parseAndKeepRawInput(text, region);
  } catch {
    return null;
  }
  if (util.isPossibleNumberWithReason(number) !== PhoneNumberUtil.ValidationResult.IS_POSSIBLE) return null;
  const digits = util.format(number, PhoneNumberFormat.E164).slice(1);
  const countryCode = number.getCountryCode();
  return {
    digits,
    countryCode,
    nationalDigits: digits.slice(String(countryCode).length),
    valid: util.isValidNumber(number),
    internationalPrefix: number.getCountryCodeSource() === PhoneNumber.CountryCodeSource.FROM_NUMBER_WITH_IDD,
  };
}

// The 1 that was dialled before Mexican mobiles until 2019.
const withoutMexicanOne = (digits) => digits.replace(/^521(?=[0-9]{10}$)/, '52');

const readGlobal = (digits) => parse(`+${withoutMexicanOne(digits)}`, NO_REGION);

export class Normalizer {
  // `dialPlan`: the DialPlan of GetPolicy.
  constructor(dialPlan) {
    this.plan = dialPlan;
    this.region = dialPlan.default_region;
    this.regionPrefix = util.getNddPrefixForRegion(this.region, true) ?? '';
    this.nationalPrefix = dialPlan.national_prefix || this.regionPrefix;
    this.countryCode = util.getCountryCodeForRegion(this.region);
    this.extension = dialPlan.extension_pattern ? new RegExp(`^(?:${dialPlan.extension_pattern})$`) : null;
  }

  // Canonical identifiers, the most likely first; empty if the number must not be sent.
  candidates(typed) {
    const number = readTypedNumber(typed);
    if (number === null || number.serviceCode || number.digits === '') return [];
    if (number.context === null) return this.#withoutContext(number);
    if (number.context.startsWith('+')) {
      return this.#withoutContext({ ...number, plus: true, digits: number.context.slice(1) + number.digits });
    }
    return number.context === this.plan.phone_context ? this.#withoutContext(number) : [];
  }

  #withoutContext(number) {
    const { beforePlus, subAddress } = number;
    if (number.plus && (beforePlus === '' || beforePlus === this.plan.outside_line_prefix)) {
      return this.#global(number);
    }
    // Step 4: the PBX's own rules, before any parsing.
    const digits = beforePlus + number.digits;
    if (shortNumbers.isEmergencyNumber(digits, this.region)) return [];
    if (subAddress === '' && /^[0-9]{2,6}$/.test(digits) && this.extension?.test(digits)) {
      return [`tel:${digits};phone-context=${this.plan.phone_context}`];
    }
    const prefix = this.plan.outside_line_prefix;
    const behind = prefix !== '' && digits.startsWith(prefix) ? digits.slice(prefix.length) : '';
    if (behind !== '' && shortNumbers.isEmergencyNumber(behind, this.region)) return [];
    if (this.#isShortCode(digits) || this.#isShortCode(behind)) return [];
    return this.#write(this.#readLocal(digits, behind, number.firstGroup), subAddress);
  }

  // Step 3.
  #global(number) {
    const global = readGlobal(number.digits);
    if (global === null || (!global.valid && global.nationalDigits.length < SHORT_DIGITS_MAX)) return [];
    return this.#write([global], number.subAddress);
  }

  #isShortCode(digits) {
    if (digits === '' || digits.startsWith('0') || digits.length > 15) return false;
    const number = new PhoneNumber();
    number.setCountryCode(this.countryCode);
    number.setNationalNumber(Number(digits));
    return shortNumbers.isValidShortNumberForRegion(number, this.region);
  }

  // Step 5. Each reading: what parse() gives, and whether its plus is a guess.
  #readLocal(digits, behind, firstGroup) {
    const outside = behind === '' ? [] : this.#readings(behind);
    if (firstGroup === this.plan.outside_line_prefix.length && outside.length > 0) return outside;
    const plain = this.#readings(digits);
    const all = plain[0]?.missingPlus ? [...outside, ...plain] : [...plain, ...outside];
    const valid = all.filter((reading) => reading.valid);
    if (valid.length > 0) return valid;
    return plain.length > 0 ? plain : outside;
  }

  #readings(digits) {
    const international = this.plan.international_prefix;
    if (international !== '' && digits.startsWith(international)) {
      const global = readGlobal(digits.slice(international.length));
      if (global !== null) return [global];
    }
    let national = this.#national(digits);
    if (national?.internationalPrefix) {
      if (international === '') return [national];
      national = null;
    }
    if (this.nationalPrefix !== '' && digits.startsWith(this.nationalPrefix)) return national ? [national] : [];
    if (digits.length <= SHORT_DIGITS_MAX && !national?.valid) national = null;
    return this.#bothMayBeMeant(digits, national);
  }

  #national(digits) {
    const prefix = this.nationalPrefix;
    if (prefix !== this.regionPrefix && prefix !== '' && digits.startsWith(prefix)) {
      const number = parse(digits.slice(prefix.length), this.region);
      if (number !== null) return number;
    }
    return parse(digits, this.region);
  }

  #bothMayBeMeant(digits, national) {
    const parsed = readGlobal(digits);
    const global = parsed === null ? null : { ...parsed, missingPlus: true };
    if (global?.valid) {
      return global.countryCode !== this.countryCode && national?.valid ? [national, global] : [global];
    }
    const guess = global !== null && digits.length >= MISSING_PLUS_DIGITS_MIN && !national?.valid ? [global] : [];
    return national === null ? guess : [...guess, national];
  }

  // Step 6. A reading may be too long to be written: libphonenumber allows national numbers that E.164 has no room for.
  #write(readings, subAddress) {
    const identifiers = readings
      .map(({ digits }) => `tel:+${withoutMexicanOne(digits)}${subAddress === '' ? '' : `;ext=${subAddress}`}`)
      .filter((identifier) => CANONICAL_GLOBAL.test(identifier));
    return [...new Set(identifiers)];
  }
}
