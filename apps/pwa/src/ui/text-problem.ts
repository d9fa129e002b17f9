/** Why a name isn't taken, in words. */
import type { TextProblem } from '@maru/api-types/text'
import { useWords } from '../i18n/i18n.tsx'

/** @param limits the longest that is allowed, to be told when it is exceeded */
export function useTextProblem(limits: {
  maxGraphemes: number
}): (problem: TextProblem | undefined) => string | undefined {
  const t = useWords()
  return (problem) => {
    switch (problem) {
      case undefined:
        return undefined
      case 'empty':
        return t('name.empty')
      case 'too-long':
        return t('name.tooLong', limits.maxGraphemes)
      case 'forbidden-character':
        return t('name.forbidden')
    }
  }
}
