/** What "Copy report" copies: what was read on the page, and nothing about where it was read. */

/** Names that come in another browser's clothes stand before that one. Full versions look like addresses. */
const BROWSERS: [RegExp, string][] = [
  [/\b(?:Edg|EdgA|EdgiOS)\/(\d+)/, 'Edge'],
  [/\bOPR\/(\d+)/, 'Opera'],
  [/\bSamsungBrowser\/(\d+)/, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\/(\d+)/, 'Firefox'],
  [/\b(?:Chrome|CriOS|HeadlessChrome)\/(\d+)/, 'Chromium'],
  [/\bVersion\/(\d+).* Safari\//, 'Safari'],
]
const SYSTEMS: [RegExp, string][] = [
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
]

export function describeBrowser(userAgent: string): string {
  const browser = BROWSERS.flatMap(([pattern, name]) => {
    const version = pattern.exec(userAgent)?.[1]
    return version === undefined ? [] : [`${name} ${version}`]
  })[0]
  const system = SYSTEMS.find(([pattern]) => pattern.test(userAgent))?.[1]
  return [browser, system].filter((part) => part !== undefined).join(', ')
}

const SIGNS = { good: '✓', poor: '!', bad: '✗', skipped: '–' } as const

export interface ReportLine {
  sign: keyof typeof SIGNS
  label: string
  /** What was found, with its figure. */
  words: string
  /** ICE's error code: numbers say nothing about anybody. */
  code?: number | undefined
}

export function makeReport(
  title: string,
  lines: ReportLine[],
  { at, userAgent }: { at: Date; userAgent: string },
): string {
  const when = `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return [
    `${title} · ${when} · ${describeBrowser(userAgent)}`,
    ...lines.map(
      ({ sign, label, words, code }) =>
        `${SIGNS[sign]} ${label}: ${words}${code === undefined ? '' : ` [${code}]`}`,
    ),
  ].join('\n')
}
