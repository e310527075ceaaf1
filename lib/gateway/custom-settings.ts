import { FRONTEND, HEADER_BYTES } from "./wire/frontend";

// Far more than any application uses; a session that names more is taken to have changed some.
const NAMES = 100;

const SET = /\bset\s+(?:(?:session|local)\s+)?"?([a-z_][\w$]*)"?\s*\.\s*"?([\w$]+)"?\s*(?:=|to\b)/gi;
const SET_CONFIG = /\bset_config\s*\(\s*e?'([^'.]+\.[^']+)'/gi;
const SET_CONFIG_DYNAMIC = /\bset_config\s*\(\s*(?!e?')/i;
/** The name begins as a literal and goes on as an expression, or the whole statement is put together by plpgsql. */
const COMPUTED = /\bset_config\s*\(\s*e?'[^']*'\s*(?!\s*,)\S|\bexecute\s+(?:format\s*\(\s*)?e?'+\s*set\b/i;
const DOTTED = /[a-z_][\w$]*(?:\.[a-z_][\w$]*)+/gi;

/**
 * Settings with a name of the client's own, such as `app.tenant`. PostgreSQL lists them nowhere, so the names come from
 * the texts that can set them; whether they are set is then asked.
 */
export class CustomSettings {
  readonly #names = new Set<string>();
  #readsArguments = false;
  #isComputed = false;

  /** Names to ask for. */
  get names(): ReadonlySet<string> {
    return this.#names;
  }

  /** More names than are kept, or one that no text tells: it has to be assumed that one of them is set. */
  get isOverfull(): boolean {
    return this.#isComputed || this.#names.size >= NAMES;
  }

  /** Looks at a message on its way to the backend. */
  note(message: Buffer): void {
    const type = message[0];
    if (type === FRONTEND.query || type === FRONTEND.parse) this.#noteText(message.toString("latin1", HEADER_BYTES));
    // A name that is an argument travels in the Bind.
    else if (type === FRONTEND.bind && this.#readsArguments)
      this.#add(message.toString("latin1", HEADER_BYTES).matchAll(DOTTED), ([name]) => name);
  }

  /** Names in statements or in the source of a function. */
  #noteText(text: string): void {
    if (!/\bset/i.test(text)) return;
    this.#add(text.matchAll(SET), ([, prefix, name]) => `${prefix}.${name}`);
    this.#add(text.matchAll(SET_CONFIG), ([, name]) => name);
    this.#isComputed ||= COMPUTED.test(text);
    if (!SET_CONFIG_DYNAMIC.test(text)) return;
    this.#readsArguments = true;
    this.#add(text.matchAll(DOTTED), ([name]) => name);
  }

  #add(matches: Iterable<RegExpMatchArray>, toName: (match: RegExpMatchArray) => string | undefined): void {
    for (const match of matches) {
      const name = toName(match);
      if (name !== undefined && !this.isOverfull) this.#names.add(name.toLowerCase());
    }
  }
}
