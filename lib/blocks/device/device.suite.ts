import { beforeEach, describe, expect, test } from "vitest";
import type { Device } from "./device";

/** What every disk does while nothing goes wrong. `make` answers a disk and an empty directory on it. */
export function testDevice(name: string, make: () => { device: Device; dir: string }): void {
  describe(name, () => {
    let device: Device;
    let dir: string;

    beforeEach(() => {
      ({ device, dir } = make());
    });

    const codeOf = (work: () => void) => {
      try {
        work();
        return undefined;
      } catch (error) {
        return (error as { code?: string }).code;
      }
    };

    test("reads what was written, fewer bytes only at the end of the file", () => {
      const file = device.open(`${dir}/f`, "create");
      device.pwritev(file, [Buffer.from("abc"), Buffer.from(""), Buffer.from("def")], 10);
      expect(device.size(file)).toBe(16);
      const target = Buffer.alloc(8);
      expect(device.pread(file, target, 10)).toBe(6);
      expect(target.toString("latin1")).toBe("abcdef\0\0");
      expect(device.pread(file, target, 100)).toBe(0);
      expect(device.pread(file, target.subarray(0, 2), 0)).toBe(2);
      expect(target.subarray(0, 2)).toEqual(Buffer.alloc(2));
      device.close(file);
    });

    test("writes more buffers at once than the system takes", () => {
      const file = device.open(`${dir}/f`, "create");
      const sources = Array.from({ length: 3000 }, (_, index) => Buffer.alloc(3, index));
      device.pwritev(file, sources, 5);
      const target = Buffer.alloc(9000);
      expect(device.pread(file, target, 5)).toBe(9000);
      expect(target).toEqual(Buffer.concat(sources));
      device.close(file);
    });

    test("cuts a file off, and what grows again is zeros", () => {
      const file = device.open(`${dir}/f`, "write");
      device.pwritev(file, [Buffer.alloc(100, 1)], 0);
      device.truncate(file, 10);
      expect(device.size(file)).toBe(10);
      device.pwritev(file, [Buffer.alloc(1, 2)], 50);
      const target = Buffer.alloc(51);
      device.pread(file, target, 0);
      expect(target.subarray(10, 50)).toEqual(Buffer.alloc(40));
      device.fdatasync(file);
      device.close(file);
    });

    test("opens what is there and refuses what is not, by the mode that was asked for", () => {
      expect(codeOf(() => device.open(`${dir}/f`, "read"))).toBe("ENOENT");
      device.close(device.open(`${dir}/f`, "write"));
      expect(codeOf(() => device.open(`${dir}/f`, "create"))).toBe("EEXIST");
      device.close(device.open(`${dir}/f`, "read"));
      expect(codeOf(() => device.open(`${dir}/missing/f`, "create"))).toBe("ENOENT");
    });

    test("lists, makes and removes directories and files", () => {
      expect(device.readdir(`${dir}/d`)).toEqual([]);
      device.mkdir(`${dir}/d`);
      device.mkdir(`${dir}/d`);
      device.close(device.open(`${dir}/d/f`, "create"));
      device.syncDirectory(`${dir}/d`);
      expect(device.readdir(`${dir}/d`)).toEqual(["f"]);
      expect(codeOf(() => device.rmdir(`${dir}/d`))).toBe("ENOTEMPTY");
      device.unlink(`${dir}/d/f`);
      expect(codeOf(() => device.unlink(`${dir}/d/f`))).toBe("ENOENT");
      device.rmdir(`${dir}/d`);
      expect(device.readdir(dir)).toEqual([]);
      expect(codeOf(() => device.mkdir(`${dir}/x/y`))).toBe("ENOENT");
    });

    test("a file that was unlinked while it was open is still read", () => {
      const file = device.open(`${dir}/f`, "create");
      device.pwritev(file, [Buffer.from("abc")], 0);
      device.unlink(`${dir}/f`);
      const target = Buffer.alloc(3);
      device.pread(file, target, 0);
      expect(target.toString()).toBe("abc");
      device.close(file);
    });

    test("renames a file in place of another one, which is still read by who has it open", () => {
      const put = (path: string, text: string) => {
        const file = device.open(path, "create");
        device.pwritev(file, [Buffer.from(text)], 0);
        device.close(file);
      };
      const take = (file: number) => {
        const target = Buffer.alloc(3);
        device.pread(file, target, 0);
        device.close(file);
        return target.toString();
      };
      put(`${dir}/f`, "old");
      put(`${dir}/f.tmp`, "new");
      const before = device.open(`${dir}/f`, "read");
      device.rename(`${dir}/f.tmp`, `${dir}/f`);
      device.syncDirectory(dir);
      expect(device.readdir(dir)).toEqual(["f"]);
      expect(take(before)).toBe("old");
      expect(take(device.open(`${dir}/f`, "read"))).toBe("new");
      device.rename(`${dir}/f`, `${dir}/g`);
      expect(device.readdir(dir)).toEqual(["g"]);
      expect(codeOf(() => device.rename(`${dir}/f`, `${dir}/g`))).toBe("ENOENT");
      expect(codeOf(() => device.rename(`${dir}/g`, `${dir}/missing/g`))).toBe("ENOENT");
    });

    test("what was never written of a file reads as zeros and takes no room", () => {
      const file = device.open(`${dir}/f`, "create");
      device.truncate(file, 1 << 20);
      device.pwritev(file, [Buffer.alloc(8192, 1)], 512 << 10);
      device.fdatasync(file);
      expect(device.size(file)).toBe(1 << 20);
      const target = Buffer.alloc(1 << 20, 2);
      expect(device.pread(file, target, 0)).toBe(1 << 20);
      expect(target.filter((byte) => byte !== 0).length).toBe(8192);
      device.close(file);
      expect(device.allocatedBytes(`${dir}/f`)).toBeGreaterThanOrEqual(8192);
      expect(device.allocatedBytes(`${dir}/f`)).toBeLessThanOrEqual(32 << 10);
    });

    test("says what a file takes on the disk", () => {
      const file = device.open(`${dir}/f`, "create");
      device.pwritev(file, [Buffer.alloc(100_000, 1)], 0);
      device.fdatasync(file);
      device.close(file);
      expect(device.allocatedBytes(`${dir}/f`)).toBeGreaterThanOrEqual(100_000);
      expect(device.allocatedBytes(`${dir}/f`)).toBeLessThan(200_000);
    });
  });
}
