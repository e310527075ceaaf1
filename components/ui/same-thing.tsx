import { CodeBlock } from "./code-block";
import { CopyButton } from "./copy-button";

/** The same request for a shell. Holds no secret. */
export function SameThing({ curl }: { curl: string }) {
  return (
    <section aria-labelledby="same-thing" className="flex flex-col gap-2">
      <div className="flex items-center justify-between gap-2">
        <h2 id="same-thing" className="font-medium text-fg-2 text-sm">
          Same thing as
        </h2>
        <CopyButton text={curl} label="Copy curl" />
      </div>
      <CodeBlock tabIndex={0} role="region" aria-label="curl" className="text-xs">
        {curl}
      </CodeBlock>
    </section>
  );
}
