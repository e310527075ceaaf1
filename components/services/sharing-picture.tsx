const CELLS = 12;
const SIZE = 16;
const PITCH = 22;
const TOP = 4;
const LOW = 60;
/** The blocks that the fork in the picture has written. */
const WRITTEN = new Set([8, 9]);

/** What a fork is, drawn: the source's blocks above, the same blocks seen by the fork below, two of them its own. */
export function SharingPicture() {
  const cells = Array.from({ length: CELLS }, (_, cell) => cell);
  const x = (cell: number) => 36 + cell * PITCH;
  return (
    <svg width="306" height="84" viewBox="0 0 306 84" fill="none" aria-hidden>
      <path d="M12 4v68" stroke="var(--fg)" strokeWidth="3" strokeLinecap="round" />
      <path d="M12 34c0 20 6 34 16 34" stroke="var(--accent)" strokeWidth="3" strokeLinecap="round" />
      {cells.map((cell) => (
        <g key={cell}>
          <rect
            x={x(cell)}
            y={TOP}
            width={SIZE}
            height={SIZE}
            rx="3"
            fill="var(--surface-2)"
            stroke="var(--border-strong)"
          />
          {WRITTEN.has(cell) ? (
            <rect
              x={x(cell)}
              y={LOW}
              width={SIZE}
              height={SIZE}
              rx="3"
              fill="var(--accent-fill)"
              stroke="var(--accent)"
            />
          ) : (
            <>
              <path
                d={`M${x(cell) + SIZE / 2} ${LOW - 4}V${TOP + SIZE + 4}`}
                stroke="var(--border-strong)"
                strokeDasharray="2 3"
              />
              <rect
                x={x(cell)}
                y={LOW}
                width={SIZE}
                height={SIZE}
                rx="3"
                stroke="var(--border-strong)"
                strokeDasharray="3 3"
              />
            </>
          )}
        </g>
      ))}
    </svg>
  );
}
