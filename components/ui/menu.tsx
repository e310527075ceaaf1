"use client";
import { Menu as Base } from "@base-ui/react/menu";
import Link from "next/link";
import type { ComponentProps, ReactNode } from "react";
import { cn } from "./class-names";
import { useOverlayHome } from "./overlay-home";

const itemStyle =
  "touch-target flex min-h-8 w-full cursor-pointer select-none items-center gap-2.5 rounded-sm px-2.5 py-1.5 text-base text-fg outline-none data-highlighted:bg-surface-2 data-disabled:cursor-not-allowed data-disabled:text-fg-3 [&_svg]:shrink-0 [&_svg]:text-fg-3";

export interface MenuProps {
  /** The button that opens it. */
  trigger: ComponentProps<typeof Base.Trigger>["render"];
  children: ReactNode;
  align?: "start" | "center" | "end";
}

export function Menu({ trigger, children, align = "end" }: MenuProps) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal container={useOverlayHome()}>
        <Base.Positioner align={align} sideOffset={6} collisionPadding={8} className="z-30 outline-none">
          <Base.Popup className="min-w-48 rounded-md border border-border bg-surface-1 p-1 shadow-float outline-none transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0">
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

export interface MenuItemProps extends ComponentProps<typeof Base.Item> {
  danger?: boolean;
}

export function MenuItem({ className, danger = false, ...rest }: MenuItemProps) {
  return (
    <Base.Item
      className={cn(
        itemStyle,
        danger && "text-danger data-highlighted:bg-danger/10 [&_svg]:text-danger",
        className as string,
      )}
      {...rest}
    />
  );
}

export function MenuLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Base.LinkItem className={itemStyle} render={<Link href={href} />}>
      {children}
    </Base.LinkItem>
  );
}

export function MenuSeparator() {
  return <Base.Separator className="mx-1 my-1 h-px bg-border" />;
}

export interface MenuRadiosProps {
  label: string;
  value: string;
  onValueChange: (value: string) => void;
  options: readonly { value: string; label: ReactNode }[];
}

/** One of several, in a menu. */
export function MenuRadios({ label, value, onValueChange, options }: MenuRadiosProps) {
  return (
    <Base.RadioGroup value={value} onValueChange={onValueChange} aria-label={label}>
      {options.map((option) => (
        <Base.RadioItem key={option.value} value={option.value} closeOnClick className={itemStyle}>
          <span className="flex size-4 items-center justify-center">
            <Base.RadioItemIndicator className="size-2 rounded-full bg-accent" />
          </span>
          {option.label}
        </Base.RadioItem>
      ))}
    </Base.RadioGroup>
  );
}

export interface MenuChecksProps {
  label: string;
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
  options: readonly { value: string; label: string }[];
}

/** Any of several, in a menu that stays open. */
export function MenuChecks({ label, chosen, onChange, options }: MenuChecksProps) {
  return (
    <Base.Group aria-label={label}>
      {options.map(({ value, label: words }) => (
        <Base.CheckboxItem
          key={value}
          checked={chosen.includes(value)}
          onCheckedChange={(on) => onChange(on ? [...chosen, value] : chosen.filter((other) => other !== value))}
          className={itemStyle}
        >
          <span className="flex size-4 items-center justify-center rounded-[4px] border border-border-strong">
            <Base.CheckboxItemIndicator className="size-2.5 rounded-[2px] bg-accent" />
          </span>
          {words}
        </Base.CheckboxItem>
      ))}
    </Base.Group>
  );
}
