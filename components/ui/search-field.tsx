import { Search } from "lucide-react";
import { Input } from "./field";

export interface SearchFieldProps {
  label: string;
  placeholder: string;
  value: string;
  onChange: (text: string) => void;
}

/** Narrows the list below it. */
export function SearchField({ label, placeholder, value, onChange }: SearchFieldProps) {
  return (
    <div className="relative mb-3 w-72 max-sm:w-full">
      <Search
        size={15}
        className="-translate-y-1/2 pointer-events-none absolute top-1/2 left-3 text-fg-3"
        aria-hidden
      />
      <Input
        type="search"
        aria-label={label}
        placeholder={placeholder}
        className="pl-9"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}
