/**
 * The idempotency key of one filled form: two presses of the button carry the same, so they make one fork.
 * `getRandomValues` and not `randomUUID`, which browsers refuse on plain-http addresses other than localhost.
 */
export function newFormKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
