import { CodeBlock } from "@/components/ui/code-block";
import { CopyButton } from "@/components/ui/copy-button";
import { Notice } from "@/components/ui/notice";

/** A link or a secret that nobody sees again. */
export function ShownOnce({ what, text, copy }: { what: string; text: string; copy: string }) {
  return (
    <Notice tone="info" role="status" actions={<CopyButton text={text} label={copy} />}>
      {what} is shown this once and stored nowhere.
      <CodeBlock className="mt-2">{text}</CodeBlock>
    </Notice>
  );
}
