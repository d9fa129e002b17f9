/** The rules for names and messages, on the text that people and attackers send. */
import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { NAME, ROOM_NAME } from './limits.ts'
import { checkChat, checkName, foldName, initialsOf, splitGraphemes } from './text.ts'

const FAMILY = '👨‍👩‍👧‍👦'

describe('checkName', () => {
  it.each([
    'Ada',
    '김지은',
    'Nguyễn Thị Mười',
    'Łukasz Żółć',
    'محمد',
    'שָׁלוֹם',
    'ประยุทธ์',
    'अमित',
    'O’Brien-Smith, PhD',
    'R2-D2 ✨',
    `Kim ${FAMILY}`,
    '❤️',
    '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
    '👍🏽',
    '1️⃣',
    '𠮷野家',
  ])('accepts %s', (name) => {
    expect(checkName(name, NAME)).toEqual({ ok: true, value: name })
  })

  it.each([
    ['a new line', 'A\nB'],
    ['a NUL', 'A\u0000'],
    ['a right-to-left override', 'user\u202Etxt.exe'],
    ['a bidi isolate', '\u2066Ada\u2069'],
    ['a zero-width space', 'A\u200Bda'],
    ['a byte order mark inside', 'A\uFEFFda'],
    ['a joiner outside of an emoji', 'A\u200Dda'],
    ['a non-joiner', 'A\u200Cda'],
    ['a soft hyphen', 'A\u00ADda'],
    ['a Hangul filler', '\u3164'],
    ['a braille blank', 'A\u2800'],
    ['a lone selector', 'A\uFE0F'],
    ['a lone surrogate', 'A\uD800'],
    ['a private use letter', '\uE000'],
    ['a tag outside of a flag', 'A\u{E0041}'],
    ['a tower of marks', 'Z\u0351\u036B\u0343\u036A\u0302\u036Bal'],
  ])('refuses %s', (_what, name) => {
    expect(checkName(name, NAME)).toEqual({ ok: false, problem: 'forbidden-character' })
  })

  it('refuses what is empty, or only spaces and marks', () => {
    for (const name of ['', '   ', '\u3000', '\u0301']) {
      expect(checkName(name, NAME)).toEqual({ ok: false, problem: 'empty' })
    }
  })

  it('counts what people see, and caps the bytes behind it', () => {
    expect(checkName('가'.repeat(40), NAME).ok).toBe(true)
    expect(checkName('가'.repeat(41), NAME)).toEqual({ ok: false, problem: 'too-long' })
    expect(checkName(FAMILY.repeat(40), NAME).ok).toBe(true)
    expect(checkName(FAMILY.repeat(41), NAME)).toEqual({ ok: false, problem: 'too-long' })
    // Four marks on each letter are within the rules, and 40 such letters too; what is more than that in bytes isn't.
    const heavy = { ...NAME, maxBytes: 1_000 }
    expect(checkName(FAMILY.repeat(40), heavy).ok).toBe(true)
    expect(checkName(`${FAMILY.repeat(39)}👩🏽‍❤️‍💋‍👨🏿`, heavy)).toEqual({ ok: false, problem: 'too-long' })
    expect(checkName('x'.repeat(60), ROOM_NAME).ok).toBe(true)
    expect(checkName('x'.repeat(5_000_000), NAME)).toEqual({ ok: false, problem: 'too-long' })
  })

  it('cleans: trims, composes, folds runs of spaces', () => {
    expect(checkName('  Jose\u0301 \u00A0 Luis ', NAME)).toEqual({ ok: true, value: 'José Luis' })
  })

  it('is settled: what it gives, it accepts unchanged, and it keeps its promises', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (raw) => {
        const result = checkName(raw, NAME)
        if (!result.ok) return
        expect(checkName(result.value, NAME)).toEqual(result)
        expect(splitGraphemes(result.value).length).toBeLessThanOrEqual(NAME.maxGraphemes)
        expect(new TextEncoder().encode(result.value).length).toBeLessThanOrEqual(NAME.maxBytes)
        expect(result.value).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b\u202a-\u202e\u2066-\u2069\ufeff]/)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('checkChat', () => {
  it('keeps new lines and emoji, trims the rest', () => {
    expect(checkChat(`  one\r\ntwo ${FAMILY} `)).toEqual({ ok: true, value: `one\ntwo ${FAMILY}` })
  })
  it('counts 2,000 code points', () => {
    expect(checkChat('👍'.repeat(2_000)).ok).toBe(true)
    expect(checkChat('👍'.repeat(2_001))).toEqual({ ok: false, problem: 'too-long' })
  })
  it('refuses nothing to say, and controls', () => {
    expect(checkChat(' \n ')).toEqual({ ok: false, problem: 'empty' })
    expect(checkChat('a\u0007')).toEqual({ ok: false, problem: 'forbidden-character' })
    expect(checkChat('a\uDC00')).toEqual({ ok: false, problem: 'forbidden-character' })
  })
})

describe('how people are shown', () => {
  it.each([
    ['Dan Kowalski', 'DK'],
    ['harin', 'H'],
    ['김지은', '지은'],
    ['지은', '지은'],
    ['남궁민수', '민수'],
    ['Maria da Silva', 'MS'],
    [`${FAMILY} Kim`, `${FAMILY}K`],
    ['ßeta', 'SS'],
  ])('stands for %s with %s', (name, initials) => {
    expect(initialsOf(name)).toBe(initials)
  })
  it('folds names that look the same', () => {
    expect(foldName('ＡＤＡ')).toBe(foldName('ada'))
    expect(foldName('ﬁn')).toBe(foldName('FIN'))
    expect(foldName('Ada')).not.toBe(foldName('Adam'))
  })
})

it('splits plain letters as Unicode says without asking it, and asks wherever one may join another', () => {
  const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  const range = (min: number, max: number) => fc.integer({ min, max })
  const plain = [range(0x20, 0x7e), range(0xac00, 0xd7a3)]
  // Hangul's single letters, combining marks, a joiner, line ends.
  const joining = [range(0x1100, 0x11ff), range(0x300, 0x36f), fc.constantFrom(0x200d, 0x0d, 0x0a)]
  const text = (units: fc.Arbitrary<number>[]) =>
    fc.array(fc.oneof(...units)).map((codes) => String.fromCharCode(...codes))
  fc.assert(
    fc.property(fc.oneof(text(plain), ...joining.map((one) => text([...plain, one]))), (given) => {
      expect(splitGraphemes(given)).toEqual(Array.from(segmenter.segment(given), ({ segment }) => segment))
    }),
    { numRuns: 500 },
  )
})
