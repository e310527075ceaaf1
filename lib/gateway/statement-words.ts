/** A statement's first words: keywords and names as they are written, and single other characters. Never a literal. */
export type StatementWords = readonly string[];

// Far more than stand before a table's name: `CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS a . b . c`.
const WORDS = 16;

// A statement begins after these; the nesting of comments that Postgres allows is not followed.
const SPACE = /(?:\s|--[^\n]*(?:\n|$)|\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\/)*/y;
const WORD = /"(?:[^"]|"")+"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|[.,;()*]/y;

/** Reads the first words from `at` on; it ends before anything that may be a literal. */
export function readWords(text: string, at = 0): StatementWords {
  const words: string[] = [];
  let position = skip(text, at);
  while (words.length < WORDS) {
    WORD.lastIndex = position;
    const word = WORD.exec(text)?.[0];
    if (word === undefined) break;
    const end = position + word.length;
    // E'…', U&"…", B'…': the word belongs to what follows.
    if (text[end] === "'" || text[end] === "&") break;
    words.push(word);
    position = skip(text, end);
  }
  return words;
}

function skip(text: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.test(text);
  return SPACE.lastIndex;
}

// What a semicolon may stand in without ending a statement.
const LITERAL =
  /[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)[\s\S]*?\1|--[^\n]*|\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\/|[();]|[\w$\u0080-\uffff]+|[\s\S]/gy;
/** The body of such a function holds statements that are not the client's. */
const BODY = /\bbegin\s+atomic\b/i;

/** The first words of each statement in the text of a simple query, empty ones left out. */
export function readStatements(text: string): StatementWords[] {
  if (BODY.test(text)) return [];
  const statements: StatementWords[] = [];
  let begin = 0;
  let depth = 0;
  const take = (end: number) => {
    const words = readWords(text, begin);
    if (words.length > 0 && words[0] !== ";") statements.push(words);
    begin = end;
  };
  for (const { 0: part, index } of text.matchAll(LITERAL)) {
    if (part === "(") depth++;
    else if (part === ")") depth--;
    else if (part === ";" && depth === 0) take(index + 1);
  }
  take(text.length);
  return statements;
}
