"use client";
import { useState } from "react";
import { ExactTime } from "@/components/shell/exact-time";
import { SectionCard } from "@/components/ui/card";
import { CodeBlock } from "@/components/ui/code-block";
import { EmptyState } from "@/components/ui/empty-state";
import { groupObjects, SIGNS, sayKinds } from "@/lib/client/schema";
import type { SchemaDto, SchemaObjectDto } from "@/lib/schemas/schema-reading";

// More than this nobody reads on a page, and each has a text of its own.
const SHOWN_MAX = 500;
// As many fit on a page or two, opened.
const OPENED_MAX = 20;

/** The objects by kind, each with its statements or with what changed in them. */
export function SchemaObjects({ schema }: { schema: SchemaDto }) {
  const { objects } = schema;
  if (objects.length === 0) return <Nothing schema={schema} />;
  const isOpen = schema.source !== null && objects.length <= OPENED_MAX;
  return (
    <>
      {groupObjects(objects.slice(0, SHOWN_MAX)).map(({ kind, objects: grouped }) => (
        <SectionCard
          key={kind}
          headingId={`kind-${kind.replaceAll(" ", "-")}`}
          title={<span className="first-letter:uppercase inline-block">{sayKinds(kind, 2)}</span>}
          aside={<span className="tabular text-fg-3 text-sm">{grouped.length}</span>}
        >
          <ul className="flex flex-col gap-2">
            {grouped.map((object) => (
              <li key={object.name}>
                <OneObject object={object} startsOpen={isOpen} />
              </li>
            ))}
          </ul>
        </SectionCard>
      ))}
      {objects.length > SHOWN_MAX && (
        <p className="text-fg-2">{objects.length - SHOWN_MAX} more are in the exported script.</p>
      )}
    </>
  );
}

function Nothing({ schema: { of, source } }: { schema: SchemaDto }) {
  if (!source) return <EmptyState title={`${of.name} has no schema yet`}>Nobody has made anything in it.</EmptyState>;
  return (
    <EmptyState title="The schemas are the same">
      The schema of {of.name} is the same as that of {source.name} at <ExactTime at={source.time} />.
    </EmptyState>
  );
}

/** Its text is drawn once it is opened: thousands of them are a page otherwise. */
function OneObject({ object, startsOpen }: { object: SchemaObjectDto; startsOpen: boolean }) {
  const [isOpen, setOpen] = useState(startsOpen);
  const { name, change, text } = object;
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="cursor-pointer break-all font-mono text-sm">
        {change && (
          <>
            <span aria-hidden className={`inline-block w-4 ${TONES[change]}`}>
              {SIGNS[change]}
            </span>
            <span className="sr-only">{change}: </span>
          </>
        )}
        {name}
      </summary>
      {isOpen && <CodeBlock className="mt-2">{change ? <DiffLines text={text} /> : text}</CodeBlock>}
    </details>
  );
}

const TONES = { added: "text-ok", changed: "text-warn", removed: "text-danger" } as const;

function DiffLines({ text }: { text: string }) {
  return text.split("\n").map((line, index) => {
    const key = `${index} ${line}`;
    if (line.startsWith("+"))
      return (
        <ins key={key} className="block text-ok no-underline">
          {line}
        </ins>
      );
    if (line.startsWith("-"))
      return (
        <del key={key} className="block text-danger no-underline">
          {line}
        </del>
      );
    return (
      <span key={key} className="block">
        {line}
      </span>
    );
  });
}
