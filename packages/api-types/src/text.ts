/** What people may call themselves and their rooms, and how it is shown. The same rules on both sides; no zod. */
import { CHAT_MAX_LENGTH } from './limits.ts'

export type TextProblem = 'empty' | 'too-long' | 'forbidden-character'
export type TextResult = { ok: true; value: string } | { ok: false; problem: TextProblem }

/**
 * Letters that stand each for itself and may stand anywhere: printable ASCII and whole Hangul syllables. Most names are
 * made of them, and are spared what a browser loads for the others (70 ms on a small machine).
 */
const PLAIN = /^[ -~가-힣]*$/

let segmenter: Intl.Segmenter | undefined
const bytes = (text: string): number => new TextEncoder().encode(text).length

/** The user-perceived characters of a text (UAX #29). */
export function splitGraphemes(text: string): string[] {
  if (PLAIN.test(text)) return text.split('')
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

/** The first rule that the letters of a text break, whatever its length. */
function problemOf(text: string): TextProblem | undefined {
  if (text === '') return 'empty'
  if (PLAIN.test(text)) return undefined
  // An emoji with its joiners and selectors, which are refused anywhere else.
  const withoutEmoji = text.replaceAll(/\p{RGI_Emoji}/gv, '')
  // Control, format (bidi, zero-width, joiners, soft hyphen), surrogate, private and unassigned code points, line
  // separators, and the letters and marks that draw nothing (Hangul fillers, braille blank, variation selectors).
  const forbidden =
    // eslint-disable-next-line no-misleading-character-class -- ranges of code points, never sequences
    /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u2028\u2029\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5\u180b-\u180f\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/u
  // A base may carry a few marks (Vietnamese, Thai, Hebrew), a tower of them spills over its neighbours.
  if (forbidden.test(withoutEmoji) || /\p{M}{5}/u.test(withoutEmoji)) return 'forbidden-character'
  return withoutEmoji === text && !/[\p{L}\p{N}\p{P}\p{S}]/u.test(text) ? 'empty' : undefined
}

/**
 * Checks a name of a person or a room.
 * @param limits graphemes and UTF-8 bytes after trimming, NFC and the folding of runs of spaces
 * @returns the cleaned name, or the first rule that it breaks
 */
export function checkName(raw: string, limits: { maxGraphemes: number; maxBytes: number }): TextResult {
  // Cheap first: a megabyte of text must not reach the segmenter.
  if (raw.length > limits.maxBytes * 2) return { ok: false, problem: 'too-long' }
  const value = raw
    .normalize('NFC')
    .trim()
    .replaceAll(/\p{Zs}+/gu, ' ')
  const problem = problemOf(value)
  if (problem) return { ok: false, problem }
  if (bytes(value) > limits.maxBytes) return { ok: false, problem: 'too-long' }
  if (splitGraphemes(value).length > limits.maxGraphemes) return { ok: false, problem: 'too-long' }
  return { ok: true, value }
}

/** Checks a chat message: 1 to 2,000 code points after trimming, new lines and tabs allowed, other controls not. */
export function checkChat(raw: string): TextResult {
  if (raw.length > CHAT_MAX_LENGTH * 4) return { ok: false, problem: 'too-long' }
  const value = raw.replaceAll(/\r\n?/g, '\n').trim()
  if (value === '') return { ok: false, problem: 'empty' }
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]|\p{Cs}/u.test(value))
    return { ok: false, problem: 'forbidden-character' }
  if (Array.from(value).length > CHAT_MAX_LENGTH) return { ok: false, problem: 'too-long' }
  return { ok: true, value }
}

/** Two names that fold to the same text look the same to people, so the app numbers them. */
export const foldName = (name: string): string => name.normalize('NFKC').toLowerCase()

const CJK_WORD = /^[\p{Script=Hangul}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+$/u

/** One or two graphemes to stand for a person: "Dan Kowalski" → "DK", "김지은" → "지은", "Harin" → "H". */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/u)
  const first = words[0] ?? ''
  if (words.length === 1 && CJK_WORD.test(first)) {
    const letters = splitGraphemes(first)
    return letters.length <= 4 ? letters.slice(-2).join('') : letters.slice(0, 1).join('')
  }
  const last = words.length > 1 ? (words.at(-1) ?? '') : ''
  return ((splitGraphemes(first)[0] ?? '') + (splitGraphemes(last)[0] ?? '')).toUpperCase()
}
