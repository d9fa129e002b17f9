/** What makes a secret one that nobody could guess. */

/** Too well known to keep anyone out: they stand in tutorials, READMEs and coturn's own examples. */
export const WELL_KNOWN_SECRET =
  /^(north|logen|.*(change|replace)[-_ ]?(me|this|it).*|.*(secret|password|passwort|example|default|static-auth).*)$/i

export function isGuessable(secret: string): boolean {
  return secret.length < 24 || new Set(secret).size < 8 || WELL_KNOWN_SECRET.test(secret)
}
