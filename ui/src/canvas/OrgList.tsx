// The org as a table: the same as on the map, for who prefers rows. Of a large org only the rows in sight are elements.

import { useEffect, useMemo, useRef, useState } from "react";

import { useLooking, useOrg, useOrgStore, useShared } from "../store/context";
import { look, select } from "../store/looking";
import { ListRow } from "./ListRow";
import { rowsOf, type Order } from "./rows";
import { useWindowed } from "./use-windowed";
import { columns, listWords } from "../words/canvas";
import "./org-list.css";

/** The order is made anew at most so often, in milliseconds: rows that jump cannot be read. */
const CALM = 2_000;

/** The table. */
export function OrgList({ profile }: { profile: string }) {
  const { store } = useShared();
  const [order, setOrder] = useState<Order>({ by: "name", down: false });
  const states = useLooking(profile, (looking) => looking.states);
  const selected = useLooking(profile, (looking) => looking.selected);
  const workspaces = useOrg(profile, (org) => org.workspaces);
  const turn = useTurn(profile);
  const rows = useMemo(
    () => (workspaces ? rowsOf(workspaces, states, order) : []),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the map is always the same one: `turn` says when it changed
    [workspaces, states, order, turn],
  );
  const box = useRef<HTMLDivElement>(null);
  const { first, count, height } = useWindowed(box, rows.length);
  const shown = rows.slice(first, first + count);

  const go = (at: number) => {
    const row = rows[at];
    if (!row || !box.current) {
      return;
    }
    const element = box.current;
    element.scrollTop = Math.min(Math.max(element.scrollTop, (at + 2) * height - element.clientHeight), at * height);
    // The row has an element once the scrolling was seen to.
    requestAnimationFrame(() => {
      requestAnimationFrame(() => {
        element.querySelector<HTMLElement>(`[data-row="${CSS.escape(row.id)}"] button`)?.focus({ preventScroll: true });
      });
    });
  };
  return (
    // eslint-disable-next-line jsx-a11y-x/no-noninteractive-tabindex -- it scrolls, so the keyboard must get there
    <div ref={box} className="list" tabIndex={0} role="region" aria-label={listWords.name}>
      <table className="list-table" aria-rowcount={rows.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map(([by, word]) => (
              <th
                key={by}
                scope="col"
                className={`list-${by}`}
                aria-sort={order.by === by ? (order.down ? "descending" : "ascending") : "none"}
              >
                <button
                  type="button"
                  onClick={() => {
                    setOrder({ by, down: order.by === by && !order.down });
                  }}
                >
                  {word}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {first > 0 && (
            <tr aria-hidden="true" className="list-gap">
              <td colSpan={columns.length} style={{ height: first * height }} />
            </tr>
          )}
          {shown.map(({ id }, at) => (
            <ListRow
              key={id}
              profile={profile}
              id={id}
              index={first + at + 2}
              selected={id === selected}
              onOpen={() => {
                select(store, profile, id);
                look(store, profile, { reveal: { id, keyboard: false } });
              }}
              onStep={(by) => {
                go(first + at + by);
              }}
            />
          ))}
          {first + count < rows.length && (
            <tr aria-hidden="true" className="list-gap">
              <td colSpan={columns.length} style={{ height: (rows.length - first - count) * height }} />
            </tr>
          )}
        </tbody>
      </table>
      {rows.length === 0 && <p className="list-none">{listWords.none}</p>}
    </div>
  );
}

/** Another number when there may be other rows, or the same in another order; for their order alone not in each frame. */
function useTurn(profile: string): number {
  const org = useOrgStore(profile);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    let size = org?.view.workspaces.size;
    const deaf = org?.listenToChanges(({ layout }) => {
      const others = layout || org.view.workspaces.size !== size;
      size = org.view.workspaces.size;
      if (others && timer !== null) {
        clearTimeout(timer);
        timer = null;
      }
      timer ??= setTimeout(
        () => {
          timer = null;
          setTurn((before) => before + 1);
        },
        others ? 0 : CALM,
      );
    });
    return () => {
      deaf?.();
      if (timer !== null) {
        clearTimeout(timer);
      }
    };
  }, [org]);
  return turn;
}
