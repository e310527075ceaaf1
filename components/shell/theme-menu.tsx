"use client";
import { Monitor, Moon, Sun, SunMoon } from "lucide-react";
import { useTheme } from "next-themes";
import { buttonStyle } from "@/components/ui/button";
import { cn } from "@/components/ui/class-names";
import { Menu, MenuRadios } from "@/components/ui/menu";

const option = (Icon: typeof Sun, words: string) => (
  <>
    <Icon size={16} aria-hidden />
    {words}
  </>
);

const OPTIONS = [
  { value: "system", label: option(Monitor, "System") },
  { value: "light", label: option(Sun, "Light") },
  { value: "dark", label: option(Moon, "Dark") },
];

export function ThemeMenu() {
  const { theme = "system", setTheme } = useTheme();
  return (
    <Menu
      trigger={
        <button type="button" aria-label="Theme" className={cn(buttonStyle({ variant: "ghost", size: "icon" }))}>
          <SunMoon size={18} aria-hidden />
        </button>
      }
    >
      <MenuRadios label="Theme" value={theme} onValueChange={setTheme} options={OPTIONS} />
    </Menu>
  );
}
