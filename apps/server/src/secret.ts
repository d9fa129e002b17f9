/** What makes a secret one that nobody could guess. */

/** Too well known to keep anyone out: they stand in tutorials, READMEs and coturn's own examples. */
const WELL_KNOWN =
  /^(north|logen|.*(change|replace)[-_ ]?(me|this|it).*|.*(secret|password|passwort|example|default|static-auth).*)$/i

export function isGuessable(secret: string): boolean {
  return secret.length < 24 || new Set(secret).size < 8 || WELL_KNOWN.test(secret)
}

/** What people type when a form wants eight characters. */
const WELL_KNOWN_KEY =
  /^(0?12345678.*|87654321.*|abcdefgh.*|qwert.*|asdf.*|let-?me-?in.*|welcome.*|iloveyou.*|admin.*|maru.*|create[-_ ]?key.*)$/i

/** Of a key that people pass on and type; guesses at it are counted. */
export function isGuessableKey(key: string): boolean {
  return new Set(key).size < 5 || WELL_KNOWN.test(key) || WELL_KNOWN_KEY.test(key)
}
