"use client";
import { Download } from "lucide-react";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { nameScript, sayCounts } from "@/lib/client/schema";
import type { SchemaDto } from "@/lib/schemas/schema-reading";

/** What changed in one line, and the script that does it. */
export function ScriptActions({ schema, sql }: { schema: SchemaDto; sql: string }) {
  const { source, counts, objects } = schema;
  if (objects.length === 0) return null;
  const sum = source ? sayCounts(counts) : `${objects.length} ${objects.length === 1 ? "object" : "objects"}`;
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        <p className="tabular font-medium">{sum}</p>
        <p className="max-w-[75ch] text-fg-2 text-sm">
          {source
            ? `The script makes the schema of ${source.name} that of ${schema.of.name}. Review it before running it on production: statements that lose data are comments in it.`
            : "The script makes the same schema in an empty database."}
        </p>
      </div>
      <div className="flex flex-wrap gap-2">
        <Button variant="primary" onClick={() => download(nameScript(schema), sql)}>
          <Download size={16} aria-hidden /> Export .sql
        </Button>
        <CopyButton size="md" text={sql} label="Copy script" />
      </div>
    </div>
  );
}

/** What is saved is what is on the page, whatever was written since. */
function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "application/sql" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
