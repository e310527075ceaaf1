import { NEVER_READ, type SchemaDto } from "@/lib/schemas/schema-reading";

/** What a reading lacks: always, and of this very database. */
export function LeftOut({ schema: { left_out } }: { schema: SchemaDto }) {
  return (
    <section aria-labelledby="left-out" className="text-fg-2 text-sm">
      <h2 id="left-out" className="font-medium text-fg">
        Not in here
      </h2>
      <ul className="mt-1 list-disc pl-5">
        {left_out.map(({ what, count }) => (
          <li key={what}>
            {count} of its {what}
          </li>
        ))}
        {NEVER_READ.map((what) => (
          <li key={what}>{what}</li>
        ))}
      </ul>
    </section>
  );
}
