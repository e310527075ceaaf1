const HIDDEN = "***";

// Bounded where they repeat, so that no line can make them slow.
const SECRETS: readonly [RegExp, string][] = [
  // postgresql://user:password@host, smtp://user:password@host
  [/([a-z][a-z0-9+.-]{0,30}:\/\/[^\s/:@"']{0,200}):[^\s/@"']{1,500}@/gi, `$1:${HIDDEN}@`],
  [/\b(Basic|Bearer) [\w+/=.~-]{8,}/g, `$1 ${HIDDEN}`],
  [/(session_token=)[^;\s"'\\]{1,1000}/gi, `$1${HIDDEN}`],
  // Links that let somebody in.
  [/([?&]token=)[^&\s"'\\]{1,1000}/gi, `$1${HIDDEN}`],
  [/("\w{0,40}(?:password|secret|cookie|authorization|api_?key)":)"(?:[^"\\]|\\.){0,4000}"/gi, `$1"${HIDDEN}"`],
];

/**
 * A line of a log without the secrets that are known by their form. The second line of defence: nobody passes one to a log, but the
 * text of somebody else's error may quote what it was given.
 */
export const hideSecrets = (line: string): string =>
  SECRETS.reduce((text, [pattern, instead]) => text.replace(pattern, instead), line);
