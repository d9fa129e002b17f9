import { describe, expect, it } from 'vitest'
import { checkEn } from './check-en.ts'
import { checkKo } from './check-ko.ts'
import { en as mainEn } from './en.ts'
import { ko as mainKo } from './ko.ts'
import { matchLanguage } from './language.ts'
import { ago, clock } from './time.ts'
import { TRUST_WORDS } from './trust-words.ts'

const en = { ...mainEn, ...checkEn }
const ko = { ...mainKo, ...checkKo }

/** What a phrase is asked about, by what it speaks of. */
function samples(key: string): unknown[][] {
  if (key === 'door.inside')
    return [
      [['Mina'], 0],
      [['Mina', 'Ed'], 2],
    ]
  if (key.startsWith('problem.')) return [['camera'], ['microphone'], ['both']]
  return [
    ['Mina', 'Hello'],
    [1, 4],
    [3, 4],
  ]
}

function say(key: string, value: unknown): string[] {
  if (typeof value === 'string') return [value]
  const phrase = value as (...args: unknown[]) => string
  return samples(key).map((args) => phrase(...args))
}

/** What engineers say and people don't. */
const JARGON = {
  en: /\b(unlisted|receive[- ]only|relay\w*|peers?|doctor|green room|ICE|STUN|TURN|WebSocket|SDP|signaling)\b/i,
  ko: /피어|릴레이|수신 전용|닥터|그린룸|시그널링|\b(ICE|STUN|TURN|SDP)\b/,
}

/** The same in both languages on purpose. */
const SAME: ReadonlySet<string> = new Set(['app.name'])

describe('words', () => {
  it('are all there in both languages', () => {
    expect(Object.keys(ko).sort()).toEqual(Object.keys(en).sort())
  })

  it.each(Object.keys(en) as (keyof typeof en)[])('%s is translated', (key) => {
    const english = say(key, en[key])
    const korean = say(key, ko[key])
    expect(korean.length).toBe(english.length)
    for (const [index, text] of korean.entries()) {
      expect(text.trim()).not.toBe('')
      if (SAME.has(key)) expect(text).toBe(english[index])
      else expect(text).not.toBe(english[index])
    }
  })

  it('are words that people use', () => {
    for (const [dictionary, jargon] of [
      [en, JARGON.en],
      [ko, JARGON.ko],
    ] as const)
      for (const key of Object.keys(en) as (keyof typeof en)[])
        for (const text of say(key, dictionary[key])) expect.soft(text, key).not.toMatch(jargon)
  })

  it.each(Object.keys(TRUST_WORDS.en) as (keyof typeof TRUST_WORDS.en)[])(
    '%s of /trust is translated',
    (key) => {
      expect(TRUST_WORDS.ko[key].trim()).not.toBe('')
      if (!['android'].includes(key)) expect(TRUST_WORDS.ko[key]).not.toBe(TRUST_WORDS.en[key])
    },
  )

  it('count people', () => {
    expect(en['door.inside'](['Mina'], 0)).toBe('Mina is here')
    expect(en['door.inside'](['Mina', 'Ed'], 0)).toBe('Mina and Ed are here')
    expect(en['door.inside'](['Mina', 'Ed'], 1)).toBe('Mina, Ed, and 1 more are here')
    expect(en['door.count'](1)).toBe('1 person inside')
    expect(ko['door.inside'](['미나', '에드'], 2)).toBe('미나 님, 에드 님 외 2명이 안에 있어요')
    expect(ko['door.inside'](['미나'], 0)).toBe('미나 님이 안에 있어요')
  })
})

describe('matchLanguage', () => {
  it('takes the first language that we speak, whatever its region', () => {
    expect(matchLanguage(['de-DE', 'ko-KR', 'en'])).toBe('ko')
    expect(matchLanguage(['fr'])).toBe('en')
  })
})

describe('times', () => {
  it('are said in the language', () => {
    expect(ago(12 * 60_000, 'ko')).toBe('12분 전')
    expect(ago(12 * 60_000, 'en')).toMatch(/^12 min/)
    expect(ago(59_999, 'en')).toBeUndefined()
    expect(ago(-5_000, 'en')).toBeUndefined()
  })

  it('run as a clock', () => {
    expect(clock(245_000)).toBe('4:05')
    expect(clock(3_845_000)).toBe('1:04:05')
  })
})
