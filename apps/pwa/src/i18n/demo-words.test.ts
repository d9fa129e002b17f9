import { expect, it } from 'vitest'
import { demoWords } from './demo-words.ts'

/** Every phrase, said of server A. */
function say(words: object): string[] {
  return Object.values(words).flatMap((value: unknown) => {
    if (typeof value === 'function') return [(value as (...args: unknown[]) => string)('A', '0.4')]
    return typeof value === 'string' ? [value] : say(value as object)
  })
}

it('the demo speaks Korean wherever it speaks English', () => {
  const english = say(demoWords.en).filter((phrase) => phrase !== '–')
  const korean = say(demoWords.ko)
  expect(korean.filter((phrase) => english.includes(phrase))).toEqual([])
  expect(korean.every((phrase) => phrase.trim() !== '')).toBe(true)
})
